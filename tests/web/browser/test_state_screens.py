"""States of pages beside their usual one, with axe and pictures: nothing there yet, refused, ended, broken."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from playwright.sync_api import expect

from annotator import access
from annotator.runs.models import Run
from annotator.studies.models import Adjudication, Assignment
from annotator.studies.services import assignment_choose_blind, study_close
from tests.cast import World
from tests.web.browser.differing import make_differing
from tests.web.browser.gallery import Gallery, make_gallery
from tests.web.browser.test_screens import LOOKS, looked_at

pytestmark = pytest.mark.django_db(transaction=True)

Visit = Callable[..., Any]
ERRORS = {"not-understood": SuspiciousOperation, "not-allowed": PermissionDenied, "server-problem": RuntimeError}


@pytest.fixture
def gallery(alice: User, bob: User, lena: User) -> Gallery:
    return make_gallery(alice, bob, lena)


@pytest.mark.parametrize("look", LOOKS)
def test_a_case_that_is_begun_refused_skipped_and_the_last(
    gallery: Gallery, visit: Visit, bob: User, look: str
) -> None:
    visitor = visit(bob, **LOOKS[look])
    page = visitor.opens(f"/studies/{gallery.study.slug}/")
    looked_at(page, "study-begin", look)
    page.click("text=Start labelling")
    page.wait_for_url("**/cases/*/")
    visitor.presses("ArrowLeft", "Enter")
    page.wait_for_selector("[name=label]", state="attached")
    looked_at(page, "case-judge", look)
    page.locator("#annotation").evaluate("form => { form.noValidate = true; form.requestSubmit(); }")
    page.wait_for_selector(".notice.refused[role=alert]")
    looked_at(page, "case-refused", look)
    visitor.presses("x")
    page.wait_for_selector("#skip:popover-open")
    looked_at(page, "case-skip", look)
    skipped = page.url
    page.keyboard.type("I wrote this prompt myself.")
    visitor.presses("Enter")
    page.wait_for_url(lambda url: url != skipped)
    page.goto(skipped)
    page.wait_for_selector("text=You skipped this case")
    looked_at(page, "case-skipped", look)
    gallery.study.cases.filter(assignments__annotator=bob).exclude(assignments__status="held").update(queue_rank=0)
    gallery.study.cases.exclude(assignments__annotator=bob, assignments__status="held").update(complete=True)
    Assignment.objects.filter(annotator=bob, status="prefetched").delete()  # made or not, by how quick the browser was
    page.click("text=Next case")
    page.wait_for_url(lambda url: url != skipped)
    visitor.presses("x")
    page.wait_for_selector("#skip:popover-open")
    page.keyboard.type("This one too.")
    visitor.presses("Enter")
    page.wait_for_selector("text=Nothing is left for you in this study")
    looked_at(page, "study-done", look)
    assert [c for c in visitor.complaints if "422" not in c] == []


@pytest.mark.parametrize("look", LOOKS)
def test_an_open_page_says_what_went_wrong(gallery: Gallery, visit: Visit, alice: User, look: str) -> None:
    assignment_choose_blind(assignment=gallery.held, choice="left")
    visitor = visit(alice, **LOOKS[look])
    page = visitor.opens(f"/cases/{gallery.held.case_id}/")
    page.wait_for_load_state("networkidle")
    visitor.context.set_offline(True)
    visitor.presses("u", "Enter")
    expect(page.locator("#notice")).to_contain_text("cannot be reached")
    looked_at(page, "case-offline", look)
    visitor.context.set_offline(False)


@pytest.mark.parametrize("look", LOOKS)
def test_a_wrong_password_and_somebody_without_a_study(visit: Visit, mallory: User, look: str) -> None:
    visitor = visit(**LOOKS[look])
    page = visitor.opens("/login/")
    page.fill("#id_username", "mallory")
    page.fill("#id_password", "guess")
    visitor.presses("Enter")
    page.wait_for_selector(".notice.refused")
    looked_at(page, "login-refused", look)
    visitor = visit(mallory, **LOOKS[look])
    visitor.opens("/")
    looked_at(visitor.page, "home-none", look)
    assert visitor.complaints == []


@pytest.mark.parametrize("look", LOOKS)
def test_a_new_site_has_nothing_to_list(visit: Visit, admin_user: User, look: str) -> None:
    visitor = visit(admin_user, **LOOKS[look])
    for name, path in {
        "home-new": "/",
        "runs-none": "/runs/",
        "run-new-none": "/runs/new/",
        "datasets-none": "/datasets/",
    }.items():
        visitor.opens(path)
        looked_at(visitor.page, name, look)
    assert visitor.complaints == []


@pytest.mark.parametrize("look", LOOKS)
def test_a_new_study_has_no_figures(world: World, visit: Visit, lena: User, look: str) -> None:
    visitor = visit(lena, **LOOKS[look])
    visitor.context.set_default_timeout(30_000)
    study = f"/studies/{world.study.slug}"
    for name, path in {
        "home-lead": "/",
        "agreement-none": f"{study}/agreement/?now",
        "dashboard-none": f"{study}/dashboard/?now",
        "adjudication-none": f"{study}/adjudicate/",
        "history-none": f"{study}/cases/{world.study.cases.order_by('pk')[0].pk}/history/",
    }.items():
        visitor.opens(path)
        looked_at(visitor.page, name, look)
    assert visitor.complaints == []


@pytest.mark.parametrize("look", LOOKS)
def test_forms_that_are_refused_say_why(gallery: Gallery, visit: Visit, lena: User, look: str) -> None:
    visitor = visit(lena, **LOOKS[look])
    page = visitor.page
    study = f"/studies/{gallery.study.slug}"
    for name, path, button in (
        ("study-new-refused", "/studies/new/", "Open the study"),
        ("run-new-refused", "/runs/new/", "Start"),
        ("practice-refused", f"{study}/cases/{gallery.judged.case_id}/practice/", "Use for practice"),
    ):
        visitor.opens(path)
        page.locator("[name=strategies]").evaluate_all("boxes => boxes.forEach((box) => { box.checked = false; })")
        page.get_by_role("button", name=button, exact=True).click()
        page.wait_for_selector(".problem, .notice.refused")
        looked_at(page, name, look)
    visitor.opens(f"{study}/codebook/")
    page.locator("[name$='-hotkey']").first.select_option("2")
    page.click("text=Save as the next version")
    page.wait_for_selector(".notice.refused")
    looked_at(page, "codebook-refused", look)
    visitor.opens(f"{study}/cases/?label=brilliant")
    page.wait_for_selector(".problem")
    looked_at(page, "cases-refused", look)
    assert [c for c in visitor.complaints if not any(status in c for status in ("400", "409", "422"))] == []


@pytest.mark.parametrize("look", LOOKS)
def test_a_run_that_is_cancelled_done_or_failed_and_a_study_closed(
    gallery: Gallery, visit: Visit, lena: User, look: str
) -> None:
    visitor = visit(lena, **LOOKS[look])
    page = visitor.opens(f"/runs/{gallery.waiting.pk}/prompts/1/")
    looked_at(page, "generation-failed", look)
    visitor.opens(f"/runs/{gallery.done.pk}/")
    looked_at(page, "run-done", look)
    Run.objects.filter(pk=gallery.waiting.pk).update(status=Run.Status.CANCELLED)
    visitor.opens(f"/runs/{gallery.waiting.pk}/")
    looked_at(page, "run-cancelled", look)
    study_close(study=gallery.study)
    visitor.opens(f"/studies/{gallery.study.slug}/")
    page.click("text=Open it again")
    page.wait_for_selector("#closing:popover-open")
    looked_at(page, "study-reopening", look)
    visitor.opens("/api/v1/docs/")
    looked_at(page, "api-docs", look)
    assert visitor.complaints == []


@pytest.mark.parametrize("look", LOOKS)
def test_a_decision_that_comes_second_and_a_case_that_is_not_due(
    alice: User, bob: User, lena: User, carol: User, visit: Visit, look: str
) -> None:
    gallery = make_differing(alice, bob, lena, carol)
    visitor = visit(carol, **LOOKS[look])
    queue = f"/studies/{gallery.study.slug}/adjudicate/"
    early = gallery.study.cases.filter(complete=False).order_by("pk")[0]
    page = visitor.opens(f"{queue}{early.pk}/")
    looked_at(page, "adjudication-early", look)
    visitor.opens(f"{queue}{gallery.held.case_id}/")
    visitor.presses("u", "t")
    page.keyboard.type("The comma rule is plain.")
    visitor.waits_for_saved()
    Adjudication.objects.create(case=gallery.held.case, revision=1, label="helped", reason="Warm.", author=lena)
    visitor.presses("Control+Enter")
    page.wait_for_selector(".notice.refused[role=alert]")
    looked_at(page, "adjudication-refused", look)
    assert [c for c in visitor.complaints if "409" not in c] == []


@pytest.mark.parametrize("look", LOOKS)
def test_pages_of_errors(
    gallery: Gallery, visit: Visit, alice: User, look: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = visit(alice, **LOOKS[look])
    page = visitor.opens("/")
    visitor.context.clear_cookies(name="csrftoken")
    page.click("text=Continue labelling")
    page.wait_for_selector("text=This page is too old")
    looked_at(page, "too-old", look)
    for name, error in ERRORS.items():
        monkeypatch.setattr(access, "study_for", _raising(error))
        visitor.opens(f"/studies/{gallery.study.slug}/")
        looked_at(page, name, look)


def _raising(error: type[Exception]) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail


def test_the_case_page_at_200_percent(gallery: Gallery, visit: Visit, alice: User) -> None:
    """A window of 1280 x 800 at a zoom of 200 %."""
    visitor = visit(alice, viewport={"width": 640, "height": 400}, device_scale_factor=2)
    page = visitor.opens(f"/cases/{gallery.held.case_id}/")
    looked_at(page, "case-blind", "zoomed")
    assignment_choose_blind(assignment=gallery.held, choice="left")
    visitor.opens(f"/cases/{gallery.held.case_id}/")
    visitor.presses("j", "u", "3", "4", "m")
    visitor.waits_for_saved()
    page.evaluate("scrollTo(0, 0)")
    looked_at(page, "case", "zoomed")
    assert visitor.complaints == []
