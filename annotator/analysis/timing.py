"""Annotation time per case, compared with the time that reading both answers takes. Reads only.

Only first submissions count: the time of a revision says nothing about reading. It is the time for which the page was
in view, from its last loading. An annotation is fast if it took less than reading both answers at
`READING_WORDS_PER_S`, three times as fast as people read; an annotator is too fast if most of their annotations are.
The database counts the words of answers in scripts with spaces, by the spaces; other answers are read and counted by
`reading_time`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from django.db.models import F, Func, IntegerField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Length, Replace

from annotator.analysis import reading_time
from annotator.analysis.cache import cached
from annotator.analysis.counted_annotations import annotation_revisions
from annotator.studies.models import Case, Study, counted_cases

READING_WORDS_PER_S = 15
ENOUGH_TO_WARN = 5
"""An annotator with fewer timed annotations is never called too fast."""
_WIDE_SHARE = 10  # a tenth more UTF-8 bytes than characters: at least one in twenty is Han, kana, Thai or the like
_TEXTS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Pace:
    """Quartiles and median of seconds per case, over `timed` annotations; None if there is none.

    `reading_s` is the median reading time of both answers at `READING_WORDS_PER_S`. `fast` counts the annotations that
    took less than the reading time of their own case.
    """

    timed: int
    low: float | None
    median: float | None
    high: float | None
    fast: int
    reading_s: float | None

    @property
    def too_fast(self) -> bool:
        """Whether most of at least ENOUGH_TO_WARN annotations are fast."""
        return self.timed >= ENOUGH_TO_WARN and self.fast * 2 > self.timed


@dataclass(frozen=True, slots=True)
class Paces:
    """The pace of all annotators together, and user id -> pace."""

    together: Pace
    by_annotator: Mapping[int, Pace]


def paces(study: Study) -> Paces:
    """Return the paces, cached until the next submission.

    Two queries, one of which lets the database measure the answers, and one for every 500 cases whose answers are read.
    """
    return cached(study, "paces", lambda: _paces(study))


def _paces(study: Study) -> Paces:
    words = _words_by_case(study)
    timed: dict[int, list[tuple[int, float]]] = defaultdict(list)
    rows = annotation_revisions(study).filter(revision=1, seconds__isnull=False)
    columns = ("assignment__annotator_id", "assignment__case_id", "seconds")
    for annotator, case_id, seconds in rows.values_list(*columns):
        timed[annotator].append((seconds, words[case_id] / READING_WORDS_PER_S))
    return Paces(
        together=_pace([pair for pairs in timed.values() for pair in pairs]),
        by_annotator={annotator: _pace(pairs) for annotator, pairs in timed.items()},
    )


def _words_by_case(study: Study) -> Mapping[int, float]:
    """case id -> number of words of both answers."""
    cases = Case.objects.filter(counted_cases(), study=study).order_by()
    answers = ("first__answer", "second__answer")
    first, second = answers
    columns = (_spaced(first) + _spaced(second), _octets(*answers), _length(first) + _length(second))
    words: dict[int, float] = {}
    wide: list[int] = []
    for pk, spaced, octets, length in cases.values_list("pk", *columns):
        words[pk] = spaced
        if (octets - length) * _WIDE_SHARE > length:
            wide.append(pk)
    for start in range(0, len(wide), _TEXTS_AT_ONCE):
        rows = Case.objects.filter(pk__in=wide[start : start + _TEXTS_AT_ONCE]).order_by()
        words |= {pk: sum(map(reading_time.words, texts)) for pk, *texts in rows.values_list("pk", *answers)}
    return words


def _spaced(field: str) -> Combinable:
    """Words of a text, counted in the database so that no text is sent: one more than the spaces and line ends."""
    bare = Replace(Replace(F(field), Value(" ")), Value("\n"))
    return _length(field) - Length(bare) + 1


def _length(field: str) -> Combinable:
    return Length(field, output_field=IntegerField())


def _octets(*fields: str) -> Combinable:
    first, second = (_Octets(F(field), output_field=IntegerField()) for field in fields)
    return first + second


class _Octets(Func):
    """Bytes of a text in UTF-8: three for most characters of unspaced scripts, one for a Latin letter."""

    function = "OCTET_LENGTH"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="LENGTH(CAST(%(expressions)s AS BLOB))", **context)


def _pace(pairs: Sequence[tuple[int, float]]) -> Pace:
    """Summarize (seconds taken, seconds of reading) of each annotation."""
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
