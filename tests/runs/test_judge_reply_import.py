"""Import of judge replies: all or none, and each mark must agree with its reply."""

import json
import uuid
from typing import Any

import pytest

from annotator.constraints.complexbench.prompts import PROMPT_VERSION
from annotator.runs.errors import JudgeReplyImportError, RunError
from annotator.runs.models import JudgeReply, Run, Verdict
from annotator.runs.services.judge_replies import judge_replies_claim, judge_replies_request, judge_reply_finish
from annotator.runs.services.judge_reply_import import ImportCounts, judge_replies_export, judge_replies_import
from tests.cast import make_dataset, make_model, make_run
from tests.complexbench import ANSWERS, answered_run, make_bench, make_judge

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Run:
    return answered_run(make_bench())


def line(main_id: int = 1, point_id: int = 0, **fields: Any) -> dict[str, Any]:
    """A line with a judge reply of the run; the question has a rule if `point_id` is 1."""
    return {
        "main_id": main_id,
        "point_id": point_id,
        "scope": "answer",
        "mark": "obeyed",
        "judge": "gpt-4",
        "prompt_version": "official",
        "language": "en",
        "role": "extractor" if point_id == 1 else "judge",
        **fields,
    }


ALL = (line(1, 0, raw="YES"), line(1, 1, segments=[ANSWERS["1"]]), line(2, 0, mark="violated"))


def imported(run: Run, *lines: dict[str, Any]) -> ImportCounts:
    return judge_replies_import(run=run, lines=map(json.dumps, lines))


def refused(run: Run, *lines: dict[str, Any]) -> str:
    with pytest.raises(JudgeReplyImportError) as error:
        imported(run, *lines)
    return str(error.value)


def refusal(run: Run, *lines: dict[str, Any]) -> str:
    before = JudgeReply.objects.count()
    sentence = refused(run, *lines)
    assert JudgeReply.objects.count() == before
    assert not Verdict.objects.filter(strict__isnull=False).exists()
    return sentence


def test_judge_replies_are_stored_with_the_verdicts_they_decide(run: Run) -> None:
    assert imported(run, *ALL) == ImportCounts(stored=3, known=0)
    assert list(JudgeReply.objects.values_list("judge", "judge_name", "mark", "raw", "segments")) == [
        (None, "gpt-4", "obeyed", "YES", None),
        (None, "gpt-4", "obeyed", "", [ANSWERS["1"]]),
        (None, "gpt-4", "violated", "", None),
    ]
    verdicts = Verdict.objects.filter(scope="answer").order_by("generation__position", "constraint__position")
    assert [verdict.strict for verdict in verdicts] == [True, True, False]
    assert verdicts[2].evidence["strict"]["note"] == "marked violated; the reply is not known"
    assert not Verdict.objects.filter(scope="completion", strict__isnull=False).exists()


def test_the_same_lines_again_change_nothing(run: Run) -> None:
    imported(run, *ALL)
    assert imported(run, *ALL, line(1, 0, judge="another", raw="no", mark="violated")) == ImportCounts(1, 3)


def test_what_is_exported_is_imported_into_the_same_answers_elsewhere(run: Run) -> None:
    judge, claim = make_judge(), uuid.uuid4()
    judge_replies_request(run=run, judge=judge)
    replies = iter(["<think>hm</think>no", "Dear Li, thank you.", "who knows"])
    for reply in judge_replies_claim(language_model_id=judge.pk, claim=claim, worker="w1", limit=9):
        judge_reply_finish(reply=reply, claim=claim, raw=next(replies))
    imported(run, line(1, 0, raw="yes", scope="completion"))
    lines = [exported.as_json() for exported in judge_replies_export(run)]
    assert [(row["main_id"], row["point_id"], row["scope"], row["judge"], row["mark"]) for row in lines] == [
        (1, 0, "answer", "arbiter", "violated"),
        (1, 0, "completion", "gpt-4", "obeyed"),
        (1, 1, "answer", "arbiter", "obeyed"),
        (2, 0, "answer", "arbiter", "unparsed"),
    ]
    elsewhere = answered_run(run.dataset, "cot")
    assert imported(elsewhere, *lines) == ImportCounts(stored=4, known=0)
    assert [exported.as_json() for exported in judge_replies_export(elsewhere)] == lines
    assert imported(run, *lines) == ImportCounts(stored=0, known=4)


def test_the_probability_of_yes_goes_out_and_in_with_its_reply(run: Run) -> None:
    judge, claim = make_judge(), uuid.uuid4()
    judge_replies_request(run=run, judge=judge)
    polite, _short, rude = judge_replies_claim(language_model_id=judge.pk, claim=claim, worker="w1", limit=9)
    judge_reply_finish(reply=polite, claim=claim, raw="yes", probability=0.75)
    judge_reply_finish(reply=rude, claim=claim, raw="no", probability=0.125)
    lines = [exported.as_json() for exported in judge_replies_export(run)]
    assert [row["probability"] for row in lines] == [0.75, 0.125]
    elsewhere = answered_run(run.dataset, "cot")
    assert imported(elsewhere, *lines) == ImportCounts(stored=2, known=0)
    assert [exported.as_json() for exported in judge_replies_export(elsewhere)] == lines
    assert Verdict.objects.filter(evidence__judge_reply__probability=0.125).count() == 2
    assert "has judged this question before, as obeyed" in refused(elsewhere, lines[0] | {"probability": 0.8})


