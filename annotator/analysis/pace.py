"""How long people take for a case, and whether they can have read it. Reads only.

The time is that of the first submission of each case: what a revision took says nothing of reading. It is the time
for which the page was in view, so a page that was loaded again counts from then on. A judgement is fast when it took
less than both answers take at `READING_WORDS_PER_S`, three times as fast as people read; an annotator is warned of
when most of theirs are. Words are counted by the spaces between them: texts without spaces never warn.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from django.db.models import F, IntegerField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Length, Replace

from annotator.analysis.judgements import counted_annotations
from annotator.analysis.remembered import remembered
from annotator.studies.models import Case, Study

READING_WORDS_PER_S = 15
ENOUGH_TO_WARN = 5
"""Fewer timed judgements than this are no habit."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds per case over `timed` judgements: quartiles and median, None where nothing was timed.

    `reading_s` is the median of what both answers of these cases take at `READING_WORDS_PER_S`; `fast` judgements took
    less than that on their own case.
    """

    timed: int
    low: float | None
    median: float | None
    high: float | None
    fast: int
    reading_s: float | None

    @property
    def too_fast(self) -> bool:
        """Whether most of them took less time than the answers take to read."""
        return self.timed >= ENOUGH_TO_WARN and self.fast * 2 > self.timed


@dataclass(frozen=True, slots=True)
class Paces:
    """Of everybody together, and of each annotator by user id."""

    together: Pace
    each: Mapping[int, Pace]


def paces(study: Study) -> Paces:
    """Two queries, one of which reads the answers' lengths; kept until somebody submits."""
    return remembered(study, "paces", lambda: _paces(study))


def _paces(study: Study) -> Paces:
    words = dict(
        Case.objects.filter(study=study, practice__isnull=True)
        .order_by()
        .values_list("pk", _words("first__answer") + _words("second__answer"))
    )
    timed: dict[int, list[tuple[int, float]]] = defaultdict(list)
    rows = counted_annotations(study).filter(revision=1, seconds__isnull=False)
    columns = ("assignment__annotator_id", "assignment__case_id", "seconds")
    for annotator, case_id, seconds in rows.values_list(*columns):
        timed[annotator].append((seconds, words[case_id] / READING_WORDS_PER_S))
    return Paces(
        together=_pace([pair for pairs in timed.values() for pair in pairs]),
        each={annotator: _pace(pairs) for annotator, pairs in timed.items()},
    )


def _words(field: str) -> Combinable:
    """In the database, so that no text leaves it: one more than the spaces and line ends."""
    bare = Replace(Replace(F(field), Value(" ")), Value("\n"))
    return Length(field, output_field=IntegerField()) - Length(bare) + 1


def _pace(pairs: Sequence[tuple[int, float]]) -> Pace:
    """From (seconds taken, seconds of reading) of each judgement."""
    if not pairs:
        return Pace(timed=0, low=None, median=None, high=None, fast=0, reading_s=None)
    low, middle, high = _quartiles([seconds for seconds, _ in pairs])
    return Pace(
        timed=len(pairs),
        low=low,
        median=middle,
        high=high,
        fast=sum(seconds < reading for seconds, reading in pairs),
        reading_s=median(reading for _, reading in pairs),
    )


def _quartiles(values: Iterable[float]) -> tuple[float, float, float]:
    ordered = sorted(values)
    if len(ordered) == 1:
        return (ordered[0],) * 3
    low, middle, high = quantiles(ordered, n=4, method="inclusive")
    return low, middle, high
