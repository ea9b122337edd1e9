"""The lead's dashboard: for leads alone; progress and open issues at once, people and patterns later."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.test import Client

from annotator.runs.models import Generation, Verdict
from annotator.studies.models import Adjudication, Dispute, Flag, Membership
from annotator.studies.services import member_add
from tests.analysis.annotations import assign, judge
from tests.cast import World
from tests.releases.bulk import bulk_study
from tests.web.payloads import PAYLOADS

pytestmark = pytest.mark.django_db

PAGE = "/studies/pilot/dashboard/"
NUMBERS = f"{PAGE}numbers/"
NO_INTERVAL = "not enough data for an interval"


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def leads(client: Client, lena: User) -> Client:
    client.force_login(lena)
    return client


def words(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def pseudonym(person: User) -> str:
    return Membership.objects.get(user=person).pseudonym


@pytest.mark.parametrize("path", [PAGE, NUMBERS])
def test_it_exists_for_leads_alone(
    world: World, client: Client, path: str, alice: User, mallory: User, lena: User
) -> None:
    assert client.get(path).status_code == 302
    for person, status in ((alice, 404), (mallory, 404), (lena, 200)):
        client.force_login(person)
        assert client.get(path).status_code == status, person
        assert client.post(path).status_code in (404, 405), person


def test_the_studys_page_leads_there_for_leads_alone(world: World, client: Client, alice: User, lena: User) -> None:
    for person, shown in ((lena, True), (alice, False)):
        client.force_login(person)
        page = client.get("/studies/pilot/").content.decode()
        assert (PAGE in page, "/studies/pilot/agreement/" in page) == (shown, shown)


def test_progress_and_concerns_come_at_once_and_the_rest_after(world: World, leads: Client, alice: User) -> None:
    judge(world.study, "rain", alice)
    page = leads.get(PAGE)
    assert "fully judged 0 / 4 begun 1 untouched 3 annotations to come 3" in words(page)
    assert "Computing times, people and patterns" in words(page)
    assert f'data-poll="{NUMBERS}"' in page.content.decode()
    assert "Computing" not in words(leads.get(f"{PAGE}?now"))


def test_flags_and_disputes_lead_to_the_case_and_to_the_verdict(world: World, leads: Client, alice: User) -> None:
    annotation = judge(world.study, "tea", alice)
    Flag.objects.create(assignment=annotation.assignment, reason="Can tea be <b>warm</b>?")
    verdict = Verdict.objects.filter(generation=annotation.assignment.case.second, scope="answer").get()
    Dispute.objects.create(annotation=annotation, verdict=verdict, reason="That is a semicolon.")
    page = leads.get(PAGE)
    assert "Can tea be &lt;b&gt;warm&lt;/b&gt;?" in page.content.decode()
    assert f"violated That is a semicolon. {pseudonym(alice)}" in words(page)
    history = f"/studies/pilot/cases/{annotation.assignment.case_id}/history/"
    assert page.content.decode().count(history) == 2
    for link in (history, f"/runs/{world.second_run.pk}/prompts/1/"):
        assert link in page.content.decode()
        assert leads.get(link).status_code == 200


def test_who_judges_faster_than_anybody_reads_is_warned_of_in_words(leads: Client, alice: User, lena: User) -> None:
    study = bulk_study(5)
    for person, role in ((lena, "lead"), (alice, "annotator")):
        member_add(study=study, user=person, role=role)
    Generation.objects.update(answer="word " * 149 + "word")
    for key in "0123":
        judge(study, key, alice, seconds=9)
    numbers = "/studies/bulk/dashboard/numbers/"
    assert "Talk with them" not in words(leads.get(numbers))  # four are no habit
    judge(study, "4", alice, seconds=60)
    assert (
        f"{pseudonym(alice)} judged 4 of 5 cases in less time than both answers take to read at 15 words a second "
        "(median 9 s for a case; reading takes 20 s). Talk with them before you use these labels."
    ) in words(leads.get(numbers))


def test_people_are_shown_with_their_times_and_their_agreement_with_gold(
    world: World, leads: Client, alice: User
) -> None:
    for key in ("rain", "tea"):
        judge(world.study, key, alice, seconds=42)
        case = world.study.cases.get(prompt__key=key)
        Adjudication.objects.create(case=case, revision=1, label="helped", reason="All agreed.")
    shown = words(leads.get(NUMBERS))
    assert f"{pseudonym(alice)} 2 0 0 42 s 42 s to 42 s 0 / 2 1.00 {NO_INTERVAL} n = 2 not enough data n = 0" in shown
    assert "alice" not in shown


def test_patterns_are_counted_by_outcome_in_the_table_and_in_the_chart(
    world: World, leads: Client, alice: User, bob: User
) -> None:
    for person in (alice, bob):
        judge(world.study, "rain", person, patterns=("neglected",))
    judge(world.study, "tea", alice, patterns=("neglected",))
    response = leads.get(NUMBERS)
    assert "Pattern helped hurt tie no answer to judge simple constraint neglected 2 1 0 0" in words(response)
    assert [row["n"] for row in drawn(response, "chart-patterns")] == [2, 1, 0, 0]
    assert sum(row["n"] for row in drawn(response, "chart-days")) == 3


def test_a_study_that_nobody_has_judged_says_so(world: World, leads: Client) -> None:
    shown = words(leads.get(NUMBERS))
    assert "Nobody has submitted an annotation" in shown
    assert "Nobody has given a pattern yet." in shown
    assert "no gold yet" in shown


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_words_stay_text_also_within_a_chart(world: World, leads: Client, alice: User, payload: str) -> None:
    world.codebook.patterns.filter(slug="neglected").update(name=payload[:80])
    judge(world.study, "rain", alice, patterns=("neglected",))
    Flag.objects.create(assignment=assign(world.study, "rain", alice), reason=payload[:500])
    for path in (PAGE, NUMBERS):
        page = leads.get(path).content.decode()
        for markup in re.findall(r"<\w+[^>]*>", payload):
            assert markup not in page


def drawn(response: Any, name: str) -> list[dict[str, Any]]:
    """The values of a chart in the answer."""
    match = re.search(rf'<script id="{name}" type="application/json">(.*?)</script>', response.content.decode())
    assert match
    (dataset,) = json.loads(match[1])["datasets"].values()
    return dataset


# --- the bundle that draws the charts ---


def test_the_bundle_is_made_once_and_appears_whole(settings: Any, tmp_path: Path, monkeypatch: Any) -> None:
    settings.VAR_DIR = tmp_path
    made: list[str] = []

    def bundle(snippet: str) -> str:
        made.append(snippet)
        return f"/* vega */ {snippet}"

    monkeypatch.setattr("vl_convert.javascript_bundle", bundle)
    for _ in range(2):
        path = finders.find("cotrast/vega.js")
        assert Path(path).read_text() == "/* vega */ export default vegaEmbed;"
    assert made == ["export default vegaEmbed;"]
    assert [path.name for path in Path(path).parent.iterdir()] == ["vega.js"]


def test_the_bundle_is_collected_with_the_other_static_files(settings: Any, tmp_path: Path, monkeypatch: Any) -> None:
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr("vl_convert.javascript_bundle", lambda snippet: snippet)
    finder = finders.get_finder("annotator.web.assets.vega_bundle.VegaBundleFinder")
    ((name, storage),) = finder.list([])
    assert name == "cotrast/vega.js"
    with storage.open(name) as file:
        assert file.read() == b"export default vegaEmbed;"
