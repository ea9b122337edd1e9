"""Judge replies: requested once, claimed like generations, finished with verdicts."""

import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from annotator.claims import release_claims, release_worker, renew_claims
from annotator.constraints.complexbench.prompts import PROMPT_VERSION
from annotator.constraints.complexbench.question import WAITS
from annotator.runs import dispatch
from annotator.runs.errors import RunError
from annotator.runs.models import JudgeReply, LanguageModel, Run, Verdict
from annotator.runs.selectors import judge_replies_wait
from annotator.runs.services.judge_replies import (
    judge_replies_claim,
    judge_replies_request,
    judge_reply_fail,
    judge_reply_finish,
)
from tests.cast import make_dataset, make_run
from tests.complexbench import answered_run, make_bench, make_judge
from tests.constraints.complexbench.test_instances import instance, question

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def messages(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, str]]:
    sent: list[tuple[str, int]] = []
    monkeypatch.setattr(dispatch, "_send", lambda queue, pk: sent.append((queue, pk)))
    return sent


@pytest.fixture
def run() -> Run:
    return answered_run(make_bench())


@pytest.fixture
def judge() -> LanguageModel:
    return make_judge()


def take(judge: LanguageModel, claim: uuid.UUID, limit: int = 9) -> list[JudgeReply]:
    return judge_replies_claim(language_model_id=judge.pk, claim=claim, worker="w1", limit=limit)


def finished(run: Run, judge: LanguageModel, *replies: str, scope: str = "answer") -> list[JudgeReply]:
    """The run's judge replies in order, finished with these replies."""
    judge_replies_request(run=run, judge=judge, scope=scope)
    claim = uuid.uuid4()
    taken = take(judge, claim)
    for reply, raw in zip(taken, replies, strict=True):
        assert judge_reply_finish(reply=reply, claim=claim, raw=raw)
        reply.refresh_from_db()
    return taken


