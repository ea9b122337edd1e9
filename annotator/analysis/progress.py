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
from annotator.studies.models import Assignment, Case, Study, counted_cases

HOURS_SHOWN, FEWEST_HOURS = 48, 12
DAYS_SHOWN, FEWEST_DAYS = 60, 14


@dataclass(frozen=True, slots=True)
class CaseCounts:
    """Cases with all annotations they need, with some, and with none; and the number of missing annotations."""

    complete: int
    partly: int
    untouched: int
    annotations_left: int

    @property
    def total(self) -> int:
        return self.complete + self.partly + self.untouched


@dataclass(frozen=True, slots=True)
class Bucket:
    """The number of annotations first submitted in the hour or day that begins at `start`."""

    start: datetime
    annotations: int


@dataclass(frozen=True, slots=True)
class Throughput:
    """Numbers of first submissions; revisions do not count. Buckets are oldest first, empty ones included."""

    last_hour: int
    last_day: int
    last_week: int
    hours: Sequence[Bucket]
    days: Sequence[Bucket]


def case_counts(study: Study) -> CaseCounts:
    """Count in two queries, whatever the size of the study."""
    submitted = Assignment.objects.filter(case=OuterRef("pk"), status=Assignment.Status.SUBMITTED, left_out=False)
    cases = Case.objects.filter(counted_cases(), study=study).order_by()
    counts = cases.aggregate(
        done=Count("pk", filter=Q(complete=True)),
        partly=Count("pk", filter=Q(Exists(submitted), complete=False)),
        incomplete=Count("pk", filter=Q(complete=False)),
    )
    incomplete = counts["incomplete"]
    kept = {"status": Assignment.Status.SUBMITTED, "slot_reopened": False}
    begun = counted_assignments(study).filter(**kept, case__complete=False).count()
    return CaseCounts(
        complete=counts["done"],
        partly=counts["partly"],
        untouched=incomplete - counts["partly"],
        annotations_left=incomplete * study.overlap - begun,
    )


def throughput(study: Study, now: datetime) -> Throughput:
    """Count first submissions before `now`, in three queries."""
    first = annotation_revisions(study).filter(revision=1)
    spans = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
    recent = first.aggregate(
        **{f"last_{name}": Count("pk", filter=Q(submitted_at__gt=now - span)) for name, span in spans.items()}
    )
    this_hour = timezone.localtime(now).replace(minute=0, second=0, microsecond=0)
    today = this_hour.replace(hour=0)
    hours = [this_hour - timedelta(hours=back) for back in reversed(range(HOURS_SHOWN))]
    days = [_day_before(today, back) for back in reversed(range(DAYS_SHOWN))]

    def buckets_by(
        truncate: type[TruncHour] | type[TruncDay], starts: Sequence[datetime], fewest: int
    ) -> Sequence[Bucket]:
        rows = first.filter(submitted_at__gte=starts[0]).values(start=truncate("submitted_at"))
        by_start: Mapping[datetime, int] = dict(rows.annotate(n=Count("pk")).values_list("start", "n"))
        return _since_first([Bucket(start, by_start.get(start, 0)) for start in starts], fewest)

    by_hour, by_day = buckets_by(TruncHour, hours, FEWEST_HOURS), buckets_by(TruncDay, days, FEWEST_DAYS)
    return Throughput(**recent, hours=by_hour, days=by_day)


def patterns_by_outcome(study: Study) -> Mapping[str, Mapping[str, int]]:
    """Return pattern slug -> outcome of the case -> number of newest annotations with the pattern."""
    rows = (
        newest_annotations(study)
        .filter(patterns__isnull=False)
        .values("patterns__slug", "assignment__case__outcome")
        .annotate(n=Count("pk"))
        .values_list("patterns__slug", "assignment__case__outcome", "n")
    )
    counts: dict[str, dict[str, int]] = {}
    for slug, outcome, n in rows:
        by_outcome = counts.setdefault(slug, dict.fromkeys(Case.Outcome.values, 0))
        by_outcome[outcome] += n
    return counts


def _day_before(today: datetime, back: int) -> datetime:
    """Midnight `back` days ago, by the calendar: days differ in length when clocks change."""
    return timezone.make_aware(today.replace(tzinfo=None) - timedelta(days=back))


def _since_first(buckets: Sequence[Bucket], fewest: int) -> Sequence[Bucket]:
    """Drop empty buckets before the first annotation, but keep the last `fewest`; () if all are empty."""
    begun = next((index for index, bucket in enumerate(buckets) if bucket.annotations), None)
    return () if begun is None else buckets[min(begun, len(buckets) - fewest) :]
