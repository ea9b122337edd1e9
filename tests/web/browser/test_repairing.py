"""The repair editor in a browser: verdicts turn as one types, undo takes back what buttons did, keys alone suffice."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from annotator.datasets.models import Constraint
from annotator.exemplars.models import Candidate, Exemplar, Repair, RepairDraft
from annotator.exemplars.services.attempts import attempt_content
from annotator.exemplars.services.candidates import candidate_create
from annotator.exemplars.services.prompt_sets import prompt_set_create
from tests.exemplars.curating import approved
from tests.web.browser.gallery import Gallery
from tests.web.browser.repairing import REPAIRED, bicycle, by_model, case_of, make_repairing, with_attempts
from tests.web.browser.test_screens import LOOKS, looked_at
from tests.web.browser.typed_forms import COPIES

pytestmark = pytest.mark.django_db(transaction=True)

Visit = Callable[..., Any]


@pytest.fixture
def gallery(alice: User, bob: User, lena: User, dan: User) -> Gallery:
    return make_repairing(alice, bob, lena, dan)


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_of_a_curator(gallery: Gallery, visit: Visit, dan: User, look: str) -> None:
    visitor = visit(dan, **LOOKS[look])
    page = visitor.opens("/studies/does-reasoning-help/repairs/")
    looked_at(page, "repairs-proposed", look)
    candidate = bicycle(gallery, dan)
    with_attempts(candidate, dan)
    candidate_create(case=case_of(gallery, "1"), user=dan)
    prompt_set_create(study=gallery.study, name="ifeval-four", user=dan, budget_tokens=2_048)
    page = visitor.opens("/studies/does-reasoning-help/repairs/")
    looked_at(page, "repairs", look)
    first = candidate.repairs.earliest("pk")
    visitor.opens(f"/studies/does-reasoning-help/repairs/{candidate.pk}/?from={first.pk}")
    page.select_option("select[name=prompt_set]", label="ifeval-four v1")
    expect(page.locator("#joins")).to_contain_text("of 2048 tokens", timeout=15_000)
    looked_at(page, "repair", look)
    page.locator("[data-edit-view=diff]").click()
    page.wait_for_selector("#difference .revised")
    looked_at(page, "repair-diff", look)
    page.locator("[data-edit-view=evidence]").click()
    looked_at(page, "repair-evidence", look)
    visitor.presses("m")
    looked_at(page, "repair-ask", look)
    visitor.presses("Escape", "?")
    looked_at(page, "repair-keys", look)
    approved(candidate.repairs.get(round=2, sample=1), dan)
    visitor.opens(f"/studies/does-reasoning-help/repairs/{candidate.pk}/")
    looked_at(page, "repair-approved", look)
    visitor.opens("/studies/does-reasoning-help/exemplars/")
    page.locator("summary").click()
    looked_at(page, "exemplars", look)
    assert visitor.complaints == []


PATH = "/studies/does-reasoning-help/repairs/"


@pytest.fixture
def candidate(gallery: Gallery, dan: User) -> Candidate:
    return bicycle(gallery, dan)


def proof_is(page: Page, words: str) -> None:
    expect(page.locator("#proof .tag").first).to_have_text(words)


def test_dan_goes_from_the_list_to_an_approved_exemplar_by_keyboard_alone(
    gallery: Gallery, visit: Visit, dan: User
) -> None:
    visitor = visit(dan)
    page = visitor.opens(PATH)
    visitor.presses("Enter")
    expect(page).to_have_title(re.compile(r"Repair case \d+ · Does reasoning help\? · Cotrast"), timeout=15_000)
    page.wait_for_load_state()
    proof_is(page, "1 of 3")
    visitor.presses("1")
    proof_is(page, "2 of 3")
    visitor.presses("Enter")  # the proof is not whole
    expect(page.locator("#unchecked")).to_contain_text("Not approved yet: Constraint 3 is violated.")
    visitor.presses("3")
    proof_is(page, "3 of 3")
    visitor.presses("g", "Control+a")
    page.keyboard.type("No commas at all. At least 60 words. The last words are Ride home folded.")
    visitor.presses("Escape")
    visitor.waits_for_saved()
    visitor.presses("Enter")
    page.wait_for_url("**/repairs/")
    expect(page.locator(".notice.success")).to_contain_text("approved as exemplar")
    exemplar = Exemplar.objects.get()
    assert exemplar.approved_by == dan
    assert "," not in exemplar.answer
    assert exemplar.answer.endswith("Ride home folded.")
    assert exemplar.reasoning.startswith("No commas at all.")
    assert not RepairDraft.objects.exists()
    assert visitor.complaints == []


def test_the_set_that_an_exemplar_joins_is_chosen_and_counted_as_one_types(
    candidate: Candidate, gallery: Gallery, visit: Visit, dan: User
) -> None:
    prompt_set = prompt_set_create(study=gallery.study, name="four", user=dan, budget_tokens=100)
    other = candidate_create(case=case_of(gallery, "1"), user=dan)
    visitor = visit(dan)
    page = visitor.opens(f"{PATH}{candidate.pk}/")
    page.select_option("select[name=prompt_set]", label="four v1")
    joins = page.locator("#joins")
    expect(joins).to_contain_text("adds to set four v1: exemplar 1", timeout=15_000)
    page.fill("#answer", "word " * 400)
    expect(joins).to_contain_text("over the budget", timeout=15_000)
    page.fill("#answer", REPAIRED)
    proof_is(page, "3 of 3")
    page.locator("#approve button").click()
    page.wait_for_url("**/repairs/")
    expect(page.locator(".notice.success").last).to_contain_text("the last exemplar of the set four")
    assert prompt_set.members.get().exemplar.answer == REPAIRED
    page = visitor.opens(f"{PATH}{other.pk}/")
    assert page.locator("select[name=prompt_set]").input_value() == str(prompt_set.pk)
    assert visitor.complaints == []


def test_the_next_repair_is_a_key_away(candidate: Candidate, gallery: Gallery, visit: Visit, dan: User) -> None:
    other = candidate_create(case=case_of(gallery, "1"), user=dan)
    visitor = visit(dan)
    page = visitor.opens(f"{PATH}{candidate.pk}/")
    visitor.presses("]")
    page.wait_for_url(f"**{PATH}{other.pk}/")
    expect(page.locator(".where")).to_contain_text("repair 2 of 2")
    visitor.presses("[")
    page.wait_for_url(f"**{PATH}{candidate.pk}/")
    assert visitor.complaints == []


def test_verdicts_and_evidence_turn_as_one_types(candidate: Candidate, visit: Visit, dan: User) -> None:
    visitor = visit(dan)
    page = visitor.opens(f"{PATH}{candidate.pk}/")
    page.fill("#answer", "One, two. Ride home folded.")
    proof_is(page, "1 of 3")
    comma = page.locator("#answer-marks mark.violated", has_text=",")
    expect(comma).to_have_count(1)
    field, marks = page.locator("#answer").bounding_box(), page.locator("#answer-marks").bounding_box()
    assert field == marks
    page.focus("#answer")
    for _ in range(len(" two. Ride home folded.")):
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("Backspace")
    proof_is(page, "2 of 3")
    expect(comma).to_have_count(0)
    expect(page.locator("#answer-marks")).to_have_text("One two. Ride home folded.")
    page.keyboard.type("x" * 3)
    expect(page.locator("#answer-marks")).to_have_text("Onexxx two. Ride home folded.")
    assert page.locator("#approve [aria-disabled]").count() == 1
    assert visitor.complaints == []


def test_a_constraint_that_is_lit_up_stays_so_while_one_types(candidate: Candidate, visit: Visit, dan: User) -> None:
    visitor = visit(dan)
    page = visitor.opens(f"{PATH}{candidate.pk}/")
    visitor.presses("j", "t", "Control+End")
    page.keyboard.type(", and more")
    expect(page.locator("#answer-marks mark.on")).to_have_count(4)
    expect(page.locator("[data-constraint='1']")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#answer")).to_be_focused()


def test_each_view_shows_the_edit_in_its_way(candidate: Candidate, visit: Visit, dan: User) -> None:
    visitor = visit(dan)
    page = visitor.opens(f"{PATH}{candidate.pk}/")
    visitor.presses("1")
    proof_is(page, "2 of 3")
    visitor.presses("v")
    expect(page.locator("#difference del").first).to_have_text(",")
    expect(page.locator("#answer")).not_to_be_in_viewport()
    visitor.presses("v")
    expect(page.locator("#difference")).to_be_hidden()
    expect(page.locator("#answer-marks mark.violated").first).to_be_visible()
    visitor.presses("t")
    expect(page.locator("#answer")).to_be_focused()
    page.reload()
    expect(page.locator("[data-edit-view=text]:is(button)")).to_have_attribute("aria-pressed", "true")


def test_undo_takes_back_what_a_button_did_by_its_key_and_by_the_browsers_own(
    candidate: Candidate, visit: Visit, dan: User
) -> None:
    original = candidate.generation.answer
    without = original.replace(",", "")
    visitor = visit(dan)
    page = visitor.opens(f"{PATH}{candidate.pk}/")
    answer = page.locator("#answer")
    visitor.presses("1")
    expect(answer).to_have_value(without)
    visitor.presses("z")
    expect(answer).to_have_value(original)
    proof_is(page, "1 of 3")
    visitor.presses("Shift+z")
    expect(answer).to_have_value(without)
    proof_is(page, "2 of 3")
    visitor.presses("z", "t", "Control+Home")
    page.keyboard.type("Hello. ")
    proof_is(page, "1 of 3")  # the suggestion is there again
    visitor.presses("Escape", "1")
    expect(answer).to_have_value(f"Hello. {without}")
    visitor.presses("t", "Control+z")
    expect(answer).to_have_value(f"Hello. {original}")
    visitor.presses("Control+z")
    expect(answer).not_to_have_value(f"Hello. {original}")


def test_an_attempt_is_used_and_the_approval_names_it(candidate: Candidate, visit: Visit, dan: User) -> None:
    with_attempts(candidate, dan)
    visitor = visit(dan)
    page = visitor.opens(f"{PATH}{candidate.pk}/")
    proof_is(page, "3 of 3")
    page.get_by_role("link", name="Use the attempt: you").click()
    proof_is(page, "2 of 3")
    expect(page.locator("#repair [name=parent]")).to_have_value(str(Repair.objects.get(author=dan).pk))
    visitor.presses("z")
    proof_is(page, "3 of 3")
    page.locator("#edit-title").click()  # Enter on the link would use the attempt again
    visitor.presses("Enter")
    page.wait_for_url("**/repairs/")
    assert Exemplar.objects.get().repair.method == "model"


def test_what_was_typed_on_a_kept_attempt_is_shown_after_a_reload_and_the_attempt_can_be_used_again(
    candidate: Candidate, visit: Visit, dan: User
) -> None:
    visitor = visit(dan)
    page = visitor.opens(f"{PATH}{candidate.pk}/")
    page.fill("#answer", "First try.")
    visitor.waits_for_saved()
    page.get_by_role("button", name="Keep as an attempt").click()
    page.wait_for_url("**from=*")
    page.fill("#answer", "Second, an hour of work.")
    visitor.waits_for_saved()
    page.reload()
    expect(page.locator("#answer")).to_have_value("Second, an hour of work.")
    page.locator("#answer").press("Control+End")
    page.keyboard.type("!")
    visitor.waits_for_saved()
    assert [draft.content["answer"] for draft in RepairDraft.objects.all()] == ["Second, an hour of work.!"]
    page.get_by_role("link", name="Use the attempt: you").click()
    expect(page.locator("#answer")).to_have_value("First try.")
    assert visitor.complaints == []


def test_words_typed_just_before_a_mechanical_edit_are_still_there(
    candidate: Candidate, visit: Visit, dan: User
) -> None:
    visitor = visit(dan)
    page = visitor.opens(f"{PATH}{candidate.pk}/")
    page.fill("#answer", "Saved words.")
    visitor.waits_for_saved()
    page.focus("#answer")
    page.keyboard.press("Control+End")
    page.keyboard.type(" And mo")
    visitor.presses("Escape", "e")
    expect(page.locator(".notice.success")).to_contain_text("Stored among the attempts")
    expect(page.locator("#answer")).to_have_value("Saved words. And mo")
    expect(page.locator("#kept")).to_be_hidden()
    visitor.waits_for_saved()
    page.wait_for_function(COPIES, arg=0)
    assert [draft.content["answer"] for draft in RepairDraft.objects.all()] == ["Saved words. And mo"]
    assert Repair.objects.get().method == "mechanical"
    assert visitor.complaints == []


def test_a_mechanical_edit_that_fails_says_so_beside_its_button(candidate: Candidate, visit: Visit, dan: User) -> None:
    visitor = visit(dan)
    page = visitor.opens(f"{PATH}{candidate.pk}/")
    page.route("**/mechanical/", lambda route: route.fulfill(status=500, body="down"))
    page.fill("#answer", "My words.")
    visitor.presses("Escape", "e")
    expect(page.locator("#mechanical [data-notice]")).to_contain_text("The server had a problem.")
    visitor.waits_for_saved()
    expect(page.locator("#mechanical [data-notice]")).to_contain_text("The server had a problem.")
    expect(page.locator("#answer")).to_have_value("My words.")


def test_without_scripts_a_mechanical_edit_keeps_what_was_typed(candidate: Candidate, visit: Visit, dan: User) -> None:
    page = visit(dan, java_script_enabled=False).opens(f"{PATH}{candidate.pk}/")
    page.fill("#answer", "My words.")
    page.get_by_role("button", name="Edit mechanically").click()
    expect(page.locator(".notice.success")).to_contain_text("Stored among the attempts")
    expect(page.locator("#answer")).to_have_value("My words.")
    assert [draft.content["answer"] for draft in RepairDraft.objects.all()] == ["My words."]


def test_an_answer_that_a_newer_one_has_overtaken_is_dropped(candidate: Candidate, visit: Visit, dan: User) -> None:
    visitor = visit(dan)
    page = visitor.opens(f"{PATH}{candidate.pk}/")
    waiting: list[Any] = []
    page.route("**/check/", lambda route: waiting.append(route))
    page.fill("#answer", "One, two.")
    page.wait_for_timeout(600)
    page.fill("#answer", "One two. Ride home folded.")
    page.wait_for_timeout(600)
    assert len(waiting) == 2
    waiting[1].continue_()
    proof_is(page, "2 of 3")
    with page.expect_response("**/check/"):
        waiting[0].continue_()
    page.wait_for_timeout(300)
    proof_is(page, "2 of 3")
    expect(page.locator("#answer-marks")).to_have_text("One two. Ride home folded.")


def test_without_a_connection_it_says_so_and_checks_again_by_itself(
    candidate: Candidate, visit: Visit, dan: User
) -> None:
    visitor = visit(dan)
    page = visitor.opens(f"{PATH}{candidate.pk}/")
    page.wait_for_load_state("networkidle")
    visitor.context.set_offline(True)
    page.fill("#answer", "One two. Ride home folded.")
    expect(page.locator("#unchecked")).to_contain_text("Not checked now: the server cannot be reached")
    visitor.context.set_offline(False)
    proof_is(page, "2 of 3")
    expect(page.locator("#unchecked")).to_be_empty()
    visitor.waits_for_saved()


def test_a_tick_that_is_set_while_a_check_is_on_its_way_stays(candidate: Candidate, visit: Visit, dan: User) -> None:
    Constraint.objects.create(prompt=candidate.case.prompt, position=3, kind="language:response_language", kwargs={})
    visitor = visit(dan)
    page = visitor.opens(f"{PATH}{candidate.pk}/")
    page.fill("#answer", "One two. Ride home folded.")
    proof_is(page, "2 of 4")
    visitor.presses("Escape", "4")
    proof_is(page, "3 of 4")
    page.locator("#answer").press_sequentially("x", delay=5)
    page.locator("[name=ticked]").uncheck()
    page.wait_for_timeout(700)
    expect(page.locator("[name=ticked]")).not_to_be_checked()
    proof_is(page, "1 of 4")


def test_a_tick_on_one_text_is_none_on_another_that_a_button_brought(
    candidate: Candidate, visit: Visit, dan: User
) -> None:
    Constraint.objects.create(prompt=candidate.case.prompt, position=3, kind="language:response_language", kwargs={})
    with_attempts(candidate, dan)
    visitor = visit(dan)
    page = visitor.opens(f"{PATH}{candidate.pk}/")
    visitor.presses("4")
    proof_is(page, "4 of 4")
    page.get_by_role("link", name="Use the attempt: you").click()
    proof_is(page, "2 of 4")
    expect(page.locator("[name=ticked]")).not_to_be_checked()
    visitor.presses("z")
    proof_is(page, "4 of 4")
    expect(page.locator("[name=ticked]")).to_be_checked()


def test_it_works_without_scripts(candidate: Candidate, visit: Visit, dan: User) -> None:
    visitor = visit(dan, java_script_enabled=False)
    page = visitor.opens(f"{PATH}{candidate.pk}/")
    page.get_by_role("button", name="Take the commas out").click()
    proof_is(page, "2 of 3")
    page.fill("#answer", page.input_value("#answer").replace(" We hope you enjoy every ride with us!", ""))
    page.get_by_role("button", name="Check").click()
    proof_is(page, "3 of 3")
    page.get_by_role("button", name="Approve as exemplar").click()
    expect(page.locator(".notice.success")).to_contain_text("approved as exemplar")


def test_what_a_model_finishes_appears_among_the_attempts(candidate: Candidate, visit: Visit, dan: User) -> None:
    waiting = by_model(candidate, 1, 1, status=Repair.Status.QUEUED)
    visitor = visit(dan)
    page = visitor.opens(f"{PATH}{candidate.pk}/")
    expect(page.locator("#attempts")).to_contain_text("waiting")
    page.fill("#answer", "One two. Ride home folded.")
    proof_is(page, "2 of 3")
    finished = attempt_content(candidate, reasoning="", answer=REPAIRED)
    Repair.objects.filter(pk=waiting.pk).update(status=Repair.Status.DONE, **finished)
    expect(page.locator("#attempts")).to_contain_text("3 of 3")
    expect(page.locator("#attempts")).not_to_contain_text("waiting")
    expect(page.locator("#answer")).to_have_value("One two. Ride home folded.")
    page.get_by_role("link", name="Use the attempt").click()
    proof_is(page, "3 of 3")


def test_a_model_is_asked_and_a_candidate_rejected_by_keys_without_losing_a_word(
    candidate: Candidate, visit: Visit, dan: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotator.runs.dispatch.wake", lambda _model: None)
    visitor = visit(dan)
    page = visitor.opens(f"{PATH}{candidate.pk}/")
    visitor.presses("t", "Control+End")
    page.keyboard.type(" My last words.")
    visitor.presses("Escape", "m")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#attempts")).to_contain_text("waiting")
    expect(page.locator("#answer")).to_have_value(f"{candidate.generation.answer} My last words.")
    visitor.presses("x")
    page.keyboard.type("Not worth it.")
    visitor.presses("Enter")
    page.wait_for_url("**/repairs/")
    expect(page.locator("table")).to_contain_text("Not worth it.")
    assert visitor.complaints == []


def test_words_saved_while_a_model_is_asked_are_still_shown(
    candidate: Candidate, visit: Visit, dan: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotator.runs.dispatch.wake", lambda _model: None)
    visitor = visit(dan)
    page = visitor.opens(f"{PATH}{candidate.pk}/")
    held: list[tuple[Any, Any]] = []
    page.route("**/request/", lambda route: held.append((route, route.fetch())))
    page.fill("#answer", "My last words.")
    page.locator("[popovertarget=ask]").first.click()
    page.get_by_role("button", name="Ask", exact=True).click()
    visitor.waits_for_saved()
    until = time.monotonic() + 10
    while not held and time.monotonic() < until:  # the request may wait for the answer to a save
        page.wait_for_timeout(20)
    [(route, old)] = held
    route.fulfill(response=old)
    expect(page.locator("#attempts")).to_contain_text("waiting")
    expect(page.locator("#answer")).to_have_value("My last words.")
    visitor.waits_for_saved()
    assert [draft.content["answer"] for draft in RepairDraft.objects.all()] == ["My last words."]


@pytest.mark.parametrize("width", [1100, 1200, 1000, 320])
def test_the_editor_fits_windows_of_other_widths(candidate: Candidate, visit: Visit, dan: User, width: int) -> None:
    with_attempts(candidate, dan)
    page = visit(dan, viewport={"width": width, "height": 700}).opens(f"{PATH}{candidate.pk}/?from=")
    looked_at(page, f"repair-{width}", "light")
    for view in ("diff", "evidence"):
        page.locator(f"[data-edit-view={view}]:is(button)").click()
        looked_at(page, f"repair-{view}-{width}", "light")
