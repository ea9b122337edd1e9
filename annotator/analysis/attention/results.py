"""Results of a study's constraint attention, computed from its traced pairs."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from annotator.analysis.attention.boosts import boost_results
from annotator.analysis.attention.pairs import TracedPair, drops, hidden_layers, traced_pairs, tracing_model
from annotator.analysis.attention.values import SERIES, AttentionResults, LayerResult, SeriesName, SeriesResult
from annotator.statistics.attention import Floats
from annotator.statistics.means import mean_estimate
from annotator.statistics.paired import holm
from annotator.statistics.ranking import roc_area
from annotator.studies.models import Case, Study

_OUTCOMES = (Case.Outcome.HELPED, Case.Outcome.HURT, Case.Outcome.TIE)


def computed_attention(study: Study) -> AttentionResults | None:
    """Compute the results by the model that traced most answers of the study; None where none was traced."""
    language_model = tracing_model(study)
    if language_model is None:
        return None
    traced = traced_pairs(study, language_model)
    pairs = [pair for pair in traced if pair.alike]
    traces = [trace for pair in pairs for trace in (pair.first, pair.second)]
    drifted = [trace for trace in traces if abs(trace.summary.get("retokenized", 0)) > 1]  # the end of turn is one
    return AttentionResults(
        language_model=language_model.slug,
        outcomes=dict(Counter(pair.outcome for pair in pairs)),  # a template asks a Counter for its key "items"
        unlike=len(traced) - len(pairs),
        hidden=hidden_layers(pairs),
        retokenized=len(drifted) / len(traces) if traces else 0.0,
        series=_all_series(pairs),
        boosts=boost_results(study, language_model),
    )


def _all_series(pairs: Sequence[TracedPair]) -> list[SeriesResult]:
    by_name: dict[str, list[tuple[str, Floats]]] = defaultdict(list)
    for pair in pairs:
        for name, values in drops(pair).items():
            by_name[name].append((pair.outcome, values))
    layers = pairs[0].first.summary["layers"] if pairs else []
    return [series_result(name, layers, by_name[name]) for name in SERIES if by_name[name]]


def series_result(name: SeriesName, layers: Sequence[int], cases: Sequence[tuple[str, Floats]]) -> SeriesResult:
    """Return one series from (outcome, drop (L,)) of each case; a case without a value in a layer is left out there."""
    values = np.stack([drop for _, drop in cases])  # (cases, L)
    outcomes = np.array([outcome for outcome, _ in cases])
    by_layer = [_by_outcome(outcomes, column) for column in values.T]
    areas = [roc_area(groups[Case.Outcome.HURT], groups[Case.Outcome.HELPED]) for groups in by_layer]
    adjusted = holm({place: area.p_value for place, area in enumerate(areas)})
    return SeriesResult(
        name,
        len(cases),
        [
            LayerResult(
                layer,
                {outcome.value: mean_estimate(groups[outcome]) for outcome in _OUTCOMES},
                area,
                adjusted[place],
            )
            for place, (layer, groups, area) in enumerate(zip(layers, by_layer, areas, strict=True))
        ],
    )


def _by_outcome(outcomes: Any, values: Floats) -> Mapping[str, list[float]]:
    known = ~np.isnan(values)
    return {outcome: values[known & (outcomes == outcome.value)].tolist() for outcome in _OUTCOMES}
