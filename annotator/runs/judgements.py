"""The life of a judgement: asked for, claimed by a worker of its judge, finished with a mark, or failed.

A finished judgement decides the verdict of its question: the last one stored, where several judges were asked. The
verdict holds the question's own mark; prerequisites are heeded by the statistics alone (`scoring`).
"""

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotator.claims import claim_rows, fail_exhausted, finish_row
from annotator.constraints.complexbench.marking import MARKING_VERSION, MARKS, Marking, mark_reply
from annotator.constraints.complexbench.prompts import PROMPT_VERSION
from annotator.corpus.models import Constraint
from annotator.runs import dispatch
from annotator.runs.models import Generation, Judgement, LanguageModel, Run, Verdict
from annotator.runs.questions import refuse_unjudgeable, role_of
from annotator.storable import storable

_ROWS_AT_ONCE = 500
_DIED = "Given up: the worker died {n} times while judging this question; ask for the judgement again."


@transaction.atomic
def judgements_request(*, run: Run, judge: LanguageModel, scope: str = Verdict.Scope.ANSWER) -> int:
    """Queue what `judge` has not judged of the generations that are done, and what failed before; how many were queued.

    Asking again for the same queues nothing twice. Raises `RunError` for a run over another kind of dataset.
    """
    refuse_unjudgeable(run)
    mine = Judgement.objects.filter(
        generation__run=run, scope=scope, judge_name=judge.slug, prompt_version=PROMPT_VERSION
    )
    retried = mine.filter(status=Judgement.Status.FAILED).update(status=Judgement.Status.QUEUED, attempts=0, error="")
    known = set(mine.values_list("generation_id", "constraint_id").order_by())
    asked = [one for one in _queued(run, judge, scope) if (one.generation_id, one.constraint_id) not in known]
    Judgement.objects.bulk_create(asked, batch_size=_ROWS_AT_ONCE, ignore_conflicts=True)
    dispatch.wake(judge)
    return retried + len(asked)


@transaction.atomic
def judgements_claim(*, language_model_id: int, claim: uuid.UUID, worker: str, limit: int) -> list[Judgement]:
    """Take up to `limit` waiting judgements of this judge, with generation, prompt and question, oldest first."""
    waiting = Judgement.objects.filter(Judgement.free(timezone.now()), judge=language_model_id)
    fail_exhausted(waiting, died=_DIED)
    taken = claim_rows(waiting, order=["pk"], claim=claim, worker=worker, limit=limit)
    return list(taken.select_related("generation__prompt", "constraint"))


def judgement_finish(*, judgement: Judgement, claim: uuid.UUID, raw: str, truncated: bool = False) -> bool:
    """Store the reply, its mark and the verdict it decides, if the claim still holds; else change nothing."""
    judgement.raw, judgement.truncated = storable(raw), truncated
    marked(
        judgement,
        mark_reply(judgement.constraint.kwargs.get("rule"), judgement.raw, judgement.text, truncated=truncated),
    )
    made = {name: getattr(judgement, name) for name in ("raw", "truncated", "mark", "segments", "evidence")}
    with transaction.atomic():
        if not finish_row(judgement, claim=claim, status=Judgement.Status.DONE, **made):
            return False
        verdicts_decide([judgement])
    return True


def judgement_fail(*, judgement: Judgement, claim: uuid.UUID, error: str) -> bool:
    """Record why this one question could not be judged, if the claim still holds. The others go on."""
    return finish_row(judgement, claim=claim, status=Judgement.Status.FAILED, error=error)


def marked(judgement: Judgement, marking: Marking) -> None:
    """Give the unsaved judgement its mark, segments and evidence."""
    judgement.mark = marking.mark
    judgement.segments = None if marking.segments is None else list(marking.segments)
    judgement.evidence = marking.evidence.as_stored()


def verdicts_decide(judgements: Iterable[Judgement]) -> None:
    """Store the verdicts that these judgements come to, over whatever was known before; the last judge's word counts.

    One for each row: PostgreSQL refuses to write a row twice in one statement.
    """
    last = {(each.generation_id, each.constraint_id, each.scope): each for each in judgements}
    Verdict.objects.bulk_create(
        map(_verdict, last.values()),
        batch_size=_ROWS_AT_ONCE,
        update_conflicts=True,
        unique_fields=["generation", "constraint", "scope"],
        update_fields=["strict", "loose", "evidence", "checker_version"],
    )


def _queued(run: Run, judge: LanguageModel, scope: str) -> Iterator[Judgement]:
    questions: dict[int, list[Constraint]] = {}
    for constraint in Constraint.objects.filter(prompt__dataset=run.dataset_id).order_by("prompt", "position"):
        questions.setdefault(constraint.prompt_id, []).append(constraint)
    done = run.generations.filter(status=Generation.Status.DONE).order_by("position")
    for generation_id, prompt_id in done.values_list("pk", "prompt_id"):
        for constraint in questions[prompt_id]:
            yield Judgement(
                generation_id=generation_id,
                constraint=constraint,
                scope=scope,
                judge=judge,
                judge_name=judge.slug,
                prompt_version=PROMPT_VERSION,
                language=constraint.kwargs["language"],
                role=role_of(constraint),
            )


def _verdict(judgement: Judgement) -> Verdict:
    mark = MARKS[judgement.mark]
    obeyed = mark if isinstance(mark, bool) else None
    by: dict[str, Any] = {
        name: getattr(judgement, name) for name in ("judge_name", "prompt_version", "language", "role", "mark")
    }
    return Verdict(
        generation_id=judgement.generation_id,
        constraint_id=judgement.constraint_id,
        scope=judgement.scope,
        strict=obeyed,
        loose=obeyed,
        evidence={"strict": judgement.evidence, "loose": judgement.evidence, "judgement": by},
        checker_version=MARKING_VERSION,
    )