def test_a_judge_reply_that_still_waits_is_finished_by_its_line_and_its_late_judge_changes_nothing(run: Run) -> None:
    judge, claim = make_judge(), uuid.uuid4()
    judge_replies_request(run=run, judge=judge)
    [held, *_] = judge_replies_claim(language_model_id=judge.pk, claim=claim, worker="w1", limit=9)
    assert (
        imported(run, line(1, 0, judge="arbiter", prompt_version=PROMPT_VERSION, raw="no", mark="violated")).stored == 1
    )
    assert not judge_reply_finish(reply=held, claim=claim, raw="yes")
    held.refresh_from_db()
    assert (held.judge, held.status, held.mark, held.claim) == (judge, "done", "violated", None)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (
            line(raw="yes", probability=0.4),
            "'probability' is that of yes, so 0.4 contradicts obeyed; correct one",
        ),
        (
            line(mark="violated", probability=0.6),
            "'probability' is that of yes, so 0.6 contradicts violated; correct one",
        ),
        (
            line(mark="unparsed", raw="who knows", probability=0.6),
            "'probability' belongs to a judge's yes or no; leave it out, or set it to null",
        ),
        (
            line(1, 1, segments=["a"], probability=0.6),
            "'probability' belongs to a judge's yes or no; leave it out, or set it to null",
        ),
        (line(3), "the run's dataset has no question 0 of main_id 3"),
        (line(2, 4), "the run's dataset has no question 4 of main_id 2"),
        (line(role="extractor"), "the question has no rule, so its 'role' is judge, not extractor"),
        (line(1, 1, role="judge"), "the question has a rule, so its 'role' is extractor, not judge"),
        (line(language="zh"), "the dataset asks in en, not in zh; import the dataset in zh"),
        (line(segments=["a"]), "the question has no rule, so there are no 'segments' and no 'unknown_verb'"),
        (line(mark="unknown_verb"), "the question has no rule, so there are no 'segments' and no 'unknown_verb'"),
        (line(raw="no"), "'raw' comes to violated, not obeyed; correct the mark or leave 'raw' out"),
        (line(raw="[[yes]]"), "'raw' comes to unparsed, not obeyed; correct the mark or leave 'raw' out"),
        (line(raw="yes", truncated=True), "'raw' comes to unparsed, not obeyed; correct"),
        (line(1, 1, raw="none"), "'raw' comes to violated, not obeyed; correct the mark or leave 'raw' out"),
        (line(1, 1, segments=[]), "'segments' comes to violated, not obeyed; correct the mark or leave 'segments' out"),
        (line(1, 1, raw="all", segments=["Dear Li"]), "'segments' are not those that the reply in 'raw' names"),
        (line(text_hash="judged-text:0"), "it judges another text than this run's answer for main_id 1"),
        (line(scope="prompt"), "'scope' must be one of answer, completion, reasoning"),
    ],
)
def test_a_line_that_does_not_fit_refuses_them_all_and_is_named(run: Run, changed: dict[str, Any], reason: str) -> None:
    message = refusal(run, ALL[2], changed)
    assert message.startswith("nothing was imported, because 1 line was refused.\nline 2: ")
    assert reason in message


def test_a_judge_reply_is_never_overwritten(run: Run) -> None:
    imported(run, line(raw="yes"))
    with pytest.raises(JudgeReplyImportError, match=r"line 1: gpt-4 has judged this question before, as obeyed, and a"):
        imported(run, line(raw="no", mark="violated"))


def test_a_question_stands_once_in_a_file_for_each_judge(run: Run) -> None:
    message = refusal(run, line(), line(judge="claude"), line(mark="violated"))
    assert "line 3: line 1 holds this question's judge reply by gpt-4 already" in message


def test_a_prompt_without_an_answer_cannot_have_been_judged() -> None:
    run = answered_run(make_bench(), answers={"2": "Wang!"})
    assert "line 1: the run has no finished generation for main_id 1" in refusal(run, line(1))


def test_many_bad_lines_are_counted_and_the_first_are_shown(run: Run) -> None:
    message = refusal(run, *[line(9)] * 25).splitlines()
    assert message[0] == "nothing was imported, because 25 lines were refused."
    assert (len(message), message[-1]) == (12, "... and 15 more")


def test_an_empty_file_is_refused(run: Run) -> None:
    with pytest.raises(JudgeReplyImportError, match="there is no judge reply in it"):
        judge_replies_import(run=run, lines=["\n", " "])


def test_a_run_without_scoring_questions_has_no_judge_replies() -> None:
    run = make_run(make_dataset("everyday"), make_model(), "base")
    for act in (lambda: imported(run, line()), lambda: list(judge_replies_export(run))):
        with pytest.raises(RunError, match="has no ComplexBench questions to judge"):
            act()
