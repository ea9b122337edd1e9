"""Search over the cases of a study, page by page, in bounded time for any filter. Reads only.

No filter has an index of its own: the cases are looked through in the order of their numbers, a window at a time, until
the page is full or the time is spent; the next page goes on from there. So a page costs the same for a rare word and a
frequent label, alone or together, in Chinese or English, and nothing has to be kept up to date beside the rows
themselves (`make bench-cases` has the figures).
"""

import string
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from annotator.datasets.models import Constraint
from annotator.studies.models import Annotation, Assignment, Case, Flag, Study
from annotator.studies.selectors.blinded_annotations import open_disputes

WINDOW = 500
BUDGET_S = 0.025


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a lead looks for; every field that is not empty must hold.

    `label`, `pattern` (a slug) and `annotator` (a user's id) are of one annotation, the newest of its annotator; a slug
    is the same pattern in every version of the codebook, for each version has a row of its own for it.
    `concern` is disagreement, flagged, disputed or practice; `text` stands in the prompt or in an answer.
    """

    outcome: str = ""
    label: str = ""
    pattern: str = ""
    kind: str = ""
    annotator: int | None = None
    concern: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Some cases, and the number to go on behind (None at the end).

    `looked` is the share of the study's cases, of 100, that lies behind a page which is not full; else 100.
    """

    cases: Sequence[Case]
    after: int | None
    looked: int = 100


def case_search(
    study: Study, wanted: Wanted, *, after: int = 0, limit: int = 50, window: int = WINDOW, budget_s: float = BUDGET_S
) -> Found:
    """The next `limit` cases behind number `after`, or fewer where the time is spent. At least one window is read."""
    until = time.monotonic() + budget_s
    numbers = Case.objects.filter(study=study).order_by("pk").values_list("pk", flat=True)
    matching = _matching(study, wanted).select_related("prompt", "practice").order_by("pk")
    found: list[Case] = []
    while len(found) < limit:
        edge = numbers.filter(pk__gt=after)[window - 1 : window].first()
        inside = matching.filter(pk__gt=after) if edge is None else matching.filter(pk__gt=after, pk__lte=edge)
        found += inside[: limit + 1 - len(found)]
        if len(found) > limit:
            break
        if edge is None:
            return Found(found, None)
        after = edge
        if time.monotonic() > until:
            return Found(found, after, _share(numbers, after))
    return Found(found[:limit], found[limit - 1].pk)


def _share(numbers: QuerySet[Case, int], after: int) -> int:
    """Roughly how far `after` is on the way from the first number to the last."""
    first, last = numbers.first() or 0, numbers.last() or 0
    return min(99, 100 * (after - first) // max(1, last - first))


def _matching(study: Study, wanted: Wanted) -> QuerySet[Case]:
    cases = Case.objects.filter(study=study)
    if wanted.outcome:
        cases = cases.filter(outcome=wanted.outcome)
    if wanted.kind:
        cases = cases.filter(Exists(Constraint.objects.filter(prompt=OuterRef("prompt"), kind=wanted.kind)))
    lookups = _lookups(wanted)
    if lookups:
        cases = cases.filter(Exists(_newest().filter(**lookups)), submissions__gte=1)
    if wanted.concern:
        cases = _CONCERNS[wanted.concern](cases)
    if wanted.text:
        anywhere = Q()
        for field in ("prompt__text", "first__answer", "second__answer"):
            for text in _in_any_case(wanted.text):
                anywhere |= Q(**{f"{field}__icontains": text})
        cases = cases.filter(anywhere)
    return cases


def _in_any_case(text: str) -> Sequence[str]:
    """The text as it has to be asked for. SQLite takes ÉCLAIR for éclair only if it is spelt out: it folds ASCII alone.

    Spelt out are all capitals, none, and words that begin with one; "éCLAIR" alone is not found.
    """
    if connection.vendor != "sqlite" or text.isascii():
        return (text,)
    spelt = (text, text.lower(), text.upper(), text.title(), text.capitalize())
    return tuple({each.translate(_ASCII_FOLDED): each for each in spelt}.values())


_ASCII_FOLDED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def _lookups(wanted: Wanted) -> dict[str, Any]:
    lookups = {
        "label": wanted.label,
        "patterns__slug": wanted.pattern,
        "assignment__annotator": wanted.annotator,
    }
    return {lookup: value for lookup, value in lookups.items() if value}


def _newest() -> QuerySet[Annotation]:
    """The newest annotation of each annotator of the outer case."""
    submitted = Assignment.Status.SUBMITTED
    mine = Annotation.objects.filter(assignment__case=OuterRef("pk"), assignment__status=submitted)
    return mine.newest().order_by()


def _differing(cases: QuerySet[Case]) -> QuerySet[Case]:
    labels = _newest().values("assignment__case").annotate(n=Count("label", distinct=True)).values("n")
    differing: QuerySet[Any] = cases.filter(submissions__gte=2).annotate(labels=Subquery(labels))
    return differing.filter(labels__gt=1)


def _flagged(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.filter(Exists(Flag.objects.filter(assignment__case=OuterRef("pk"), settled_at=None)))


def _disputed(cases: QuerySet[Case]) -> QuerySet[Case]:
    disputes = open_disputes().filter(annotation__assignment__case=OuterRef("pk"))
    return cases.filter(Exists(disputes), submissions__gte=1)


def _practised(cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.filter(practice__isnull=False)


_CONCERNS = {"disagreement": _differing, "flagged": _flagged, "disputed": _disputed, "practice": _practised}
CONCERNS = tuple(_CONCERNS)
