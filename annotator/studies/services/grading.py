"""Grades of cases: effects and outcome, from the verdicts and from whether both answers are whole.

Reads rows and saves none; whoever makes or updates a case stores its grade.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from annotator.datasets.models import Constraint
from annotator.runs.models import Generation, Verdict
from annotator.studies.contrast import Effect, effect, outcome
from annotator.studies.models import Case, Study


class Pair(NamedTuple):
    """One prompt of a study with its two generations, by id."""

    prompt_id: int
    key: str
    first_id: int
    second_id: int


@dataclass(frozen=True, slots=True)
class Grade:
    """Comparison of the second generation of a case with the first, by verdicts."""

    contrast: Sequence[Effect]
    judged: bool
    """Whether both sides have an answer to judge: else nothing was gained or lost, whatever the verdicts say."""

    def fields(self) -> dict[str, Any]:
        """The values of the fields of `Case` that depend on verdicts."""
        if not self.judged:
            effects: list[Effect] = ["unverifiable"] * len(self.contrast)
            return {"contrast": effects, "outcome": Case.Outcome.NO_ANSWER, "disagreeing_constraints": 0}
        return {
            "contrast": list(self.contrast),
            "outcome": outcome(self.contrast),
            "disagreeing_constraints": sum(change != "both" for change in self.contrast),
        }


def grades_of(study: Study, pairs: Sequence[Pair]) -> dict[int, Grade]:
    """Return prompt id -> its grade. A prompt without all of its verdicts is left out."""
    unfinished = set() if study.judge_unfinished else _without_whole_answer(pairs)
    effects = _effects(study.scope, pairs)
    return {
        pair.prompt_id: Grade(effects[pair.prompt_id], judged=unfinished.isdisjoint((pair.first_id, pair.second_id)))
        for pair in pairs
        if pair.prompt_id in effects
    }


def _without_whole_answer(pairs: Sequence[Pair]) -> set[int]:
    rows = Generation.objects.filter(Generation.without_whole_answer(), pk__in=_generation_ids(pairs))
    return set(rows.order_by().values_list("pk", flat=True))


def _effects(scope: str, pairs: Sequence[Pair]) -> dict[int, list[Effect]]:
    """Return prompt id -> the effect on each of its constraints, in order, by loose verdicts.

    They are those of `scope`, or for a constraint on the reasoning those on the reasoning.
    """
    constraints: dict[int, list[tuple[int, str]]] = defaultdict(list)  # (id, scope that counts)
    prompt_ids = [pair.prompt_id for pair in pairs]
    for constraint in Constraint.objects.filter(prompt__in=prompt_ids).order_by("prompt", "position"):
        constraints[constraint.prompt_id].append((constraint.pk, constraint.counted_scope(scope)))
    scopes = {counted for of_prompt in constraints.values() for _, counted in of_prompt}
    rows = Verdict.objects.filter(generation__in=_generation_ids(pairs), scope__in=scopes).order_by()
    values = rows.values_list("generation_id", "constraint_id", "scope", "loose")
    loose = {(generation_id, pk, of): obeyed for generation_id, pk, of, obeyed in values}
    effects: dict[int, list[Effect]] = {}
    for pair in pairs:
        cells = [((pair.first_id, *counted), (pair.second_id, *counted)) for counted in constraints[pair.prompt_id]]
        if all(first in loose and second in loose for first, second in cells):
            effects[pair.prompt_id] = [effect(loose[first], loose[second]) for first, second in cells]
    return effects


def _generation_ids(pairs: Sequence[Pair]) -> list[int]:
    return [pair.first_id for pair in pairs] + [pair.second_id for pair in pairs]
