"""Counts of waiting work for home pages, over many studies at once. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, QuerySet

from annotator.runs.models import Generation
from annotator.studies.models import Assignment, Case, Draft, Flag, FlagMessage, Membership, Study
from annotator.studies.selectors.reworks import open_reworks, reworks_of
from annotator.studies.selectors.skipped_cases import stranded_cases


@dataclass(frozen=True, slots=True)
class Waiting:
    """Counts of one study for those who decide its cases or lead it.

    `undecided` cases, open `flags`, annotations `sent_back`, cases that are `skipped` and not fully judged, those of
    them that are `stranded`, and `failed` generations by the number of their run.
    """

    undecided: int = 0
    flags: int = 0
    sent_back: int = 0
    skipped: int = 0
    stranded: int = 0
    failed: Mapping[int, int] = field(default_factory=dict)

    @property
    def anything(self) -> bool:
        return bool(self.undecided or self.flags or self.sent_back or self.skipped or self.failed)


@dataclass(frozen=True, slots=True)
class OwnWaiting:
    """Counts of one study for an annotator: annotations sent back to them, their drafts, skips and flags."""

    sent_back: int = 0
    drafts: int = 0
    skipped: int = 0
    flags: int = 0


def waiting_of(studies: Sequence[Study]) -> Mapping[int, Waiting]:
    """Return study id -> its counts. Five queries, and two for each study with skipped cases."""
    undecided = _by_study(Case.objects.filter(study__in=studies, undecided=True), "study")
    open_flags = Flag.objects.open().filter(assignment__case__study__in=studies)
    flags = _by_study(open_flags, "assignment__case__study")
    skips = Assignment.objects.skipped().filter(case__study__in=studies, case__complete=False)
    skipped = _by_study(skips, "case__study", counted="case")
    sent_back = _by_study(open_reworks(studies), "case__study")
    failed = _failed(studies)
    return {
        study.pk: Waiting(
            undecided=undecided.get(study.pk, 0),
            flags=flags.get(study.pk, 0),
            sent_back=sent_back.get(study.pk, 0),
            skipped=skipped.get(study.pk, 0),
            stranded=stranded_cases(study).count() if study.pk in skipped else 0,
            failed={run: failed[run] for run in (study.first_run_id, study.second_run_id) if run in failed},
        )
        for study in studies
    }


def own_waiting_of(user: User, studies: Sequence[Study]) -> Mapping[int, OwnWaiting]:
    """Return study id -> the counts of this annotator. Four queries."""
    mine = Assignment.objects.filter(annotator=user, case__study__in=studies)
    drafts = _by_study(Draft.objects.filter(assignment__in=mine.order_by().values("pk")), "assignment__case__study")
    flags = _by_study(
        Flag.objects.filter(assignment__in=mine.order_by().values("pk"), settled_at=None), "assignment__case__study"
    )
    skipped = _by_study(mine.filter(status=Assignment.Status.SKIPPED), "case__study")
    sent_back = _by_study(reworks_of(user).filter(case__study__in=studies), "case__study")
    return {
        study.pk: OwnWaiting(
            sent_back=sent_back.get(study.pk, 0),
            drafts=drafts.get(study.pk, 0),
            skipped=skipped.get(study.pk, 0),
            flags=flags.get(study.pk, 0),
        )
        for study in studies
    }


def answered_flags(user: User) -> QuerySet[Flag]:
    """The flags of this annotator whose answer they have not marked as read, with case and messages, newest first."""
    messages = FlagMessage.objects.filter(flag=OuterRef("pk")).order_by()
    own = Membership.objects.active().filter(user=user).order_by()
    answered = Flag.objects.filter(Exists(messages), assignment__annotator=user, settled_at__isnull=False, read_at=None)
    in_own_studies = answered.filter(assignment__case__study__in=own.values("study"))
    joined = in_own_studies.select_related("assignment__case__study").prefetch_related("messages")
    return joined.order_by("-settled_at", "-pk")


def _failed(studies: Sequence[Study]) -> Mapping[int, int]:
    """run id -> generations that failed after every attempt."""
    runs = {run for study in studies for run in (study.first_run_id, study.second_run_id)}
    failed = Generation.objects.filter(run__in=runs, status=Generation.Status.FAILED).order_by()
    return dict(failed.values_list("run").annotate(n=Count("pk")))


def _by_study(rows: QuerySet[Any], study: str, *, counted: str = "pk") -> Mapping[int, int]:
    return dict(rows.order_by().values_list(study).annotate(n=Count(counted, distinct=counted != "pk")))
