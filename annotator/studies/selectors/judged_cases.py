"""Cases in which a judge model decided a constraint, also those with human gold. Reads only."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotator.runs.judge_roles import counted_replies
from annotator.runs.models import JudgeReply
from annotator.studies.models import Annotation, Case
from annotator.studies.selectors.gold import with_gold_label

DECIDED_LABELS = (Annotation.Label.HELPED, Annotation.Label.HURT, Annotation.Label.NO_DIFFERENCE)
"""The labels of gold that say how the answers compare; the other one says that nobody can tell."""


def decided_by_judge(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Keep the cases with an outcome that hangs on a judge model, without those for practice."""
    replies = JudgeReply.objects.filter(
        Q(generation=OuterRef("first")) | Q(generation=OuterRef("second")),
        counted_replies(OuterRef("study__scope")),
        role=JudgeReply.Role.JUDGE,
        status=JudgeReply.Status.DONE,
    )
    return cases.filter(Exists(replies), practice__isnull=True).exclude(outcome=Case.Outcome.NO_ANSWER)


def decided_by_judge_with_gold(cases: QuerySet[Case]) -> QuerySet[Any]:
    """Keep those of them whose gold says how the two answers compare."""
    return with_gold_label(decided_by_judge(cases)).filter(gold__in=DECIDED_LABELS)
