"""Prompt sets in a browser: ordered by keyboard and by drag, and their runs compared."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from annotator.exemplars.models import Exemplar, PromptSet
from annotator.exemplars.services.prompt_set_runs import prompt_set_compare
from annotator.exemplars.services.prompt_sets import prompt_set_create
from annotator.runs.models import Generation, Run, Verdict
from annotator.runs.services.verdicts import verdicts_for
from annotator.studies.models import Membership
from annotator.studies.services import member_add
from tests.exemplars.sets import exemplar_of
from tests.web.browser.gallery import SCENES, Gallery, make_gallery
from tests.web.browser.repairing import REPAIRED, THOUGHT
from tests.web.browser.test_screens import LOOKS, looked_at

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_broker")]

Visit = Callable[..., Any]
LIST = "/studies/does-reasoning-help/prompt-sets/"
CANOE = "* look along the hull for cracks\n* sit on both seats\n* ask how it was stored in winter"


@pytest.fixture
def gallery(alice: User, bob: User, lena: User, dan: User) -> Gallery:
    gallery = make_gallery(alice, bob, lena)
    member_add(study=gallery.study, user=dan, role=Membership.Role.CURATOR)
    cases = {case.prompt.key: case for case in gallery.study.cases.select_related("prompt", "second")}
    exemplar_of(cases["0"], REPAIRED, dan, reasoning=THOUGHT, patterns=("unasked-addition",))
    exemplar_of(cases["1"], CANOE, dan, reasoning="Lowercase, three bullets and no comma.")
    return gallery


@pytest.fixture
def prompt_set(gallery: Gallery, dan: User) -> PromptSet:
    ids = list(Exemplar.objects.order_by("pk").values_list("pk", flat=True))
    return prompt_set_create(study=gallery.study, name="bicycles", user=dan, exemplar_ids=ids, budget_tokens=400)


def finish(run: Run) -> None:
    """Answer each prompt of a run: with exemplars as cot does, else as base does."""
    for generation in run.generations.select_related("prompt"):
        scene = SCENES[generation.position]
        answer = scene.base if run.strategy == "base" else scene.cot
        Generation.objects.filter(pk=generation.pk).update(
            answer=answer, completion=answer, split_status="clean", finish_reason="stop", status="done"
        )
        generation.refresh_from_db()
        Verdict.objects.bulk_create(verdicts_for(generation, {"answer": answer}))
    Run.objects.filter(pk=run.pk).update(status=Run.Status.DONE)


def order() -> list[str]:
    return list(PromptSet.objects.get().members.order_by("position").values_list("exemplar__prompt__key", flat=True))


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_of_prompt_sets(gallery: Gallery, prompt_set: PromptSet, visit: Visit, lena: User, look: str) -> None:
    runs = prompt_set_compare(
        prompt_set=prompt_set,
        dataset=gallery.study.first_run.dataset,
        language_model=gallery.study.first_run.language_model,
        random_seed=None,
        user=lena,
    )
    for run in runs:
        finish(run)
    visitor = visit(lena, **LOOKS[look])
    page = visitor.opens(LIST)
    looked_at(page, "prompt-sets", look)
    visitor.opens(f"{LIST}bicycles/v1/")
    looked_at(page, "prompt-set", look)
    page.locator(".excluded summary").click()
    looked_at(page, "prompt-set-excluded", look)
    visitor.opens(f"{LIST}compare/?" + "&".join(f"runs={run.pk}" for run in runs))
    page.wait_for_selector("#differences-title")
    looked_at(page, "prompt-set-comparison", look)
    visitor.opens(f"/runs/{runs[0].pk}/")
    looked_at(page, "run-with-prompt-set", look)
    visitor.opens("/runs/new/")
    page.locator("input[value=few_shot]").check()
    expect(page.locator("select[name=prompt_set]")).to_be_visible()
    looked_at(page, "run-new-with-set", look)
    assert visitor.complaints == []


def test_the_order_is_changed_by_keyboard_alone(
    gallery: Gallery, prompt_set: PromptSet, visit: Visit, dan: User
) -> None:
    visitor = visit(dan)
    page = visitor.opens(f"{LIST}bicycles/v1/")
    page.get_by_role("button", name="Move exemplar 2 up").focus()
    visitor.presses("Enter")
    expect(page.locator(".member").first).to_contain_text("canoe")
    assert order() == ["1", "0"]
    # The keyboard goes on at the member that moved: it is first, so that its first button is the one down.
    visitor.presses("Tab", "Tab", "Tab", "Enter")
    expect(page.locator(".member").last).to_contain_text("canoe")
    assert order() == ["0", "1"]
    assert visitor.complaints == []


def test_a_member_is_dragged_to_another_place(gallery: Gallery, prompt_set: PromptSet, visit: Visit, dan: User) -> None:
    visitor = visit(dan)
    page = visitor.opens(f"{LIST}bicycles/v1/")
    page.locator(".member .place").nth(0).drag_to(page.locator(".member .place").nth(1))
    expect(page.locator(".member").first).to_contain_text("canoe")
    assert order() == ["1", "0"]
    assert visitor.complaints == []
