"""The repair editor by its forms: live check, edits, attempts, approval, and every refusal with what was typed kept."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from annotator.constraints import CHECKER_VERSION
from annotator.exemplars.models import Candidate, Exemplar, PromptSet, Repair, RepairDraft
from annotator.exemplars.services import approvals
from annotator.exemplars.services.candidates import candidate_reject
from annotator.exemplars.services.drafts import repair_draft_save
from annotator.exemplars.services.prompt_sets import prompt_set_create
from annotator.runs.models import LanguageModel
from tests.cast import World
from tests.exemplars.curating import approved, candidate_of, edited, with_undecidable
from tests.web.payloads import PAYLOADS

PROVED = "Tea of course."
FRAGMENT = {"Cotrast-Fragment": "yes"}


class Editor:
    """dan's editor of one candidate."""

    def __init__(self, client: Client, candidate: Candidate) -> None:
        self.client = client
        self.address = f"/studies/pilot/repairs/{candidate.pk}/"

    def opens(self, query: str = "") -> str:
        answer = self.client.get(self.address + query)
        assert answer.status_code == 200
        return answer.content.decode()

    def sends(self, where: str, answer: str = PROVED, headers: dict[str, str] | None = None, **fields: Any) -> Any:
        data = {"reasoning": "No commas.", "answer": answer, "checker_version": CHECKER_VERSION, **fields}
        return self.client.post(f"{self.address}{where}/", data, headers=headers or {})


@pytest.fixture
def editor(curator: Client, candidate: Candidate) -> Editor:
    return Editor(curator, candidate)


def text(answer: Any) -> str:
    content: str = answer.content.decode()
    return content


# ---- opening


def test_it_opens_with_the_answer_of_the_model_and_what_is_violated(editor: Editor) -> None:
    page = editor.opens()
    assert "\nTea, of course.</textarea>" in page
    assert "0 of 1" in page
    assert "Constraint 1 is violated." in page
    assert 'aria-disabled="true"' in page


def test_it_opens_with_the_best_attempt_then_with_the_draft(editor: Editor, candidate: Candidate, dan: User) -> None:
    edited(candidate, dan, "Tea, maybe.")
    edited(candidate, dan, "Tea it is.")
    assert "\nTea it is.</textarea>" in editor.opens()
    repair_draft_save(candidate=candidate, author=dan, version=0, content={"answer": "Tea, I think.", "reasoning": ""})
    assert "\nTea, I think.</textarea>" in editor.opens()


def test_an_attempt_can_be_begun_on(editor: Editor, candidate: Candidate, dan: User) -> None:
    first = edited(candidate, dan, "Tea, maybe.")
    edited(candidate, dan, "Tea it is.")
    page = editor.opens(f"?from={first.pk}")
    assert "\nTea, maybe.</textarea>" in page
    assert f'name="parent" value="{first.pk}"' in page


def used_at(page: str, attempt: Repair) -> str:
    """The address to which the control "use" of an attempt leads."""
    [address] = [link for link in re.findall(r'href="([^"]*)"', page) if f"?from={attempt.pk}&" in unescape(link)]
    return unescape(address)


def test_a_draft_that_was_saved_since_an_attempt_was_kept_is_shown_when_its_page_is_reloaded(editor: Editor) -> None:
    address = editor.sends("keep", "Tea, maybe.", version=0).url
    assert "\nTea, maybe.</textarea>" in text(editor.client.get(address))
    editor.sends("draft", "Tea, and an hour of work.", version=0, parent=Repair.objects.get().pk)
    assert "\nTea, and an hour of work.</textarea>" in text(editor.client.get(address))


def test_an_attempt_that_is_used_takes_the_place_of_the_draft_that_was_shown_and_of_no_later_one(
    editor: Editor, candidate: Candidate, dan: User
) -> None:
    attempt = edited(candidate, dan, "Tea, maybe.")
    editor.sends("draft", "Mine on it.", version=0, parent=attempt.pk)
    for page in (editor.opens(), text(editor.client.get(f"{editor.address}attempts/"))):
        used = text(editor.client.get(used_at(page, attempt)))
        assert "\nTea, maybe.</textarea>" in used
        assert 'data-version="1"' in used
    editor.sends("draft", "Mine on it, later.", version=1, parent=attempt.pk)
    assert "\nMine on it, later.</textarea>" in text(editor.client.get(used_at(page, attempt)))


