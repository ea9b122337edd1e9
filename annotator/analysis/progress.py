"""Progress of a study: cases by state, annotations by hour and day, patterns by outcome. Reads only.

Practice cases count nowhere here. Hours and days are those of the server's time zone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import TruncDay, TruncHour
from django.utils import timezone

from annotator.analysis.counted_annotations import annotation_revisions, counted_assignments, newest_annotations
from annotator.studies.models import Assignment, Case, Study

HOURS_SHOWN, FEWEST_HOURS = 48, 12
DAYS_SHOWN, FEWEST_DAYS = 60, 14


@dataclass(frozen=True, slots=True)
class CaseCounts:
    """Cases with all annotations they need, with some, and with none; and the annotations still to come."""

    complete: int
    partly: int
    untouched: int
    annotations_left: int

    @property
    def total(self) -> int:
        return self.complete + self.partly + self.untouched


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many annotations were first submitted in the hour or day that begins at `start`."""

    start: datetime
    annotations: int


@dataclass(frozen=True, slots=True)
class Throughput:
    """First submissions, not revisions; the last hours and days, empty ones too, oldest first. None: no buckets."""

    last_hour: int
    last_day: int
    last_week: int
    hours: Sequence[Bucket]
    days: Sequence[Bucket]


def case_counts(study: Study) -> CaseCounts:
    """Two queries, whatever the size of the study."""
    submitted = Assignment.objects.filter(case=OuterRef("pk"), status=Assignment.Status.SUBMITTED)
    cases = Case.objects.filter(study=study, practice__isnull=True).order_by()
    counts = cases.aggregate(
        done=Count("pk", filter=Q(complete=True)),
        partly=Count("pk", filter=Q(Exists(submitted), complete=False)),
        incomplete=Count("pk", filter=Q(complete=False)),
    )
    incomplete = counts["incomplete"]
    begun = counted_assignments(study).filter(status=Assignment.Status.SUBMITTED, case__complete=False).count()
    return CaseCounts(
        complete=counts["done"],
        partly=counts["partly"],
        untouched=incomplete - counts["partly"],
        annotations_left=incomplete * study.overlap - begun,
    )


def throughput(study: Study, now: datetime) -> Throughput:
    """Annotations over time, in three queries."""
    first = annotation_revisions(study).filter(revision=1)
    ago = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
    recent = first.aggregate(
        **{f"last_{name}": Count("pk", filter=Q(submitted_at__gt=now - span)) for name, span in ago.items()}
    )
    this_hour = timezone.localtime(now).replace(minute=0, second=0, microsecond=0)
    today = this_hour.replace(hour=0)
    hours = [this_hour - timedelta(hours=back) for back in reversed(range(HOURS_SHOWN))]
    days = [_day_before(today, back) for back in reversed(range(DAYS_SHOWN))]

    def counted(
        truncate: type[TruncHour] | type[TruncDay], starts: Sequence[datetime], fewest: int
    ) -> Sequence[Bucket]:
        rows = first.filter(submitted_at__gte=starts[0]).values(start=truncate("submitted_at"))
        found: Mapping[datetime, int] = dict(rows.annotate(n=Count("pk")).values_list("start", "n"))
        return _since_first([Bucket(start, found.get(start, 0)) for start in starts], fewest)

    by_hour, by_day = counted(TruncHour, hours, FEWEST_HOURS), counted(TruncDay, days, FEWEST_DAYS)
    return Throughput(**recent, hours=by_hour, days=by_day)


def patterns_by_outcome(study: Study) -> Mapping[str, Mapping[str, int]]:
    """pattern slug -> outcome of the case by verdicts -> how many newest annotations gave the pattern."""
    rows = (
        newest_annotations(study)
        .filter(patterns__isnull=False)
        .values("patterns__slug", "assignment__case__outcome")
        .annotate(n=Count("pk"))
        .values_list("patterns__slug", "assignment__case__outcome", "n")
    )
    found: dict[str, dict[str, int]] = {}
    for slug, outcome, n in rows:
        by_outcome = found.setdefault(slug, dict.fromkeys(Case.Outcome.values, 0))
        by_outcome[outcome] += n
    return found


def _day_before(today: datetime, back: int) -> datetime:
    """Midnight `back` days ago; days differ in length where clocks are turned."""
    return timezone.make_aware(today.replace(tzinfo=None) - timedelta(days=back))


def _since_first(buckets: Sequence[Bucket], fewest: int) -> Sequence[Bucket]:
    """Without the empty ones before the first annotation, but the last `fewest` in any case; none if all are empty."""
    begun = next((index for index, bucket in enumerate(buckets) if bucket.annotations), None)
    return () if begun is None else buckets[min(begun, len(buckets) - fewest) :]
