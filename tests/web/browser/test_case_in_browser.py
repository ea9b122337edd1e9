"""The case page in a browser: keys, evidence, zoom, long and hostile texts, and its size."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import override_settings
from playwright.sync_api import Page, Response, expect

from annotator.runs.models import Verdict
from annotator.studies.models import Annotation, Assignment
from annotator.studies.services import assignment_choose_blind, case_next, draft_save
from tests.cast import World
from tests.web.browser.gallery import Gallery, make_gallery
from tests.web.payloads import PAYLOADS

pytestmark = pytest.mark.django_db(transaction=True)

Visit = Callable[..., Any]
WHOLE_TEXT = "element => element.textContent"


@pytest.fixture
def gallery(alice: User, bob: User, lena: User) -> Gallery:
    made = make_gallery(alice, bob, lena)
    assignment_choose_blind(assignment=made.held, choice="left")
    return made


def case(gallery: Gallery) -> str:
    return f"/cases/{gallery.held.case_id}/"


def test_keys_are_never_taken_from_somebody_who_types(gallery: Gallery, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(gallery))
    visitor.presses("t")
    page.keyboard.type("h u n c 1 2 3 x b r j k v ?")
    assert page.locator("#note").input_value() == "h u n c 1 2 3 x b r j k v ?"
    assert page.locator("input:checked[name=label], input:checked[name=patterns]").count() == 0
    visitor.presses("Enter")
    assert Annotation.objects.filter(assignment=gallery.held).count() == 0
    visitor.presses("Escape", "c", "2")
    expect(page.locator("input[value=cant_tell]")).to_be_checked()
    expect(page.locator("input[value=wording-gained]")).to_be_checked()


def test_a_constraint_lights_up_its_phrase_and_its_evidence(gallery: Gallery, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(gallery))
    visitor.presses("j")
    assert page.locator(".prompt mark.on").all_text_contents() == ["Do not use any commas"]
    assert page.locator(".answer mark.on").all_text_contents() == [",", ",", ","]
    visitor.presses("k")
    assert page.locator(".prompt mark.on").all_text_contents() == ["end with the exact phrase “Ride home folded.”"]
    page.get_by_role("button", name="At least 60 words").click()
    assert page.locator(".prompt mark.on").all_text_contents() == ["Use at least 60 words"]
    visitor.presses("v", "v")
    expect(page.locator("html")).to_have_attribute("data-view", "plain")


def test_the_texts_on_screen_are_the_texts_to_the_character(gallery: Gallery, visit: Visit, alice: User) -> None:
    text = "\nOne,\r\ntwo\rthree,  👩‍🚀 e\u0301 <b>bold</b> &amp; \ttab, \u202eend\n\n"
    for generation in (gallery.held.case.first, gallery.held.case.second):
        type(generation).objects.filter(pk=generation.pk).update(answer=text, reasoning=text)
        spans = [[4, 5], [17, 18], [0, 30]]
        Verdict.objects.filter(generation=generation).update(evidence={"strict": {"spans": spans}}, strict=False)
    page = visit(alice).opens(case(gallery))
    for answer in page.locator(".answer").all():
        assert answer.evaluate(WHOLE_TEXT) == text
    assert page.locator("details .reading").first.evaluate(WHOLE_TEXT) == text


def test_the_sheet_of_keys_opens_closes_and_takes_the_keys_while_it_is_open(
    gallery: Gallery, visit: Visit, alice: User
) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(gallery))
    visitor.presses("?")
    expect(page.locator("#keys")).to_be_visible()
    visitor.presses("h")
    expect(page.locator("input[value=helped]")).not_to_be_checked()
    page.get_by_label("Letters and digits work as keys").uncheck()
    visitor.presses("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    visitor.presses("h")
    expect(page.locator("input[value=helped]")).not_to_be_checked()
    visitor.presses("?")
    page.get_by_label("Letters and digits work as keys").check()
    visitor.presses("?", "h")
    expect(page.locator("input[value=helped]")).to_be_checked()


def test_a_case_is_skipped_with_a_reason_by_keyboard(gallery: Gallery, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(gallery))
    visitor.presses("x")
    page.keyboard.type("I wrote this prompt")
    visitor.presses("Enter")
    expect(page).not_to_have_url(visitor.origin + case(gallery))
    gallery.held.refresh_from_db()
    assert (gallery.held.status, gallery.held.skip_reason) == ("skipped", "I wrote this prompt")


def test_my_last_cases_are_one_key_away(gallery: Gallery, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    page = visitor.opens(case(gallery))
    visitor.presses("b")
    page.get_by_role("link", name="Reply to a neighbour").click()
    expect(page.locator("#note")).to_have_value("The marker is missing.")


def test_everything_works_without_scripts(world: World, visit: Visit, alice: User) -> None:
    page = visit(alice, java_script_enabled=False).opens("/")
    page.get_by_role("button", name="Start labelling").click()
    page.get_by_role("radio", name="left").check()
    page.get_by_role("button", name="Name the sides").click()
    page.get_by_label("hurt").check()
    page.get_by_label("other 7").check()
    page.get_by_label("What did you see?").fill("drifts away")
    page.get_by_label("Note").fill("no scripts")
    page.get_by_role("button", name="Submit and next").click()
    page.get_by_role("button", name="Skip").click()
    page.get_by_label("Why?").fill("mine")
    page.get_by_role("button", name="Skip and next").click()
    expect(page).to_have_title("Case 2 · Does reasoning help? · Cotrast")
    assert (Annotation.objects.get().note, Annotation.objects.get().other_text) == ("no scripts", "drifts away")
    assert list(Assignment.objects.order_by("pk").values_list("status", flat=True)) == ["submitted", "skipped", "held"]


def test_no_payload_runs_in_any_field(gallery: Gallery, visit: Visit, alice: User, lena: User) -> None:
    poison = "\n".join(PAYLOADS)
    case_row = gallery.held.case
    for generation in (case_row.first, case_row.second):
        type(generation).objects.filter(pk=generation.pk).update(
            answer=poison, reasoning=poison, completion=poison, error=poison[:900], split_status=PAYLOADS[0][:32]
        )
        evidence = {"strict": {"note": poison, "spans": [[0, 9], [5, 80], [70, 900]]}}
        Verdict.objects.filter(generation=generation).update(evidence=evidence, strict=False)
    type(case_row.prompt).objects.filter(pk=case_row.prompt_id).update(text=poison, key=PAYLOADS[1])
    type(gallery.study).objects.filter(pk=gallery.study.pk).update(title=PAYLOADS[0])
    codebook = gallery.study.codebook
    type(codebook).objects.filter(pk=codebook.pk).update(guideline=poison)
    codebook.patterns.update(name=PAYLOADS[1], help=PAYLOADS[2])
    gallery.waiting.generations.update(error=poison, status="failed")
    typed = {"label": poison, "patterns": [poison], "other_text": poison, "note": poison}
    draft_save(assignment=gallery.held, version=0, content=typed)
    own = [case(gallery), f"/cases/{gallery.judged.case_id}/", "/", f"/studies/{gallery.study.slug}/"]
    run = f"/runs/{gallery.done.pk}/"
    led = [run, run + "prompts/0/", f"/runs/{gallery.waiting.pk}/", "/datasets/everyday/1/", own[-1]]
    for user, paths in ((alice, own), (lena, led)):
        visitor = visit(user)
        for path in paths:
            page = visitor.opens(path)
            page.wait_for_timeout(100)
            assert page.evaluate("window.hacked") is None, path
        assert visitor.complaints == []


def test_a_case_page_is_light(gallery: Gallery, visit: Visit, alice: User) -> None:
    visitor = visit(alice)
    answers: list[Response] = []
    visitor.page.on("response", lambda answer: answers.append(answer))
    visitor.opens(case(gallery))  # until the last module has been loaded
    assert len(answers) <= 22, [answer.url for answer in answers]
    assert sum(len(answer.body()) for answer in answers) <= 140_000, "before compression; 200 kB compressed are allowed"


def test_answers_of_100_kb_light_up_by_constraint_and_can_be_compared(
    gallery: Gallery, visit: Visit, alice: User
) -> None:
    words = "the quick brown fox jumps, over the lazy dog\n" * 2300
    spans = [[start, start + 1] for start, char in enumerate(words) if char == ","][:500]
    for generation, answer in ((gallery.held.case.first, words), (gallery.held.case.second, words + "at last")):
        type(generation).objects.filter(pk=generation.pk).update(answer=answer)
        Verdict.objects.filter(generation=generation).update(evidence={"strict": {"spans": spans}}, strict=False)
    visitor = visit(alice)
    page = visitor.opens(case(gallery))
    visitor.presses("j")
    expect(page.locator(".answer mark.on")).to_have_count(2 * len(spans))
    page.click("[data-shows=diff]")
    expect(page.locator(".diff mark.changed")).to_have_text("at last")


def covered(page: Page) -> bool:
    """Whether the annotation form covers any text once the page, or the box of both answers, is scrolled to its end."""
    return bool(
        page.evaluate(
            """async () => {
                // What was out of view has an estimated height until it is drawn: the end is reached in two steps.
                for (let step = 0; step < 4; step += 1) {
                    window.scrollTo(0, document.body.scrollHeight);
                    document.querySelector('.pair').scrollTop = 1e6;
                    await new Promise(requestAnimationFrame);
                }
                const judge = document.querySelector('.answering').getBoundingClientRect();
                const texts = [...document.querySelectorAll('.answer')].map(e => e.getBoundingClientRect());
                return texts.some(text => text.bottom > judge.top + 1); }"""
        )
    )


@pytest.mark.parametrize(
    ("width", "height"), [(1440, 900), (1280, 720), (720, 450), (640, 360), (412, 915), (320, 640)]
)
def test_the_annotation_never_covers_the_text_at_any_zoom(
    gallery: Gallery, visit: Visit, alice: User, width: int, height: int
) -> None:
    """A window of 1440 x 900 at 200 % is one of 720 x 450."""
    page = visit(alice, viewport={"width": width, "height": height}).opens(case(gallery))
    assert not covered(page)
    share = page.evaluate("document.querySelector('.answering').getBoundingClientRect().height / innerHeight")
    sticky = page.evaluate("getComputedStyle(document.querySelector('.answering')).position") == "sticky"
    assert not sticky or share <= 0.45
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


@override_settings(ASSIGNMENT_LEASE_S=600)
def test_the_hold_is_renewed_while_the_page_is_open(world: World, visit: Visit, alice: User) -> None:
    held = case_next(study=world.study, annotator=alice)
    assert held is not None
    visitor = visit(alice)
    visitor.page.clock.install()
    visitor.opens(f"/cases/{held.case_id}/")
    with visitor.page.expect_response("**/renew/") as answer:
        visitor.page.clock.run_for(61_000)
    assert answer.value.status == 200
    before = held.lease_until
    held.refresh_from_db()
    assert held.lease_until > before


def test_the_theme_is_chosen_once_and_kept(gallery: Gallery, visit: Visit, alice: User) -> None:
    visitor = visit(alice, color_scheme="light")
    page = visitor.opens(case(gallery))
    button = page.get_by_role("button", name="Theme")
    button.click()
    button.click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 23, 27)"
