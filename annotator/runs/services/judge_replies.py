"""Judge replies: requested, claimed by a worker of the judge, finished with a mark, or failed.

A finished judge reply decides the verdict of its question; with several judges the last stored one does. The verdict is
the question's own mark: only the statistics apply prerequisites (`annotator.constraints.complexbench.aggregation`).
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q

from annotator.claims import claim_rows, fail_exhausted, finish_row
from annotator.constraints.complexbench.marking import MARKING_VERSION, MARKS, Marking, mark_reply
from annotator.constraints.complexbench.prompts import PROMPT_VERSION
from annotator.constraints.complexbench.question import KIND
from annotator.datasets.models import Constraint
from annotator.runs import dispatch
from annotator.runs.archived import refuse_archived_run
from annotator.runs.imported import refuse_imported_model
from annotator.runs.judge_roles import counted_replies, refuse_unjudgeable, role_of
from annotator.runs.models import Generation, JudgeReply, LanguageModel, Run, Verdict
from annotator.runs.services.budgets import budget_enforce, refuse_used_up
from annotator.runs.services.model_calls import CallRecord, environment_store
from annotator.runs.services.result_counts import result_counts_delete
from annotator.runs.services.usage import usage_add
from annotator.text_cleaning import storable

_ROWS_AT_ONCE = 500
_DIED = "Given up: the worker died {n} times while judging this question; ask for the reply again."


@transaction.atomic
def judge_replies_request(*, run: Run, judge: LanguageModel, scope: str = Verdict.Scope.ANSWER) -> int:
    """Queue the questions of done generations that `judge` has not judged, and its failed ones; return how many.

    A question about the reasoning is judged on the reasoning, whatever the scope. A repeated request queues nothing
    twice. Raises RunError for a run over a dataset without questions, one whose budget
    is used up, and for a judge that cannot be asked.
    """
    refuse_archived_run(run)
    refuse_unjudgeable(run)
    refuse_imported_model(judge)
    refuse_used_up(run)
    requested = JudgeReply.objects.filter(
        counted_replies(scope), generation__run=run, judge_name=judge.slug, prompt_version=PROMPT_VERSION
    )
    retried = requested.filter(status=JudgeReply.Status.FAILED).update(
        status=JudgeReply.Status.QUEUED, attempts=0, error=""
    )
    known = set(requested.values_list("generation_id", "constraint_id").order_by())
    missing = [reply for reply in _queued(run, judge, scope) if (reply.generation_id, reply.constraint_id) not in known]
    JudgeReply.objects.bulk_create(missing, batch_size=_ROWS_AT_ONCE, ignore_conflicts=True)
    if retried or missing:
        result_counts_delete(run_id=run.pk)
    dispatch.wake(judge)
    return retried + len(missing)


@transaction.atomic
def judge_replies_claim(*, language_model_id: int, claim: uuid.UUID, worker: str, limit: int) -> list[JudgeReply]:
    """Claim up to `limit` waiting judge replies of this judge, with generation, prompt and question, oldest first."""
    waiting = JudgeReply.objects.filter(JudgeReply.free(), judge=language_model_id, generation__run__over_budget=False)
    fail_exhausted(waiting, died=_DIED)
    taken = claim_rows(waiting, order=["pk"], claim=claim, worker=worker, limit=limit)
    return list(taken.select_related("generation__prompt", "constraint"))


def judge_reply_finish(
    *,
    reply: JudgeReply,
    claim: uuid.UUID,
    raw: str,
    truncated: bool = False,
    probability: float | None = None,
    environment: Mapping[str, str] | None = None,
    calls: Sequence[CallRecord] = (),
) -> bool:
    """Store the reply, its mark and the verdict it decides, if `claim` is still its claim; else return False.

    The tokens of its `calls` count in the budget of the judged run.
    """
    reply.raw, reply.truncated, reply.probability = storable(raw), truncated, probability
    rule = reply.constraint.kwargs.get("rule")
    set_mark(reply, mark_reply(rule, reply.raw, reply.text, truncated=truncated, probability=probability))
    values = {name: getattr(reply, name) for name in JudgeReply.CONTENT}
    values["environment"] = environment_store(environment) if environment else None
    with transaction.atomic():
        if not finish_row(reply, claim=claim, status=JudgeReply.Status.DONE, **values):
            return False
        verdicts_decide([reply])
        _add_usage(reply, calls)
    budget_enforce(reply.generation.run_id)
    return True


def judge_reply_fail(*, reply: JudgeReply, claim: uuid.UUID, error: str, calls: Sequence[CallRecord] = ()) -> bool:
    """Store why this one question could not be judged, if `claim` is still its claim; else return False."""
    with transaction.atomic():
        if not finish_row(reply, claim=claim, status=JudgeReply.Status.FAILED, error=error):
            return False
        _add_usage(reply, calls)
    budget_enforce(reply.generation.run_id)
    return True


def set_mark(reply: JudgeReply, marking: Marking) -> None:
    """Set the mark, segments and evidence of a judge reply without saving it."""
    reply.mark = marking.mark
    reply.segments = None if marking.segments is None else list(marking.segments)
    reply.evidence = marking.evidence.as_stored()


def verdicts_decide(replies: Iterable[JudgeReply]) -> None:
    """Store the verdicts that these replies decide, in place of earlier ones; the last reply to a question counts.

    One verdict a question is written, since PostgreSQL refuses to write a row twice in one statement.
    """
    last = {(reply.generation_id, reply.constraint_id, reply.scope): reply for reply in replies}
    Verdict.objects.bulk_create(
        map(_verdict, last.values()),
        batch_size=_ROWS_AT_ONCE,
        update_conflicts=True,
        unique_fields=["generation", "constraint", "scope"],
        update_fields=["strict", "loose", "evidence", "checker_version"],
    )


def _add_usage(reply: JudgeReply, calls: Sequence[CallRecord]) -> None:
    if reply.judge_id is not None:
        run_id = reply.generation.run_id
        usage_add(run_id=run_id, language_model_id=reply.judge_id, worker=reply.claimed_by, calls=calls)


def _queued(run: Run, judge: LanguageModel, scope: str) -> Iterator[JudgeReply]:
    questions: dict[int, list[Constraint]] = {}
    rows = Constraint.objects.filter(prompt__dataset=run.dataset_id, kind=KIND).order_by("prompt", "position")
    for constraint in rows:
        questions.setdefault(constraint.prompt_id, []).append(constraint)
    done = run.generations.filter(status=Generation.Status.DONE).order_by("position")
    done = done.annotate(reasons=~Q(reasoning=""))
    for generation_id, prompt_id, reasons in done.values_list("pk", "prompt_id", "reasons"):
        for constraint in questions.get(prompt_id, ()):
            counted = constraint.counted_scope(scope)
            if counted == Verdict.Scope.REASONING and not reasons:
                continue
            yield JudgeReply(
                generation_id=generation_id,
                constraint=constraint,
                scope=counted,
                judge=judge,
                judge_name=judge.slug,
                prompt_version=PROMPT_VERSION,
                language=constraint.kwargs["language"],
                role=role_of(constraint),
            )


def _verdict(reply: JudgeReply) -> Verdict:
    mark = MARKS[reply.mark]
    obeyed = mark if isinstance(mark, bool) else None
    judged_by: dict[str, Any] = {
        name: getattr(reply, name) for name in ("judge_name", "prompt_version", "language", "role", "mark")
    }
    if reply.probability is not None:
        judged_by["probability"] = reply.probability
    return Verdict(
        generation_id=reply.generation_id,
        constraint_id=reply.constraint_id,
        scope=reply.scope,
        strict=obeyed,
        loose=obeyed,
        evidence={"strict": reply.evidence, "loose": reply.evidence, "judge_reply": judged_by},
        checker_version=MARKING_VERSION,
    )
