"""Filters of cases by their two generations: kinds, effects, whole obedience, length of reasoning."""

from collections.abc import Sequence
from typing import Protocol

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Length

from annotator.datasets.models import Constraint
from annotator.runs.models import Generation, Verdict
from annotator.studies.models import Case, Study

EFFECTS = ("gained", "lost", "swap")
"""A constraint that the second answer gained or lost; or, in a tie, one of each."""

OBEYED_BY = ("both", "first", "second", "neither", "decided")
"""Which answer obeys every constraint. "decided" is any of these: no case whose answers nothing could check in full."""


class Compared(Protocol):
    """The fields of a query that compare the two generations of a case."""

    @property
    def kinds(self) -> tuple[str, ...]: ...
    @property
    def effect(self) -> str: ...
    @property
    def obeyed_by(self) -> str: ...
    @property
    def scope(self) -> str: ...
    @property
    def shortest_reasoning(self) -> int | None: ...
    @property
    def longest_reasoning(self) -> int | None: ...


def compared(cases: QuerySet[Case], study: Study, query: Compared) -> QuerySet[Case]:
    """Keep the cases that match these fields of the query."""
    if query.kinds:
        cases = cases.filter(Exists(Constraint.objects.filter(prompt=OuterRef("prompt"), kind__in=query.kinds)))
    if query.effect:
        cases = _with_effect(cases, study, query.effect, query.kinds)
    if query.obeyed_by:
        cases = _obeyed_by(cases, query.scope or study.scope, query.obeyed_by)
    return _by_reasoning(cases, query.shortest_reasoning, query.longest_reasoning)


def _with_effect(cases: QuerySet[Case], study: Study, effect: str, kinds: Sequence[str]) -> QuerySet[Case]:
    if effect == "swap":
        cases = cases.filter(outcome=Case.Outcome.TIE)
        return cases.filter(_at_any_position(study, "gained", kinds)).filter(_at_any_position(study, "lost", kinds))
    return cases.filter(_at_any_position(study, effect, kinds))


def _at_any_position(study: Study, effect: str, kinds: Sequence[str]) -> Q:
    """Whether `contrast` has the effect at the position of any constraint, or of one of `kinds`."""
    earlier = study.earlier_runs.order_by().values("first_run__dataset")
    versions = Q(prompt__dataset=study.first_run.dataset_id) | Q(prompt__dataset__in=earlier)
    of_dataset = Constraint.objects.filter(versions)
    if kinds:
        of_dataset = of_dataset.filter(kind__in=kinds)
    found = Q(pk__in=())
    for position in of_dataset.order_by("position").values_list("position", flat=True).distinct():
        here = Q(**{f"contrast__{position}": effect})
        if kinds:
            at_position = Constraint.objects.filter(prompt=OuterRef("prompt"), kind__in=kinds, position=position)
            here &= Q(Exists(at_position))
        found |= here
    return found


def _obeyed_by(cases: QuerySet[Case], scope: str, which: str) -> QuerySet[Case]:
    """Keep the cases in which both sides are decided, and every constraint is obeyed by that side or those alone.

    A side is decided where every constraint is obeyed or one is violated, as in `AnsweredPrompt.obeyed`.
    """
    for side in ("first", "second"):
        counted = Q(scope=scope, constraint__scope=Constraint.Scope.ANSWER) | Q(
            scope=Verdict.Scope.REASONING, constraint__scope=Constraint.Scope.REASONING
        )
        verdicts = Verdict.objects.filter(counted, generation=OuterRef(side))
        obeys = Q(~Exists(verdicts.exclude(loose=True)), Exists(verdicts))
        violates = Q(Exists(verdicts.filter(loose=False)))
        if which == "decided":
            cases = cases.filter(obeys | violates)
        else:
            cases = cases.filter(obeys if which in ("both", side) else violates)
    return cases


def _by_reasoning(cases: QuerySet[Case], shortest: int | None, longest: int | None) -> QuerySet[Case]:
    if shortest is None and longest is None:
        return cases
    measured = cases.annotate(reasoning_length=Length("second__reasoning"))
    if shortest is not None:
        measured = measured.filter(reasoning_length__gte=shortest)
    if longest is not None:
        measured = measured.filter(reasoning_length__lte=longest)
    return measured


def second_reasoned(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Keep the cases in which the second generation was reasoned for."""
    return cases.filter(Generation.reasoned("second__"))


def really_reasoned(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Keep the cases in which the second generation was reasoned for and the first was not."""
    return cases.filter(~Generation.reasoned("first__"), Generation.reasoned("second__"))


def of_matched_length(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Keep the cases whose answers differ in length by a fifth of the longer at most, and are not both empty."""
    measured = cases.annotate(one=Length("first__answer"), two=Length("second__answer"))
    return measured.filter(one__gt=0, one__gte=F("two") * 4 / 5.0, two__gte=F("one") * 4 / 5.0)