def test_a_script_gets_the_texts_of_an_attempt_whatever_was_saved_since(
    editor: Editor, candidate: Candidate, dan: User
) -> None:
    attempt = edited(candidate, dan, "Tea, maybe.")
    address = used_at(editor.opens(), attempt)
    editor.sends("draft", "Mine on it.", version=0, parent=attempt.pk)
    assert "\nTea, maybe.</textarea>" in text(editor.client.get(address, headers=FRAGMENT))


def test_the_draft_of_another_curator_is_not_shown(editor: Editor, candidate: Candidate, lena: User) -> None:
    repair_draft_save(candidate=candidate, author=lena, version=0, content={"answer": "Lena’s tea", "reasoning": ""})
    assert "Lena’s tea" not in editor.opens()


@pytest.mark.parametrize("content", [{}, {"answer": 7, "parent": "x", "ticked": "y"}, {"ticked": ["z", None]}])
def test_a_draft_of_another_version_opens_without_what_does_not_fit(
    editor: Editor, candidate: Candidate, dan: User, content: dict[str, Any]
) -> None:
    repair_draft_save(candidate=candidate, author=dan, version=0, content=content)
    editor.opens()


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_a_model_or_curator_wrote_is_text(editor: Editor, candidate: Candidate, dan: User, payload: str) -> None:
    type(candidate.generation).objects.filter(pk=candidate.generation_id).update(answer=payload, reasoning=payload)
    repair_draft_save(candidate=candidate, author=dan, version=0, content={"answer": payload, "reasoning": payload})
    live = text(editor.sends("check", payload, FRAGMENT, reasoning=payload, view="diff"))
    for page in (editor.opens(), live):
        assert payload not in page or "<" not in payload


# ---- the live check


def test_the_check_answers_with_the_parts_of_the_page_and_stores_nothing(editor: Editor) -> None:
    live = text(editor.sends("check", "Tea, or not.", FRAGMENT))
    assert "0 of 1" in live
    assert '<mark class="violated tiny" data-numbers="1" data-ends="1">,</mark>' in live
    assert "<html" not in live
    assert "1 of 1" in text(editor.sends("check", PROVED, FRAGMENT))
    assert not RepairDraft.objects.exists()
    assert not Repair.objects.exists()


def test_the_difference_is_sent_only_where_it_is_shown(editor: Editor) -> None:
    assert "<del" not in text(editor.sends("check", PROVED, FRAGMENT))
    live = text(editor.sends("check", PROVED, FRAGMENT, view="diff"))
    assert 'Tea<del class="changed">,</del> of course.' in live


def test_the_check_says_what_the_reasoning_speaks_of(editor: Editor) -> None:
    assert ">not mentioned" not in text(editor.sends("check", PROVED, FRAGMENT, reasoning="I use no commas."))
    assert "not mentioned" in text(editor.sends("check", PROVED, FRAGMENT, reasoning="Short and warm."))


def test_an_answer_that_says_one_sentence_over_and_over_is_named_and_stays_proved(editor: Editor) -> None:
    live = text(editor.sends("check", "Tea is <b>good. " * 5, FRAGMENT))
    assert "1 of 1" in live
    assert "Tea is &lt;b&gt;good.</bdi>” 5 times" in live
    assert 'id="repetition"' not in text(editor.sends("check", PROVED, FRAGMENT))


def test_a_text_that_is_too_long_to_be_stored_is_not_checked(editor: Editor) -> None:
    answer = editor.sends("check", "x" * 100_001, FRAGMENT)
    assert answer.status_code == 422
    assert "at most 100000 fit" in answer.json()["refusal"]


def test_without_scripts_the_check_answers_with_the_page(editor: Editor) -> None:
    page = text(editor.sends("check"))
    assert "<html" in page
    assert f"\n{PROVED}</textarea>" in page
    assert "Every constraint is proved." in page


