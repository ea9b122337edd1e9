"""Two adjudicators in real browsers: nothing typed is lost, and each sees that the other has the case open."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect

from annotator import access
from annotator.studies.models import Adjudication, AdjudicatorPresence, DecisionDraft
from annotator.studies.services import adjudication_decide, decision_draft_save, presence_renew
from tests.processes import eventually
from tests.web.browser.differing import make_differing
from tests.web.browser.gallery import Gallery
from tests.web.browser.test_screens import CHINESE_LOOKS, LOOKS, fits, looked_at
from tests.web.browser.typed_forms import COPIES

pytestmark = pytest.mark.django_db(transaction=True)

Visit = Callable[..., Any]
LIST = "/studies/does-reasoning-help/adjudicate/"


@pytest.fixture
def gallery(alice: User, bob: User, lena: User, carol: User) -> Gallery:
    return make_differing(alice, bob, lena, carol)


@pytest.fixture
def case(gallery: Gallery) -> str:
    """The address of the case on which alice and bob disagree most."""
    return f"{LIST}{gallery.held.case_id}/"


def reason() -> str:
    kept: str = DecisionDraft.objects.get().content["reason"]
    return kept


# ---- nothing typed is lost ----


def test_another_browser_of_the_same_person_goes_on_with_the_draft(case: str, visit: Visit, carol: User) -> None:
    laptop = visit(carol)
    laptop.opens(case)
    expect(laptop.page.locator("#saved")).to_contain_text("nothing typed yet")
    laptop.presses("m")
    expect(laptop.page.locator("[data-use][aria-pressed=true]")).to_have_count(4)
    laptop.presses("u", "t")
    laptop.page.keyboard.type("An hour of thought")
    laptop.waits_for_saved()
    laptop.page.wait_for_function(COPIES, arg=0)
    tablet = visit(carol)
    page = tablet.opens(case)
    expect(page.locator("#reason")).to_have_value("An hour of thought")
    expect(page.locator("input[value=hurt]")).to_be_checked()
    expect(page.locator("[data-use][aria-pressed=true]")).to_have_count(4)
    expect(page.locator("#saved")).to_contain_text("saved")
    tablet.presses("t")
    page.keyboard.press("End")
    page.keyboard.type(", and more")
    tablet.waits_for_saved()
    assert reason() == "An hour of thought, and more"
    assert not laptop.complaints + tablet.complaints


def test_a_draft_on_top_of_an_older_decision_comes_back_with_what_was_decided_meanwhile(
    case: str,
    gallery: Gallery,
    visit: Visit,
    carol: User,
    lena: User,
) -> None:
    visitor = visit(carol)
    page = visitor.opens(case)
    visitor.presses("h", "t")
    page.keyboard.type("Second.")
    visitor.waits_for_saved()
    page.goto("about:blank")
    decide(gallery, lena)
    visitor.opens(case)
    expect(page.get_by_role("alert")).to_contain_text("decision 1 was taken meanwhile")
    expect(page.locator("#reason")).to_have_value("Second.")
    visitor.presses("t", "Control+Enter")
    expect(page).to_have_title(f"Decide case {gallery.judged.case_id} · Does reasoning help? · Cotrast")
    assert list(Adjudication.objects.values_list("revision", "reason")) == [(1, "First."), (2, "Second.")]
    assert not DecisionDraft.objects.exists()
    page.wait_for_function(COPIES, arg=0)


def decide(gallery: Gallery, person: User) -> None:
    adjudication_decide(
        case=access.case_to_adjudicate(person, gallery.study.slug, gallery.held.case_id),
        author=person,
        base_revision=0,
        label="hurt",
        patterns=[],
        other_text="",
        spans=[],
        reason="First.",
    )


# ---- who has it open ----


def test_the_second_adjudicator_is_told_and_the_first_hears_of_it_too(
    case: str,
    gallery: Gallery,
    visit: Visit,
    carol: User,
    lena: User,
) -> None:
    carols, lenas = visit(carol), visit(lena)
    carols.page.clock.install()
    with carols.page.expect_response("**/renew/"):
        carols.opens(case)
    expect(carols.page.locator("#others")).to_be_hidden()
    assert [row.adjudicator for row in AdjudicatorPresence.objects.all()] == [carol]
    AdjudicatorPresence.objects.update(opened_at=timezone.now() - timedelta(seconds=80))
    with lenas.page.expect_response("**/renew/"):
        lenas.opens(case)
    expect(lenas.page.locator("#others")).to_contain_text("Another adjudicator opened this case 1 min ago")
    with carols.page.expect_response("**/renew/"):
        carols.page.clock.run_for(61_000)
    expect(carols.page.locator("#others")).to_contain_text("Another adjudicator opened this case just now")
    lenas.page.goto(lenas.origin + "/")
    assert eventually(lambda: AdjudicatorPresence.objects.count() == 1, 5)
    carols.presses("x")
    carols.page.wait_for_url(re.compile(rf"/{gallery.judged.case_id}/$"))
    assert [row.case_id for row in AdjudicatorPresence.objects.all()] == [gallery.judged.case_id]
    assert not carols.complaints + lenas.complaints


def test_closing_the_page_frees_the_case(case: str, visit: Visit, carol: User) -> None:
    visitor = visit(carol)
    with visitor.page.expect_response("**/renew/"):
        page = visitor.opens(case)
    assert AdjudicatorPresence.objects.count() == 1
    page.goto(visitor.origin + "/")
    assert eventually(lambda: not AdjudicatorPresence.objects.exists(), 5)
    with page.expect_response("**/renew/"):
        page.go_back()
    assert AdjudicatorPresence.objects.count() == 1


def test_closing_one_of_two_tabs_leaves_the_case_open(case: str, visit: Visit, carol: User) -> None:
    visitor = visit(carol)
    with visitor.page.expect_response("**/renew/"):
        visitor.opens(case)
    second = visitor.context.new_page()
    with second.expect_response("**/renew/"):
        second.goto(visitor.origin + case)
    with visitor.page.expect_response("**/renew/"):
        second.close(run_before_unload=True)
    assert AdjudicatorPresence.objects.filter(adjudicator=carol).exists()


def test_two_who_ask_for_the_next_case_get_two(gallery: Gallery, visit: Visit, carol: User, lena: User) -> None:
    carols, lenas = visit(carol), visit(lena)
    titles = []
    for visitor in (carols, lenas):
        visitor.opens(LIST)
        visitor.presses("Enter")
        expect(visitor.page).to_have_title(re.compile("Decide case"))
        titles.append(visitor.page.title())
        expect(visitor.page.locator("#others")).to_be_hidden()
    assert len(set(titles)) == 2


@pytest.mark.parametrize("look", LOOKS)
def test_the_page_of_a_case_that_is_open_elsewhere(
    case: str,
    gallery: Gallery,
    visit: Visit,
    carol: User,
    lena: User,
    look: str,
) -> None:
    told_of_everything(gallery, carol, lena)
    visitor = visit(carol, **LOOKS[look])
    page = visitor.opens(case)
    expect(page.locator("#others")).to_be_visible()
    visitor.waits_for_saved()
    looked_at(page, "adjudication-opened", look)
    fits(page)
    assert not visitor.complaints


@pytest.mark.parametrize("look", CHINESE_LOOKS)
def test_the_page_of_a_case_that_is_open_elsewhere_in_chinese(
    case: str,
    gallery: Gallery,
    visit: Visit,
    carol: User,
    lena: User,
    look: str,
) -> None:
    told_of_everything(gallery, carol, lena)
    visitor = visit(carol, **CHINESE_LOOKS[look])
    page = visitor.opens(case)
    expect(page.locator("#others")).to_contain_text("另一位裁决员在")
    fits(page)
    assert not visitor.complaints


def told_of_everything(gallery: Gallery, carol: User, lena: User) -> None:
    """carol has a draft; lena has decided meanwhile, and has the case open again."""
    held = gallery.held.case
    content = {"label": "hurt", "patterns": ["unasked-addition"], "reason": "A counts rightly; B reads past the end."}
    decision_draft_save(case=held, adjudicator=carol, base_revision=0, version=0, content=content)
    decide(gallery, lena)
    presence_renew(case=held, adjudicator=lena)
    AdjudicatorPresence.objects.update(opened_at=timezone.now() - timedelta(seconds=80))
