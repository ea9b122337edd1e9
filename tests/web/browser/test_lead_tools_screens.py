"""The lead's tools and practice in a real browser: axe, a silent console, pictures, and a search that goes on alone."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.studies.models import Case, Flag
from annotator.studies.services import practice_set
from annotator.web.lead import case_list
from tests.web.browser.gallery import Gallery, make_gallery
from tests.web.browser.test_screens import LOOKS, looked_at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def gallery(alice: User, bob: User, lena: User) -> Gallery:
    """The gallery, with a practice case that only bob will meet."""
    made = make_gallery(alice, bob, lena)
    practice = made.study.cases.filter(assignments__isnull=True).order_by("pk")[0]
    practice_set(
        case=practice,
        label="hurt",
        patterns=["neglected"] if made.study.codebook.patterns.filter(slug="neglected").exists() else [],
        feedback="The reply must stand in double quotation marks; the second answer has words before them.",
    )
    return made


@pytest.mark.parametrize("look", LOOKS)
def test_cases_codebook_and_practice_of_a_lead(
    gallery: Gallery, visit: Callable[..., Any], lena: User, look: str
) -> None:
    visitor = visit(lena, **LOOKS[look])
    study = f"/studies/{gallery.study.slug}"
    page = visitor.opens(f"{study}/cases/")
    looked_at(page, "cases", look)
    visitor.opens(f"{study}/cases/?text=zebra")
    looked_at(page, "cases-none", look)
    visitor.opens(f"{study}/codebook/")
    page.fill("#id_guideline", page.input_value("#id_guideline") + "\n\n## Twice\n\nRead the prompt **twice**.")
    page.click("button[name=preview]")
    page.wait_for_selector(".prose strong")
    looked_at(page, "codebook", look)
    page.click("text=Save as the next version")
    page.wait_for_selector(".notice.success")
    page.click("summary:has-text('Version 2')")
    page.locator("ins").first.scroll_into_view_if_needed()
    looked_at(page, "codebook-versions", look)
    practice = Case.objects.get(practice__isnull=False)
    visitor.opens(f"{study}/cases/{practice.pk}/practice/")
    looked_at(page, "practice", look)
    assert visitor.complaints == []


@pytest.mark.parametrize("look", LOOKS)
def test_practice_and_a_flag_of_an_annotator(gallery: Gallery, visit: Callable[..., Any], bob: User, look: str) -> None:
    visitor = visit(bob, **LOOKS[look])
    visitor.opens(f"/studies/{gallery.study.slug}/")
    page = visitor.page
    page.click("text=Start labelling")
    page.wait_for_url("**/cases/*/")
    assert "A practice case" in page.inner_text("main")
    visitor.presses("ArrowLeft", "Enter")
    page.wait_for_selector("[name=label]", state="attached")
    visitor.presses("n", "f")
    page.wait_for_selector("#flag:popover-open")
    page.keyboard.type("Is a quotation inside a quotation one?")
    looked_at(page, "case-flag", look)
    page.keyboard.press("Enter")
    page.wait_for_selector("text=You flagged this case for discussion")
    assert page.locator("[name=label][value=no_difference]").is_checked()
    visitor.presses("Enter")
    page.wait_for_selector("text=Another annotation was expected.")
    looked_at(page, "case-practised", look)
    before = page.url
    visitor.presses("Enter")
    page.wait_for_url(lambda url: url != before)
    assert "A practice case" not in page.inner_text("main")
    assert Flag.objects.get().reason == "Is a quotation inside a quotation one?"
    assert visitor.complaints == []


@pytest.mark.parametrize("look", LOOKS)
def test_a_study_is_closed_after_a_question_and_its_annotators_read_so(
    gallery: Gallery, visit: Callable[..., Any], alice: User, lena: User, look: str
) -> None:
    visitor = visit(lena, **LOOKS[look])
    page = visitor.opens(f"/studies/{gallery.study.slug}/")
    page.click("text=Close the study")
    page.wait_for_selector("#closing:popover-open")
    looked_at(page, "study-closing", look)
    page.click("#closing >> text=Back")
    page.wait_for_selector("#closing:popover-open", state="detached")
    page.click("text=Close the study")
    page.click("#closing .primary")
    page.wait_for_selector(".notice.success:has-text('The study is closed.')")
    annotator = visit(alice, **LOOKS[look])
    annotator.opens(f"/studies/{gallery.study.slug}/")
    looked_at(annotator.page, "study-closed", look)
    annotator.opens(f"/cases/{gallery.held.case_id}/")
    annotator.page.wait_for_selector(".notice:has-text('This study is closed')")
    looked_at(annotator.page, "case-closed", look)
    assert [*visitor.complaints, *annotator.complaints] == []


def test_a_search_that_takes_long_goes_on_alone_until_the_end(
    gallery: Gallery, visit: Callable[..., Any], lena: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = case_list.case_search

    def slow(*args: Any, **kwargs: Any) -> Any:
        return search(*args, **kwargs, window=1, budget_s=0)

    monkeypatch.setattr(case_list, "case_search", slow)
    visitor = visit(lena)
    page = visitor.opens(f"/studies/{gallery.study.slug}/cases/")
    page.wait_for_selector("#found tr:nth-child(4)")
    page.wait_for_selector("#more:not([data-poll])", state="attached")
    assert page.locator("#more").count() == 1
    assert visitor.complaints == []
