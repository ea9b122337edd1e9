"""Boosted answers of a study: outcomes before and after a bias on the constraints. Reads only."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from annotator.analysis.attention.values import BoostResult
from annotator.datasets.models import Constraint
from annotator.runs.models import AttentionTrace, LanguageModel, Verdict
from annotator.statistics.paired_bootstrap import bootstrap_difference
from annotator.studies.contrast import effect, outcome
from annotator.studies.models import Case, Study
from annotator.studies.models.cases import counted_cases

_JUDGED = (Case.Outcome.HELPED, Case.Outcome.HURT, Case.Outcome.TIE)
Obeyed = Sequence[bool | None]


def boost_results(study: Study, language_model: LanguageModel) -> list[BoostResult]:
    """Return a result for each bias, the smallest first; [] without boosted answers."""
    cases = Case.objects.filter(counted_cases(), study=study, outcome__in=_JUDGED).order_by("pk")
    rows = {second: (pk, before, first, prompt) for pk, before, first, second, prompt in _values(cases)}
    boosted = AttentionTrace.objects.filter(
        generation__in=list(rows),
        language_model=language_model,
        treatment=AttentionTrace.Treatment.BOOST,
        status=AttentionTrace.Status.DONE,
    )
    by_bias: dict[float, list[AttentionTrace]] = defaultdict(list)
    for trace in boosted.order_by("bias", "pk"):
        by_bias[trace.bias].append(trace)
    recorded = _recorded(study, rows)
    return [_result(bias, traces, rows, recorded, study) for bias, traces in by_bias.items()]


def _values(cases: object) -> Sequence[tuple[int, str, int, int, int]]:
    return list(cases.values_list("pk", "outcome", "first", "second", "prompt"))  # type: ignore[attr-defined]


def _recorded(study: Study, rows: Mapping[int, tuple[int, str, int, int]]) -> dict[int, list[bool | None]]:
    """Return generation id -> what it obeys of each constraint, loose, in the scope that counts."""
    generations = [*rows, *(row[2] for row in rows.values())]
    verdicts = Verdict.objects.filter(generation__in=generations).order_by("generation", "constraint__position")
    found: dict[int, list[bool | None]] = defaultdict(list)
    for verdict in verdicts.select_related("constraint"):
        if verdict.scope == verdict.constraint.counted_scope(study.scope):
            found[verdict.generation_id].append(verdict.loose)
    return found


def _result(
    bias: float,
    traces: Sequence[AttentionTrace],
    rows: Mapping[int, tuple[int, str, int, int]],
    recorded: Mapping[int, Obeyed],
    study: Study,
) -> BoostResult:
    after: dict[str, Counter[str]] = {before.value: Counter() for before in _JUDGED}
    changes: dict[str, list[tuple[int, float, float]]] = {before.value: [] for before in _JUDGED}
    for trace in traces:
        case_id, before, first, prompt = rows[trace.generation_id]
        boosted = _boosted(trace, prompt, study.scope)
        effects = [effect(one, other) for one, other in zip(recorded[first], boosted, strict=False)]
        after[before][outcome(effects)] += 1
        changes[before] += [
            (case_id, float(then), float(now))
            for then, now in zip(recorded[trace.generation_id], boosted, strict=False)
            if then is not None and now is not None
        ]
    constraints = {
        before: bootstrap_difference(
            [then for _, then, _ in rows_], [now for _, _, now in rows_], [case_id for case_id, _, _ in rows_], n=2_000
        )
        for before, rows_ in changes.items()
        if rows_
    }
    return BoostResult(bias, {before: dict(counts) for before, counts in after.items()}, constraints)


def _boosted(trace: AttentionTrace, prompt: int, scope: str) -> list[bool | None]:
    loose = trace.summary["loose"]
    constraints = Constraint.objects.filter(prompt=prompt).order_by("position")
    return [loose[row.counted_scope(scope)][place] for place, row in enumerate(constraints)]
