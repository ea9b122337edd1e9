"""The pages of prompt sets: make one, order it, start its runs, and compare them."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.exemplars.models import Exemplar, PromptSet
from annotator.exemplars.services.prompt_sets import prompt_set_create
from annotator.runs.models import Generation, Run
from annotator.studies.models import Membership
from annotator.studies.services import member_add
from tests.cast import World, make_dataset, make_run, make_world
from tests.exemplars.sets import make_exemplar, tell_apart, withdraw

pytestmark = pytest.mark.usefixtures("no_broker")

LIST = "/studies/pilot/prompt-sets/"
PAGE = f"{LIST}commas/v1/"


@pytest.fixture
def curated(world: World, dan: User) -> World:
    tell_apart(world.dataset)
    for key in ("rain", "tea", "bike"):
        make_exemplar(world, key, dan)
    member_add(study=world.study, user=dan, role=Membership.Role.CURATOR)
    return world


@pytest.fixture
def prompt_set(curated: World, dan: User) -> PromptSet:
    ids = list(Exemplar.objects.filter(prompt__key__in=["rain", "tea"]).order_by("pk").values_list("pk", flat=True))
    return prompt_set_create(study=curated.study, name="commas", user=dan, exemplar_ids=ids)


@pytest.fixture
def browser(client: Client, curated: World, dan: User) -> Client:
    client.force_login(dan)
    return client


@pytest.fixture
def leads_browser(curated: World, lena: User) -> Client:
    browser = Client()
    browser.force_login(lena)
    return browser


def text(browser: Client, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status
    return re.sub(r"\s+", " ", answer.content.decode())


def keys(name: str = "commas", version: int = 1) -> list[str]:
    members = PromptSet.objects.get(name=name, version=version).members.order_by("position")
    return list(members.values_list("exemplar__prompt__key", flat=True))


def members(browser: Client, prompt_set: PromptSet, act: str, **fields: Any) -> Any:
    seen = " ".join(map(str, prompt_set.members.order_by("position").values_list("exemplar", flat=True)))
    return browser.post(f"{PAGE}members/", {"seen": seen, "act": act, **fields})


def new_set(**fields: Any) -> dict[str, Any]:
    return {"name": "fresh", "template": "turns", "size": "2", "language_model": "", "budget_tokens": "", **fields}


def test_a_curator_makes_a_set_of_exactly_so_many_exemplars_by_coverage(browser: Client) -> None:
    assert browser.post(f"{LIST}new/", new_set()).url == f"{LIST}fresh/v1/"
    assert keys("fresh")[0] == "bike"  # two kinds
    assert len(keys("fresh")) == 2
    assert "fresh v1" in text(browser, LIST)


def test_fewer_that_fit_are_told_and_a_refused_form_is_shown_as_typed(browser: Client) -> None:
    answer = browser.post(f"{LIST}new/", new_set(size="9"), follow=True)
    assert "3 exemplars fit, of the 9 that were wanted." in answer.content.decode()
    refused = browser.post(f"{LIST}new/", new_set(size="1"))
    assert refused.status_code == 422
    assert "a prompt set named fresh exists in this study already" in refused.content.decode()
    refused = browser.post(f"{LIST}new/", new_set(name="not a name"))
    assert (refused.status_code, 'value="not a name"' in refused.content.decode()) == (422, True)


def test_the_page_shows_members_in_order_with_tokens_and_coverage(browser: Client, prompt_set: PromptSet) -> None:
    page = text(browser, PAGE)
    assert page.index("harbour") < page.index("porcelain")
    assert "tokens, estimated" in page
    assert "<code>punctuation:no_comma</code> 2" in page
    assert "<code>change_case:english_lowercase</code>" in page  # of the bike, in no member
    assert "Start runs" not in page  # for leads


def test_arrows_move_and_the_cross_takes_out(browser: Client, prompt_set: PromptSet) -> None:
    tea = Exemplar.objects.get(prompt__key="tea").pk
    assert members(browser, prompt_set, f"up:{tea}").url == f"{PAGE}#exemplar-{tea}"
    assert keys() == ["tea", "rain"]
    members(browser, prompt_set, f"down:{tea}")
    assert keys() == ["rain", "tea"]
    members(browser, prompt_set, f"out:{tea}")
    assert keys() == ["rain"]


def test_an_exemplar_is_added_dragged_and_all_are_chosen_anew(browser: Client, prompt_set: PromptSet) -> None:
    rain, tea, bike = Exemplar.objects.order_by("pk").values_list("pk", flat=True)
    members(browser, prompt_set, "add", add=bike)
    assert keys() == ["rain", "tea", "bike"]
    members(browser, prompt_set, "order", order=[bike, rain, tea])
    assert keys() == ["bike", "rain", "tea"]
    members(browser, prompt_set, "suggest", size="1")
    assert keys() == ["bike"]


def test_an_order_of_other_members_than_there_are_now_is_refused(browser: Client, prompt_set: PromptSet) -> None:
    rain, tea, bike = Exemplar.objects.order_by("pk").values_list("pk", flat=True)
    fields = {"seen": f"{rain} {tea} {bike}", "act": "order", "order": [tea, rain, bike]}
    answer = browser.post(f"{PAGE}members/", fields, follow=True)
    assert "commas v1 was changed meanwhile" in answer.content.decode()
    assert keys() == ["rain", "tea"]


@pytest.mark.parametrize(
    "act", ["", "up:", "up:x", "up:99999999999999999999", f"up:{'9' * 5_000}", "out:x", "nonsense"]
)
def test_a_change_that_is_none_changes_nothing(browser: Client, prompt_set: PromptSet, act: str) -> None:
    assert members(browser, prompt_set, act).status_code == 302
    assert keys() == ["rain", "tea"]


def test_settings_are_saved_and_refused_in_the_form(browser: Client, prompt_set: PromptSet) -> None:
    fields = {"template": "block", "budget_tokens": "40", "language_model": ""}
    assert browser.post(f"{PAGE}settings/", fields).url == PAGE
    prompt_set.refresh_from_db()
    assert (prompt_set.template, prompt_set.budget_tokens, prompt_set.shows_reasoning) == ("block", 40, False)
    assert "above its budget by the estimate" in text(browser, PAGE)
    refused = browser.post(f"{PAGE}settings/", {**fields, "budget_tokens": "0"})
    assert refused.status_code == 422


def test_a_withdrawn_exemplar_is_reported_and_the_next_version_is_without_it(
    browser: Client, prompt_set: PromptSet, dan: User
) -> None:
    withdraw(Exemplar.objects.get(prompt__key="tea"), dan)
    page = text(browser, PAGE)
    assert "was withdrawn: <bdi>It is dull.</bdi>" in page
    assert "1 withdrawn exemplar" in text(browser, LIST)
    assert browser.post(f"{PAGE}copy/").url == f"{LIST}commas/v2/"
    assert keys(version=2) == ["rain"]


def test_model_text_is_escaped(browser: Client, curated: World, prompt_set: PromptSet) -> None:
    Exemplar.objects.update(answer="<script>alert(1)</script>")
    assert "<script>alert(1)" not in text(browser, PAGE)


def start_fields(world: World, **fields: Any) -> dict[str, Any]:
    return {
        "dataset": world.dataset.pk,
        "language_model": world.language_model.pk,
        "max_new_tokens": "64",
        "strategies": ["base", "cot"],
        "random_seed": "0",
        **fields,
    }


def test_a_lead_starts_the_runs_and_sees_them_compared(
    leads_browser: Client, curated: World, prompt_set: PromptSet
) -> None:
    assert "Start runs" in text(leads_browser, PAGE)
    answer = leads_browser.post(f"{PAGE}start/", start_fields(curated))
    few_shot = Run.objects.get(strategy="few_shot")
    assert answer.url.startswith(f"{LIST}compare/?runs={few_shot.pk}&runs=")
    page = text(leads_browser, f"{answer.url}&now")
    assert "Not every run is done" in page
    assert "4 prompts before, 2 after those near to an exemplar were left out." in page
    assert "the same text" in page
    page = text(leads_browser, PAGE)
    assert "A run has used this version, so it stays as it is." in page
    assert f'href="/runs/{few_shot.pk}/"' in page


def test_a_start_that_is_refused_says_why_on_the_page(
    leads_browser: Client, curated: World, prompt_set: PromptSet
) -> None:
    answer = leads_browser.post(f"{PAGE}start/", start_fields(curated, random="on"))
    assert answer.status_code == 422
    assert "too few for a random set of 2" in answer.content.decode()
    assert not Run.objects.filter(strategy="few_shot").exists()


def test_a_curator_starts_no_run(browser: Client, curated: World, prompt_set: PromptSet) -> None:
    assert browser.post(f"{PAGE}start/", start_fields(curated)).status_code == 404


def compared(*runs: Run, extra: str = "") -> str:
    return f"{LIST}compare/?" + "&".join(f"runs={run.pk}" for run in runs) + extra + "&now"


def test_the_comparison_says_what_changed_case_by_case_with_an_interval(
    browser: Client, leads_browser: Client, curated: World
) -> None:
    page = text(browser, compared(curated.second_run, curated.first_run))
    assert "satisfies <b>as many</b> of the constraints as base" in page
    assert re.search(r"The 95 % interval is −\S+ to \+\S+ points, over prompts.", page)
    assert "It includes no difference" in page
    assert '<span class="tag helped">helped</span>' in page
    assert "+ <code>punctuation:no_comma</code>" in page
    assert "/runs/" not in page  # a curator opens no run
    led = text(leads_browser, compared(curated.second_run, curated.first_run))
    assert f'href="/runs/{curated.second_run.pk}/prompts/0/"' in led


def test_the_run_of_interest_and_the_other_one_can_be_chosen(browser: Client, curated: World) -> None:
    extra = f"&of={curated.first_run.pk}&against={curated.second_run.pk}"
    page = text(browser, compared(curated.second_run, curated.first_run, extra=extra))
    assert f"What changed from cot (run {curated.second_run.pk}) to base (run {curated.first_run.pk})" in page


def test_one_run_alone_is_compared_with_those_beside_it(browser: Client, curated: World) -> None:
    assert "minus each of the others" in text(browser, compared(curated.second_run))


@pytest.mark.parametrize("query", ["", "?runs=x", "?runs=999", "?runs=99999999999999999999"])
def test_without_runs_there_is_the_choice_of_them(browser: Client, query: str) -> None:
    assert "Choose runs over one dataset" in text(browser, f"{LIST}compare/{query}")


def test_runs_over_different_datasets_are_refused_in_words(leads_browser: Client, curated: World, lena: User) -> None:
    other = make_run(make_dataset("other"), curated.language_model, "base")
    Run.objects.filter(pk=other.pk).update(created_by=lena)
    page = text(leads_browser, compared(curated.first_run, other), status=422)
    assert (
        f"Run {curated.first_run.pk} is over pilot v1 and run {other.pk} over other v1; choose runs over one." in page
    )


def test_runs_of_other_studies_are_not_compared(browser: Client, curated: World) -> None:
    elsewhere = make_world("elsewhere")
    page = text(browser, compared(curated.first_run, elsewhere.first_run))
    assert f"(run {elsewhere.first_run.pk})" not in page
    assert Generation.objects.filter(run=elsewhere.first_run).exists()


def run_form(world: World, **fields: Any) -> dict[str, Any]:
    sampling = {"max_new_tokens": "64", "temperature": "0", "top_p": "1", "seed": "0", "repeats": "1"}
    chosen = {"dataset": world.dataset.pk, "language_model": world.language_model.pk, "strategies": ["few_shot"]}
    return {**sampling, **chosen, **fields}


def test_the_run_form_offers_sets_and_the_runs_page_names_what_was_left_out(
    leads_browser: Client, curated: World, prompt_set: PromptSet
) -> None:
    assert "pilot/commas v1" in text(leads_browser, "/runs/new/")
    answer = leads_browser.post("/runs/new/", run_form(curated, prompt_set=prompt_set.pk))
    run = Run.objects.get(strategy="few_shot")
    assert answer.url == f"/runs/{run.pk}/"
    page = text(leads_browser, answer.url)
    assert f'<a href="{PAGE}">commas v1</a>' in page
    assert "4 prompts before, 2 after those near to an exemplar were left out." in page
    assert "porcelain" in page


def test_a_set_goes_with_the_strategy_few_shot_alone(
    leads_browser: Client, curated: World, prompt_set: PromptSet
) -> None:
    fields = run_form(curated, prompt_set=prompt_set.pk, strategies=["restate"])
    answer = leads_browser.post("/runs/new/", fields)
    assert answer.status_code == 422
    assert "A prompt set is for the strategy few-shot; tick it, or choose no set." in answer.content.decode()
    assert not Run.objects.filter(strategy="restate").exists()


def test_a_set_that_no_run_may_use_is_refused_in_the_run_form(
    leads_browser: Client, curated: World, prompt_set: PromptSet, dan: User
) -> None:
    withdraw(Exemplar.objects.get(prompt__key="tea"), dan)
    answer = leads_browser.post("/runs/new/", run_form(curated, prompt_set=prompt_set.pk))
    assert answer.status_code == 422
    assert "has a withdrawn exemplar" in answer.content.decode()


def test_the_numbers_are_fetched_after_the_page(browser: Client, curated: World) -> None:
    page = text(browser, compared(curated.second_run, curated.first_run).removesuffix("&now"))
    assert "Comparing the runs" in page
    address = re.search(r'data-poll="([^"]*)"', page)[1].replace("&amp;", "&")  # type: ignore[index]
    numbers = text(browser, address)
    assert numbers.strip().startswith('<div class="list" id="numbers">')
    assert "minus each of the others" in numbers
    assert browser.get(f"{LIST}compare/numbers/").url == f"{LIST}compare/"


def test_two_sets_are_compared_with_each_other(
    leads_browser: Client, curated: World, prompt_set: PromptSet, dan: User
) -> None:
    bike = Exemplar.objects.get(prompt__key="bike").pk
    other = prompt_set_create(study=curated.study, name="others", user=dan, exemplar_ids=[bike])
    dataset = make_dataset("target")
    runs = []
    for used in (prompt_set, other):
        fields = start_fields(curated, dataset=dataset.pk, strategies=[])
        leads_browser.post(f"{LIST}{used.name}/v1/start/", fields)
        runs.append(Run.objects.get(prompt_set_use__prompt_set=used))
    page = text(leads_browser, compared(*runs))
    assert f"<h1>commas v1 (run {runs[0].pk})</h1>" in page
    assert f"others v1 (run {runs[1].pk})" in page
