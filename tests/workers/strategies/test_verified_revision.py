"""Verified revision: the model sees what the checkers found, and the draft that obeys most is kept."""

from annotator.constraints.complexbench.question import KIND
from tests.workers.strategies.replies import ITEM, NO_COMMA, WORDS, play, reply
from workers.engine import Message
from workers.strategies import Item, ItemConstraint
from workers.strategies.findings import findings_on

BAD = "A fig, a plum, or some other fruit."
WORDY = "A fig or a plum or some other fruit."
GOOD = "A fig."
JUDGED = Item(ITEM.prompt, (NO_COMMA, ItemConstraint(KIND, {"language": "en", "question_en": "Is it kind?"})))


def facts(obeyed: int, violated: int, unverifiable: int = 0, *, revisions: int) -> dict[str, int]:
    return {"revisions": revisions, "obeyed": obeyed, "violated": violated, "unverifiable": unverifiable}


def test_an_answer_that_obeys_everything_is_not_revised() -> None:
    played = play("verified_revision", [f"THINK: sweet\nANSWER: {GOOD}"])
    assert (played.outcome.answer, played.outcome.reasoning) == (GOOD, "sweet")
    assert played.outcome.decision
    assert (played.outcome.decision.chose, played.outcome.decision.by) == ("answer", "the checkers")
    assert played.outcome.decision.facts == facts(2, 0, revisions=0)


def test_the_model_sees_the_evidence_on_its_own_answer_and_stops_when_all_is_obeyed() -> None:
    played = play("verified_revision", [BAD, WORDY, GOOD], first="base")
    assert played.steps == ["answer", "revision 1", "revision 2"]
    assert played.asks[1].messages[:2] == (Message("user", ITEM.prompt), Message("assistant", BAD))
    first, second = (ask.messages[2].content for ask in played.asks[1:])
    assert (
        "These constraints are broken:\n- No commas: 2 commas, none allowed\n- Fewer than 5 words: 8 words, " in first
    )
    assert (
        "- Fewer than 5 words: 9 words, fewer than 5 asked\n\nThese are obeyed, and must stay so:\n- No commas"
        in second
    )
    assert played.asks[2].messages[1].content == WORDY
    assert (played.outcome.answer, played.outcome.completion) == (GOOD, GOOD)
    assert played.outcome.decision
    assert played.outcome.decision.chose == "revision 2"
    assert played.outcome.decision.facts == facts(2, 0, revisions=2)


def test_after_the_last_round_the_draft_that_obeys_most_is_kept_the_earliest_of_equals() -> None:
    played = play("verified_revision", [BAD, WORDY, "x, " * 9, "No, never, not at all."], first="base", rounds=3)
    assert played.outcome.answer == WORDY
    assert played.outcome.decision
    assert (played.outcome.decision.chose, played.outcome.decision.facts) == ("revision 1", facts(1, 1, revisions=3))


def test_a_model_that_repeats_itself_is_not_asked_again() -> None:
    played = play("verified_revision", [WORDY, BAD, WORDY], first="base", rounds=9)
    assert played.outcome.answer == WORDY
    assert played.outcome.decision
    assert (played.outcome.decision.chose, played.outcome.decision.facts["revisions"]) == ("answer", 2)


def test_an_empty_answer_is_revised_and_replaced() -> None:
    played = play("verified_revision", [reply("THINK: sweet", "length"), GOOD])
    assert played.asks[1].messages[1].content == "(nothing)"
    assert "No commas: the text is blank, which obeys nothing" in played.asks[1].messages[2].content
    assert played.outcome.answer == GOOD


def test_constraints_that_no_program_can_check_are_said_and_counted() -> None:
    played = play("verified_revision", [BAD, "A fig."], JUDGED, first="base")
    assert "A program cannot check these; obey them all the same:\n- Is it kind?" in played.asks[1].messages[2].content
    assert played.outcome.decision
    assert played.outcome.decision.facts == facts(1, 0, 1, revisions=1)


def test_a_constraint_on_the_reasoning_is_not_checked_on_the_answer() -> None:
    on_reasoning = ItemConstraint("punctuation:no_comma", {}, None, "reasoning")
    played = play("verified_revision", [BAD, "A fig, or so."], Item(ITEM.prompt, (WORDS, on_reasoning)), first="base")
    assert "obey them all the same:\n- In the reasoning: No commas" in played.asks[1].messages[2].content
    assert played.outcome.decision
    assert played.outcome.decision.facts == facts(1, 0, 1, revisions=1)


def test_a_prompt_without_constraints_is_answered_once() -> None:
    played = play("verified_revision", ["A fig."], Item("Name a fruit."), first="base")
    assert played.outcome.decision
    assert played.outcome.decision.facts == facts(0, 0, revisions=0)


def test_long_evidence_is_cut_and_texts_of_the_model_are_no_templates() -> None:
    keyword = ItemConstraint("keywords:existence", {"keywords": [f"{{prompt}}{n}" for n in range(90)]}, (0, 13))
    report = findings_on("{prompt} {constraints}", Item(ITEM.prompt, (keyword, WORDS))).report()
    line = next(line for line in report.splitlines() if line.startswith("- Name a fruit.:"))
    assert "{prompt}" in line
    assert len(line) < 330