def test_each_question_of_each_answer_is_asked_once_and_the_judges_queue_hears_of_it_on_commit(
    run: Run, judge: LanguageModel, messages: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert judge_replies_request(run=run, judge=judge) == 3
    assert messages == [("generate.arbiter", judge.pk)]
    rows = JudgeReply.objects.values_list(
        "generation__prompt__key", "constraint__position", "role", "language", "scope"
    )
    assert list(rows) == [
        ("1", 0, "judge", "en", "answer"),
        ("1", 1, "extractor", "en", "answer"),
        ("2", 0, "judge", "en", "answer"),
    ]
    assert judge_replies_request(run=run, judge=judge) == 0
    assert judge_replies_request(run=run, judge=judge, scope="completion") == 3
    assert judge_replies_wait(judge.pk)
    assert not judge_replies_wait(run.language_model_id)


def test_only_finished_generations_are_asked_about_and_later_ones_later() -> None:
    dataset, judge = make_bench(), make_judge()
    run = answered_run(dataset, answers={"2": "Wang!"})
    assert judge_replies_request(run=run, judge=judge) == 1
    run.generations.filter(prompt__key="1").update(status="done", answer="Dear Li", claim=None, lease_until=None)
    assert judge_replies_request(run=run, judge=judge) == 2


def test_a_run_without_scoring_questions_is_refused(judge: LanguageModel) -> None:
    run = make_run(make_dataset("everyday"), judge, "base")
    with pytest.raises(
        RunError, match="is over everyday v1, which has no question for a judge: checkers decide its constraints"
    ):
        judge_replies_request(run=run, judge=judge)


def test_until_somebody_judges_a_verdict_waits_and_says_so(run: Run) -> None:
    verdict = Verdict.objects.get(generation__prompt__key="2", scope="answer")
    assert (verdict.strict, verdict.loose, verdict.evidence["strict"]["note"]) == (None, None, WAITS)


def test_a_finished_judge_reply_decides_its_verdict_with_evidence_in_that_scope_alone(
    run: Run, judge: LanguageModel
) -> None:
    polite, short, rude = finished(run, judge, "Yes.", "all", "<think>hm, yes?</think>no")
    assert [(reply.mark, reply.status, reply.raw) for reply in (polite, short, rude)] == [
        ("obeyed", "done", "Yes."),
        ("obeyed", "done", "all"),
        ("violated", "done", "<think>hm, yes?</think>no"),
    ]
    assert (polite.segments, short.segments) == (None, ["Dear Li, thank you."])
    verdicts = run.generations.get(position=0).verdicts.filter(scope="answer")
    assert [(verdict.strict, verdict.loose) for verdict in verdicts] == [(True, True), (True, True)]
    verdict = rude.generation.verdicts.get(scope="answer")
    assert (verdict.strict, verdict.loose, verdict.checker_version) == (False, False, "complexbench-1")
    assert verdict.evidence["strict"] == rude.evidence
    assert verdict.evidence["strict"]["note"] == "the judge answered no"
    assert verdict.evidence["judge_reply"] == {
        "judge_name": "arbiter",
        "prompt_version": PROMPT_VERSION,
        "language": "en",
        "role": "judge",
        "mark": "violated",
    }
    assert rude.generation.verdicts.get(scope="completion").strict is None


def test_a_verdict_keeps_the_questions_own_mark_whatever_its_prerequisite_came_to(
    run: Run, judge: LanguageModel
) -> None:
    finished(run, judge, "no", "all", "yes")
    assert [verdict.strict for verdict in run.generations.get(position=0).verdicts.filter(scope="answer")] == [
        False,
        True,
    ]


def test_evidence_of_a_rule_lies_in_the_text_of_its_scope(judge: LanguageModel) -> None:
    run = answered_run(make_bench(instance(1, scoring_questions=[question(0, rule="forbidden_word:[thank]")])))
    finished(run, judge, "thank you.", scope="completion")
    verdict = Verdict.objects.get(scope="completion")
    text = verdict.generation.completion
    assert [text[start:end] for start, end in verdict.evidence["strict"]["spans"]] == ["thank"]
    assert verdict.strict is False


@pytest.mark.parametrize(("reply", "mark"), [("perhaps", "unparsed"), ("", "unparsed")])
def test_a_reply_that_is_no_yes_or_no_leaves_the_verdict_open(
    run: Run, judge: LanguageModel, reply: str, mark: str
) -> None:
    unparsed, *_ = finished(run, judge, reply, "all", "yes")
    assert (unparsed.mark, unparsed.raw) == (mark, reply)
    assert unparsed.generation.verdicts.filter(scope="answer")[0].strict is None


def test_the_judge_reply_stored_last_decides_the_verdict_and_both_are_kept(run: Run, judge: LanguageModel) -> None:
    finished(run, judge, "yes", "all", "yes")
    finished(run, make_judge("second"), "yes", "all", "no")
    verdict = run.generations.get(position=1).verdicts.get(scope="answer")
    assert (verdict.strict, verdict.evidence["judge_reply"]["judge_name"]) == (False, "second")
    assert JudgeReply.objects.filter(status="done").count() == 6


def test_what_no_database_stores_is_replaced_in_the_reply(run: Run, judge: LanguageModel) -> None:
    hostile, *_ = finished(run, judge, "yes\x00\ud800", "all", "yes")
    assert (hostile.raw, hostile.mark) == ("yes\ufffd\ufffd", "unparsed")


def test_an_expired_lease_frees_a_judge_reply_and_the_late_judge_changes_nothing(
    run: Run, judge: LanguageModel
) -> None:
    judge_replies_request(run=run, judge=judge)
    slow, quick = uuid.uuid4(), uuid.uuid4()
    lost = take(judge, slow)[2]
    JudgeReply.objects.filter(claim=slow).update(lease_until=timezone.now() - timedelta(seconds=1))
    taken = take(judge, quick)[2]
    assert taken.pk == lost.pk
    assert judge_reply_finish(reply=taken, claim=quick, raw="yes")
    assert not judge_reply_finish(reply=lost, claim=slow, raw="no")
    assert not judge_reply_fail(reply=lost, claim=slow, error="too late")
    taken.refresh_from_db()
    assert (taken.mark, taken.attempts, taken.claim) == ("obeyed", 2, None)
    assert taken.generation.verdicts.get(scope="answer").strict is True


def test_leases_are_renewed_released_and_abandoned_like_those_of_generations(run: Run, judge: LanguageModel) -> None:
    judge_replies_request(run=run, judge=judge)
    claim = uuid.uuid4()
    take(judge, claim, limit=2)
    assert renew_claims(claim=claim) == 2
    assert release_claims(claim=claim) == 2
    take(judge, claim, limit=1)
    assert release_worker(worker="w1") == 1
    assert set(JudgeReply.objects.values_list("status", "attempts")) == {("queued", 0), ("queued", 1)}


def test_a_question_that_kills_its_worker_every_time_fails_alone_and_is_tried_again_when_asked(
    run: Run, judge: LanguageModel, settings: Any
) -> None:
    settings.GENERATION_ATTEMPTS = 1
    judge_replies_request(run=run, judge=judge)
    take(judge, uuid.uuid4(), limit=1)
    release_worker(worker="w1")
    assert len(take(judge, uuid.uuid4())) == 2
    fatal = JudgeReply.objects.get(status="failed")
    assert fatal.error == "Given up: the worker died 1 times while judging this question; ask for the reply again."
    assert judge_replies_request(run=run, judge=judge) == 1
    fatal.refresh_from_db()
    assert (fatal.status, fatal.attempts, fatal.error) == ("queued", 0, "")


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"status": "claimed"}, "judgereply_claimed_has_lease"),
        ({"status": "done"}, "judge_reply_done_is_marked"),
        ({"mark": "obeyed"}, "judge_reply_done_is_marked"),
        ({"judge": None}, "judge_reply_has_judge_until_done"),
        ({"judge_name": ""}, "judge_reply_names_its_judge"),
    ],
)
def test_the_database_refuses_a_judge_reply_that_cannot_be(
    run: Run, judge: LanguageModel, changed: dict[str, Any], name: str
) -> None:
    judge_replies_request(run=run, judge=judge)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        JudgeReply.objects.update(**changed)


@pytest.mark.django_db(transaction=True)
def test_judges_at_once_claim_every_judge_reply_exactly_once() -> None:
    run, judge = answered_run(make_bench()), make_judge()
    judge_replies_request(run=run, judge=judge)
    start = threading.Barrier(6)
    taken: list[int] = []

    def work() -> None:
        start.wait()
        claim = uuid.uuid4()
        while claimed := take(judge, claim, limit=1):
            taken.extend(reply.pk for reply in claimed)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(JudgeReply.objects.values_list("pk", flat=True))
