"""Traced pairs of a study: the layer means of both answers of each case. Reads only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import Count

from annotator.runs.attention_files import TraceFileError, trace_file_read
from annotator.runs.attention_summary import group_sums
from annotator.runs.models import AttentionTrace, LanguageModel
from annotator.statistics.attention import MEASURES, Floats, layer_means, step_values
from annotator.studies.models import Case, Study
from annotator.studies.models.cases import counted_cases

_TREATMENT = AttentionTrace.Treatment


@dataclass(frozen=True, slots=True)
class TracedPair:
    """One case with the traces of its two answers, and that of the second with filler, None where there is none."""

    case_id: int
    outcome: str
    first: AttentionTrace
    second: AttentionTrace
    filler: AttentionTrace | None

    @property
    def alike(self) -> bool:
        """Whether both have the same layers."""
        return bool(self.first.summary["layers"] == self.second.summary["layers"])


def tracing_model(study: Study) -> LanguageModel | None:
    """Return the model with most traces of the study's answers, None without any."""
    traces = AttentionTrace.objects.filter(generation__run__in=[study.first_run_id, study.second_run_id])
    counted = traces.order_by().values("language_model").annotate(n=Count("pk")).order_by("-n", "language_model")
    found = counted.first()
    return LanguageModel.objects.get(pk=found["language_model"]) if found else None


def traced_pairs(study: Study, language_model: LanguageModel) -> list[TracedPair]:
    """Return the counted cases of which both answers are traced; two queries."""
    cases = Case.objects.filter(counted_cases(), study=study).order_by("pk")
    rows = list(cases.values_list("pk", "outcome", "first", "second"))
    traces = _traces(language_model, {pk for row in rows for pk in row[2:]})
    return [
        TracedPair(
            case_id,
            outcome,
            traces[first, _TREATMENT.RECORDED],
            traces[second, _TREATMENT.RECORDED],
            traces.get((second, _TREATMENT.FILLER)),
        )
        for case_id, outcome, first, second in rows
        if (first, _TREATMENT.RECORDED) in traces and (second, _TREATMENT.RECORDED) in traces
    ]


def _traces(language_model: LanguageModel, generations: Iterable[int]) -> dict[tuple[int, str], AttentionTrace]:
    done = AttentionTrace.objects.filter(language_model=language_model, status=AttentionTrace.Status.DONE)
    rows = done.filter(generation__in=list(generations)).exclude(treatment=_TREATMENT.BOOST)
    return {(row.generation_id, row.treatment): row for row in rows}


def drops(pair: TracedPair) -> dict[str, Floats]:
    """Return the drop of each series (L,), first less second; NaN where a layer has none."""
    first, second = pair.first.summary["means"], pair.second.summary["means"]
    found = {
        measure: _known(first["constraints"][measure]) - _known(second["constraints"][measure]) for measure in MEASURES
    }
    found["text"] = _known(first["text"]["mass"]) - _known(second["text"]["mass"])
    if pair.filler is not None:
        found["filler"] = found_filler(first, pair.filler)
    matched = _matched(pair)
    return found if matched is None else {**found, "matched": matched}


def found_filler(first: Mapping[str, Any], filler: AttentionTrace) -> Floats:
    """The first run's mass less that of the second with filler in place of its reasoning."""
    return _known(first["constraints"]["mass"]) - _known(filler.summary["means"]["constraints"]["mass"])


def _matched(pair: TracedPair) -> Floats | None:
    """The drop over as many steps as the shorter answer has; None where a file is not on this machine."""
    try:
        first, second = (
            group_sums(trace_file_read(settings.VAR_DIR, trace.file_hash, trace.summary["layers"]))
            for trace in (pair.first, pair.second)
        )
    except TraceFileError:
        return None
    steps = min(first["constraints"].mass.shape[1], second["constraints"].mass.shape[1])
    values = [layer_means(step_values(groups, "constraints", "mass"), steps) for groups in (first, second)]
    return values[0] - values[1]


def hidden_layers(pairs: Sequence[TracedPair]) -> list[int]:
    """Return the layers whose mask shows no constraint to the rows of some answer."""
    return sorted(
        {
            layer
            for pair in pairs
            for trace in (pair.first, pair.second)
            for layer, visible in zip(trace.summary["layers"], trace.summary["visible"], strict=True)
            if visible == 0
        }
    )


def _known(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