def test_a_suggested_edit_answers_with_the_edited_text(editor: Editor) -> None:
    assert "Take the comma" in editor.opens()
    page = text(editor.sends("edit", "Tea, of course, is warm.", position="0"))
    assert "\nTea of course is warm.</textarea>" in page
    assert not Repair.objects.exists()


@pytest.mark.parametrize("position", ["", "7", "x"])
def test_a_suggestion_that_there_is_not_is_refused_with_the_text(editor: Editor, position: str) -> None:
    answer = editor.sends("edit", "Tea, maybe.", position=position)
    assert answer.status_code == 409
    assert "no mechanical edit for this constraint" in text(answer)
    assert "\nTea, maybe.</textarea>" in text(answer)


# ---- attempts


def test_an_edit_is_kept_as_an_attempt_proved_or_not(editor: Editor, dan: User) -> None:
    answer = editor.sends("keep", "Tea, maybe.")
    kept = Repair.objects.get()
    assert (kept.author, kept.method, kept.answer, kept.satisfied) == (dan, "person", "Tea, maybe.", 0)
    assert answer.url == f"{editor.address}?from={kept.pk}"


def test_an_empty_edit_is_refused_and_what_was_typed_stays(editor: Editor) -> None:
    answer = editor.sends("keep", "  ")
    assert answer.status_code == 409
    assert "has no answer; write one" in text(answer)
    assert "\nNo commas.</textarea>" in text(answer)


def test_the_mechanical_attempt_is_stored_and_the_draft_stays(editor: Editor, candidate: Candidate, dan: User) -> None:
    repair_draft_save(candidate=candidate, author=dan, version=0, content={"answer": "My own, tea.", "reasoning": ""})
    answer = editor.client.post(f"{editor.address}mechanical/")
    made = Repair.objects.get()
    assert (made.method, made.answer, made.satisfied) == ("mechanical", "Tea of course.", 1)
    assert "\nMy own, tea.</textarea>" in text(editor.client.get(answer.url))


def test_what_is_sent_with_the_mechanical_edit_without_scripts_is_shown_again_and_becomes_the_draft(
    editor: Editor, candidate: Candidate, dan: User
) -> None:
    repair_draft_save(candidate=candidate, author=dan, version=0, content={"answer": "Older, tea.", "reasoning": ""})
    page = text(editor.sends("mechanical", "My own, tea."))
    assert Repair.objects.get().method == "mechanical"
    assert "Stored among the attempts" in page
    assert "\nMy own, tea.</textarea>" in page
    assert RepairDraft.objects.get().content["answer"] == "My own, tea."


def test_a_mechanical_edit_that_does_not_help_is_refused_and_the_draft_stays(
    editor: Editor, candidate: Candidate, dan: User
) -> None:
    type(candidate.generation).objects.filter(pk=candidate.generation_id).update(answer="Tea of course.")
    repair_draft_save(candidate=candidate, author=dan, version=0, content={"answer": "My own, tea.", "reasoning": ""})
    answer = editor.client.post(f"{editor.address}mechanical/")
    assert answer.status_code == 409
    assert "No mechanical edit helps" in text(answer)
    assert "\nMy own, tea.</textarea>" in text(answer)
    assert RepairDraft.objects.get().content["answer"] == "My own, tea."


def test_a_model_is_asked_and_the_page_waits_for_it(editor: Editor) -> None:
    LanguageModel.objects.create(slug="other", backend="scripted", name="other")
    answer = editor.client.post(f"{editor.address}request/", {"language_model": "other", "samples": 2, "rounds": 1})
    assert answer.status_code == 302
    assert list(Repair.objects.values_list("language_model__slug", "status")) == [("other", "queued")] * 2
    page = editor.opens()
    assert f'data-poll="{editor.address}attempts/' in page
    assert "waiting" in text(editor.client.get(f"{editor.address}attempts/"))


def test_a_model_that_is_known_by_imported_answers_alone_is_not_offered(editor: Editor) -> None:
    LanguageModel.objects.create(slug="from-a-file", backend="imported", name="from-a-file")
    page = editor.opens()
    assert ">tiny</option>" in page
    assert "from-a-file" not in page


