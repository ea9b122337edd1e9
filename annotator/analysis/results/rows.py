"""Finished generations of runs with their verdicts, as rows. Reads only.

Owns which verdict counts: a constraint on the reasoning counts by its verdict on the reasoning in every scope of an
answer, as it does in the outcome of a case.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Length

from annotator.datasets.models import Constraint
from annotator.runs.models import Generation, Verdict
from annotator.runs.models.generations import KEPT_BY_PROVIDERS
from annotator.runs.selectors import decision_probability
from annotator.sampling import CUT_OFF

Decisions = Sequence[tuple[str, bool | None, bool | None]]
"""(kind, strict, loose) of each constraint of a prompt, in order."""

_ROWS_AT_ONCE = 2_000
_COLUMNS = (
    "pk", "run_id", "prompt_id", "split_status", "finish_reason", "prompt_tokens", "reasoning_tokens",
    "completion_tokens", "latency_s", "decision", "answer_length", "reasoning_length", "reasoning_kind",
    "prompt__known_defects",
)  # fmt: skip


@dataclass(slots=True)
class AnsweredPrompt:
    """One finished generation: its decisions by scope, how it ended, tokens, time, and lengths in characters.

    `probability` is that of reasoning, where the strategy decided by one. `reasoned` is true also of reasoning that the
    provider keeps to itself, whose text has no length.
    """

    prompt_id: int
    split_status: str
    whole: bool
    prompt_tokens: int
    reasoning_tokens: int
    completion_tokens: int
    latency_s: float
    probability: float | None
    answer_length: int
    reasoning_length: int
    reasoned: bool
    defective: bool
    decisions: dict[str, list[tuple[str, bool | None, bool | None]]] = field(default_factory=dict)

    def obeyed(self, scope: str, *, strict: bool = False) -> bool | None:
        """Whether every constraint is obeyed; None if one is unverifiable and none is violated."""
        verdicts = [row[1 if strict else 2] for row in self.decisions.get(scope, ())]
        return False if False in verdicts else None if None in verdicts or not verdicts else True

    def share(self, scope: str, *, strict: bool = False) -> tuple[int, int]:
        """(obeyed, decided) constraints."""
        verdicts = [row[1 if strict else 2] for row in self.decisions.get(scope, ())]
        return sum(verdict is True for verdict in verdicts), sum(verdict is not None for verdict in verdicts)


RunRows = Mapping[int, AnsweredPrompt]
"""Prompt id -> its finished generation in one run."""


def answered_prompts(run_ids: Collection[int]) -> Mapping[int, RunRows]:
    """Return run id -> its finished generations by prompt; two queries for all runs."""
    finished = Generation.objects.filter(run__in=run_ids, status=Generation.Status.DONE).order_by("run", "position")
    rows: dict[int, dict[int, AnsweredPrompt]] = {run_id: {} for run_id in run_ids}
    by_generation: dict[int, AnsweredPrompt] = {}
    for (
        pk, run_id, prompt_id, split, finish, sent, reasoned, completed, latency, decision, answer, reasoning, kind,
        defects,
    ) in _generation_rows(finished):  # fmt: skip
        rows[run_id][prompt_id] = by_generation[pk] = AnsweredPrompt(
            prompt_id=prompt_id,
            split_status=split,
            whole=bool(answer) and finish not in CUT_OFF and split not in ("empty", "truncated"),
            prompt_tokens=sent,
            reasoning_tokens=reasoned,
            completion_tokens=completed,
            latency_s=latency,
            probability=decision_probability(decision) if decision else None,
            answer_length=answer,
            reasoning_length=reasoning,
            reasoned=bool(reasoning) or kind in KEPT_BY_PROVIDERS,
            defective=bool(defects),
        )
    _add_decisions(run_ids, by_generation)
    return rows


def _generation_rows(finished: QuerySet[Generation]) -> "QuerySet[Any, tuple[Any, ...]]":
    measured = finished.annotate(answer_length=Length("answer"), reasoning_length=Length("reasoning"))
    rows: QuerySet[Any, tuple[Any, ...]] = measured.values_list(*_COLUMNS)
    return rows


def _add_decisions(run_ids: Collection[int], by_generation: Mapping[int, AnsweredPrompt]) -> None:
    """Read the verdicts and add each to its generation in the scopes in which it counts."""
    verdicts = Verdict.objects.filter(generation__run__in=run_ids, generation__status=Generation.Status.DONE)
    columns = ("generation_id", "scope", "constraint__kind", "constraint__scope", "strict", "loose")
    ordered = verdicts.order_by("generation", "constraint__position", "scope").values_list(*columns)
    for generation_id, scope, kind, about, strict, loose in ordered.iterator(_ROWS_AT_ONCE):
        decisions = by_generation[generation_id].decisions
        for counted in _counted_scopes(scope, about):
            decisions.setdefault(counted, []).append((kind, strict, loose))


def _counted_scopes(scope: str, about: str) -> Sequence[str]:
    """The scopes of results in which a verdict counts: each in its own, one about the reasoning in all three."""
    if about == Constraint.Scope.ANSWER:
        return (scope,)
    return Verdict.Scope.values if scope == Verdict.Scope.REASONING else ()
