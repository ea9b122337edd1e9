"""Constraints on the reasoning: their verdicts, and the questions about it that wait for a judge."""

import uuid
from typing import Any

import pytest

from annotator.runs import dispatch
from annotator.runs.errors import RunError
from annotator.runs.models import JudgeReply, Run, Verdict
from annotator.runs.selectors import judge_chosen, judge_progress
from annotator.runs.services.judge_replies import judge_replies_claim, judge_replies_request, judge_reply_finish
from annotator.runs.services.judge_reply_import import judge_replies_export
from tests.complexbench import make_judge
from tests.runs.reasoning_runs import make_cats, reasoned_run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "_send", lambda queue, pk: None)


def verdicts(run: Run, key: str, scope: str) -> list[bool | None]:
    rows = Verdict.objects.filter(generation__run=run, generation__prompt__key=key, scope=scope)
    return list(rows.values_list("strict", flat=True))


def test_a_verdict_on_the_reasoning_reads_the_reasoning() -> None:
    run = reasoned_run(make_cats(), "cot", "Cats walk on four legs.", "猫有四条腿。")
    assert verdicts(run, "0", "reasoning") == [True]
    assert verdicts(run, "0", "answer") == [False]
    assert verdicts(run, "1", "reasoning") == [None]


def test_without_reasoning_it_is_unverifiable_and_says_why() -> None:
    run = reasoned_run(make_cats(), "base", "", "")
    assert verdicts(run, "0", "reasoning") == [None]
    evidence = Verdict.objects.get(generation__prompt__key="0", scope="reasoning").evidence["strict"]
    assert evidence["note"] == "the constraint is about the reasoning, and there is none"
    assert evidence["required"] == "No commas"


def test_a_question_about_the_reasoning_is_judged_on_the_reasoning_whatever_the_scope() -> None:
    dataset, judge = make_cats(), make_judge()
    run, silent = reasoned_run(dataset, "cot", "Four", "猫有四条腿。"), reasoned_run(dataset, "base", "", "")
    assert judge_replies_request(run=run, judge=judge) == 1
    assert judge_replies_request(run=run, judge=judge, scope="completion") == 0
    assert judge_replies_request(run=silent, judge=judge) == 0
    claim = uuid.uuid4()
    [reply] = judge_replies_claim(language_model_id=judge.pk, claim=claim, worker="w1", limit=9)
    assert (reply.generation.prompt.key, reply.scope, reply.text) == ("1", "reasoning", "猫有四条腿。")
    assert judge_progress(run, judge, "answer").waiting == 1
    assert judge_reply_finish(reply=reply, claim=claim, raw="yes")
    assert (verdicts(run, "1", "reasoning"), verdicts(run, "1", "answer")) == ([True], [None])
    assert judge_progress(run, judge, "answer").done == 1


@pytest.mark.parametrize("ask", [lambda run: judge_chosen(run, "answer"), lambda run: list(judge_replies_export(run))])
def test_only_complexbench_has_instances_to_score_and_to_export(ask: Any) -> None:
    run = reasoned_run(make_cats(), "cot", "Four", "四")
    with pytest.raises(RunError, match="has no ComplexBench questions to judge"):
        ask(run)
    assert not JudgeReply.objects.exists()