@pytest.mark.parametrize("fields", [{}, {"language_model": "nobody"}, {"samples": "99"}, {"rounds": "0"}])
def test_a_request_with_wrong_numbers_is_refused(editor: Editor, fields: dict[str, str]) -> None:
    sent = {"language_model": "tiny", "samples": "1", "rounds": "1", **fields} if fields else {}
    answer = editor.client.post(f"{editor.address}request/", sent)
    assert answer.status_code == 422
    assert not Repair.objects.exists()


# ---- approval, and its refusals


def test_a_proved_edit_is_approved_in_the_name_of_its_curator(editor: Editor, candidate: Candidate, dan: User) -> None:
    draft = repair_draft_save(candidate=candidate, author=dan, version=0, content={"answer": PROVED, "reasoning": ""})
    answer = editor.sends("approve", version=draft.version)
    assert answer.url == "/studies/pilot/repairs/"
    exemplar = Exemplar.objects.get()
    assert (exemplar.answer, exemplar.approved_by, exemplar.candidate) == (PROVED, dan, candidate)
    assert not RepairDraft.objects.exists()
    assert "Approved by" in editor.opens()


def test_an_unchanged_attempt_is_approved_as_it_is_and_not_stored_again(
    editor: Editor, candidate: Candidate, lena: User
) -> None:
    attempt = edited(candidate, lena, PROVED)
    editor.sends("approve", reasoning=attempt.reasoning, parent=attempt.pk)
    assert Exemplar.objects.get().repair == attempt
    assert Repair.objects.count() == 1


def test_an_unproved_edit_is_refused_and_stays_as_the_draft(editor: Editor) -> None:
    answer = editor.sends("approve", "Tea, again.", version=0)
    assert answer.status_code == 409
    assert "does not satisfy constraints 1 (punctuation:no_comma)" in text(answer)
    assert "\nTea, again.</textarea>" in text(answer)
    assert RepairDraft.objects.get().content["answer"] == "Tea, again."
    assert not Exemplar.objects.exists()
    assert not Repair.objects.exists()


def test_what_no_checker_decides_must_be_ticked(editor: Editor, candidate: Candidate) -> None:
    with_undecidable(candidate)
    assert "No checker decides constraint 2" in editor.opens()
    answer = editor.sends("approve")
    assert answer.status_code == 409
    assert "no checker decides constraints 2" in text(answer)
    editor.sends("approve", ticked="1")
    assert Exemplar.objects.get().ticked == [1]


def test_a_tick_stays_when_the_page_is_refused(editor: Editor, candidate: Candidate) -> None:
    with_undecidable(candidate)
    page = text(editor.sends("approve", "Tea, again.", ticked="1"))
    assert 'name="ticked" value="1" form="repair" autocomplete="off"\n      data-key="2" checked' in page


def test_a_tick_is_gone_when_a_suggestion_has_changed_the_answer(editor: Editor, candidate: Candidate) -> None:
    with_undecidable(candidate)
    page = text(editor.sends("edit", "Tea, of course.", position="0", ticked="1"))
    assert "\nTea of course.</textarea>" in page
    assert 'name="ticked" value="1"' in page
    assert "checked>" not in page


def test_what_a_checker_decides_cannot_be_ticked(editor: Editor) -> None:
    answer = editor.sends("approve", "Tea, again.", ticked="0")
    assert answer.status_code == 409
    assert not Exemplar.objects.exists()


def test_an_edit_from_another_tab_in_between_refuses_the_approval(
    editor: Editor, candidate: Candidate, dan: User
) -> None:
    seen = repair_draft_save(candidate=candidate, author=dan, version=0, content={"answer": PROVED, "reasoning": ""})
    newer = {"answer": "From the other tab.", "reasoning": ""}
    repair_draft_save(candidate=candidate, author=dan, version=seen.version, content=newer)
    answer = editor.sends("approve", version=seen.version)
    assert answer.status_code == 409
    assert "another tab or device saved a newer draft" in text(answer)
    assert f"\n{PROVED}</textarea>" in text(answer)
    assert RepairDraft.objects.get().content == newer
    assert not Exemplar.objects.exists()
    assert not Repair.objects.exists()


def test_an_unchanged_attempt_is_not_approved_over_a_newer_draft(
    editor: Editor, candidate: Candidate, dan: User, lena: User
) -> None:
    attempt = edited(candidate, lena, PROVED)
    newer = {"answer": "From the other tab.", "reasoning": ""}
    repair_draft_save(candidate=candidate, author=dan, version=0, content=newer)
    answer = editor.sends("approve", reasoning=attempt.reasoning, parent=attempt.pk, version=0)
    assert answer.status_code == 409
    assert not Exemplar.objects.exists()


def test_new_checkers_in_between_refuse_the_approval(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(approvals, "CHECKER_VERSION", "ifeval-3")
    answer = editor.sends("approve", version=0)
    assert answer.status_code == 409
    assert "The checkers changed since you saw the verdicts" in text(answer)
    assert f"\n{PROVED}</textarea>" in text(answer)
    assert not Exemplar.objects.exists()
    assert not Repair.objects.exists()


def test_a_second_approval_of_the_same_candidate_is_refused(editor: Editor, candidate: Candidate, lena: User) -> None:
    approved(edited(candidate, lena, "Tea it is."), lena)
    answer = editor.sends("approve")
    assert answer.status_code == 409
    assert Exemplar.objects.count() == 1


def test_an_attempt_at_another_candidate_is_not_begun_on(
    editor: Editor, world: World, candidate: Candidate, dan: User
) -> None:
    other = edited(candidate_of(world, dan, "bike"), dan, "a bike")
    assert "a bike</textarea>" not in editor.opens(f"?from={other.pk}")


# ---- rejected and opened again


def test_a_candidate_is_rejected_with_a_reason_and_opened_again(editor: Editor, candidate: Candidate) -> None:
    assert "the reason is kept" in text(editor.client.post(f"{editor.address}reject/", {"reason": " "}))
    editor.client.post(f"{editor.address}reject/", {"reason": "Ask anew."})
    candidate.refresh_from_db()
    assert candidate.rejected_reason == "Ask anew."
    assert "Ask anew." in editor.opens()
    editor.client.post(f"{editor.address}reopen/")
    candidate.refresh_from_db()
    assert candidate.rejected_at is None


def test_nothing_is_approved_for_a_rejected_candidate(editor: Editor, candidate: Candidate, dan: User) -> None:
    candidate_reject(candidate=candidate, reason="No.", user=dan)
    answer = editor.sends("approve")
    assert answer.status_code == 409
    assert "open it again" in text(answer)


# ---- drafts


def test_a_draft_is_saved_and_refused_over_a_newer_one(editor: Editor) -> None:
    assert editor.sends("draft", "one", version=0).json()["version"] == 1
    assert editor.sends("draft", "two", version=1).json()["version"] == 2
    refused = editor.sends("draft", "three", version=1)
    assert refused.status_code == 409
    assert "another tab or device saved" in refused.json()["refusal"]
    assert RepairDraft.objects.get().content["answer"] == "two"


# ---- exemplars


def test_an_exemplar_is_listed_and_withdrawn_with_a_reason(editor: Editor, candidate: Candidate, dan: User) -> None:
    exemplar = approved(edited(candidate, dan), dan)
    listed = text(editor.client.get("/studies/pilot/exemplars/"))
    assert f"proved by {CHECKER_VERSION}" in listed
    address = f"/studies/pilot/exemplars/{exemplar.pk}/withdraw/"
    assert "the reason is kept" in text(editor.client.post(address, {"reason": ""}, follow=True))
    assert "is withdrawn" in text(editor.client.post(address, {"reason": "Too plain."}, follow=True))
    exemplar.refresh_from_db()
    assert (exemplar.withdrawn_reason, exemplar.withdrawn_by) == ("Too plain.", dan)
    assert "\nTea of course.</textarea>" in editor.opens()


# ---- the place in the list, and the set that an exemplar joins


def test_it_says_which_repair_of_how_many_it_is_and_leads_to_its_neighbours(
    curator: Client, world: World, dan: User
) -> None:
    tea, bike = (candidate_of(world, dan, key) for key in ("tea", "bike"))
    last = Candidate.objects.create(case=bike.case, generation=bike.case.first, basis="verdicts", requested_by=dan)
    middle = Editor(curator, bike).opens()
    assert "repair 2 of 3" in middle
    assert f'rel="prev" href="/studies/pilot/repairs/{tea.pk}/"' in middle
    assert f'rel="next" href="/studies/pilot/repairs/{last.pk}/"' in middle
    candidate_reject(candidate=tea, reason="No.", user=dan)
    middle = Editor(curator, bike).opens()
    assert "repair 1 of 2" in middle
    assert 'rel="prev"' not in middle
    assert "repair 1 of 3" in Editor(curator, tea).opens()  # a rejected one that is open counts itself


@pytest.fixture
def four(world: World, dan: User) -> PromptSet:
    """A set without exemplars, with a budget of 40 tokens that are estimated."""
    return prompt_set_create(study=world.study, name="four", user=dan, budget_tokens=40)


def test_without_a_set_nothing_is_asked_and_with_none_chosen_nothing_is_said(
    editor: Editor, world: World, dan: User
) -> None:
    assert "Add to set" not in editor.opens()
    prompt_set_create(study=world.study, name="four", user=dan)
    page = editor.opens()
    assert "Add to set" in page
    assert "adds to set" not in page


def test_the_check_says_what_the_edit_takes_of_the_budget_of_the_set(editor: Editor, four: PromptSet) -> None:
    shown = text(editor.sends("check", prompt_set=four.pk, headers=FRAGMENT))
    assert 'adds to set <b translate="no">four v1</b>: exemplar 1,' in shown
    assert "about" in shown  # no tokenizer is known
    assert "of 40 tokens" in shown
    assert "over the budget" not in shown
    assert "over the budget" in text(editor.sends("check", "word " * 60, prompt_set=four.pk, headers=FRAGMENT))
    for other in ("999999", "x", ""):
        assert "adds to set" not in text(editor.sends("check", prompt_set=other, headers=FRAGMENT))


def test_an_approved_edit_joins_the_chosen_set_which_is_remembered(
    editor: Editor, candidate: Candidate, four: PromptSet, world: World, dan: User
) -> None:
    assert editor.sends("approve", prompt_set=four.pk).status_code == 302
    assert list(four.members.values_list("exemplar__candidate", flat=True)) == [candidate.pk]
    other = Editor(editor.client, candidate_of(world, dan, "bike")).opens()
    assert f'<option value="{four.pk}" selected>four v1</option>' in other
    assert "exemplar 2," in other


def test_a_frozen_set_gets_a_new_version_with_the_exemplar(
    editor: Editor, candidate: Candidate, four: PromptSet
) -> None:
    PromptSet.objects.filter(pk=four.pk).update(frozen_at=timezone.now(), content_hash="prompt-set-1:ab")
    assert "four v2" in text(editor.sends("check", prompt_set=four.pk, headers=FRAGMENT))
    editor.sends("approve", prompt_set=four.pk)
    newer = PromptSet.objects.get(name="four", version=2)
    assert newer.members.get().exemplar.candidate == candidate
    assert not four.members.exists()


def test_a_set_that_is_gone_or_refuses_leaves_no_exemplar_and_keeps_what_was_typed(
    editor: Editor, four: PromptSet, world: World, dan: User
) -> None:
    refused = editor.sends("approve", prompt_set=999_999)
    assert refused.status_code == 409
    assert "The chosen prompt set has a newer version now, or is gone" in text(refused)
    reasons = prompt_set_create(study=world.study, name="reasons", user=dan, shows_reasoning=True)
    refused = editor.sends("approve", prompt_set=reasons.pk, reasoning="")
    assert refused.status_code == 409
    assert "has no reasoning to show" in text(refused)
    assert PROVED in text(refused)
    assert not Exemplar.objects.exists()
    assert not Repair.objects.exists()
