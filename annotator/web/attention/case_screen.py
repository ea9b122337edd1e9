"""Template values of a case's attention: tinted prompts, and the attention over the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from annotator.runs.attention_files import TraceFileError, trace_file_read
from annotator.runs.models import AttentionTrace, Generation
from annotator.studies.models import Case
from annotator.web.attention.tinted import NamedToken, TintedPiece, most_attended, tinted_pieces

MEASURES = ("mass", "without_sink", "value", "contribution", "prompt_share")
_OF_TOKENS = {"mass": 0, "value": 1, "contribution": 2}
"""The measures that a single token has; the others are shares of groups, and tokens are tinted by their weight."""


@dataclass(frozen=True, slots=True)
class TracedAnswer:
    """One answer of the case: its role, its trace and what is shown of it. `missing` says why nothing is."""

    role: str
    generation: Generation
    missing: str = ""
    pieces: Sequence[TintedPiece] = ()
    named: Sequence[NamedToken] = ()
    steps: Sequence[float | None] = ()
    mean: float | None = None
    control: float | None = None
    hidden: bool = False


def traced_answer(role: str, generation: Generation, prompt: str, layer: int | None, measure: str) -> TracedAnswer:
    """Return the newest finished trace of the answer at one layer, by default the middle one."""
    from annotator.analysis.attention.steps import constraint_steps

    trace = recorded_trace(generation)
    if trace is None:
        return TracedAnswer(role, generation)
    try:
        arrays = trace_file_read(settings.VAR_DIR, trace.file_hash, trace.summary["layers"])
    except TraceFileError as error:
        return TracedAnswer(role, generation, missing=str(error))
    place = place_of(trace.summary["layers"], layer)
    values = arrays.tokens[_OF_TOKENS.get(measure, 0), place]
    return TracedAnswer(
        role=role,
        generation=generation,
        pieces=tinted_pieces(prompt, arrays.places, _without_sink(values), trace.spans),
        named=most_attended(prompt, arrays.places, values),
        steps=constraint_steps(arrays, measure, place),
        mean=trace.summary["means"]["constraints"][measure][place],
        control=trace.summary["means"]["text"][measure][place],
        hidden=trace.summary["visible"][place] == 0,
    )


def recorded_trace(generation: Generation) -> AttentionTrace | None:
    """Return the newest finished trace of this answer as it is."""
    done = generation.attention_traces.filter(
        treatment=AttentionTrace.Treatment.RECORDED, status=AttentionTrace.Status.DONE
    )
    return done.order_by("-finished_at").first()


def place_of(layers: Sequence[int], layer: int | None) -> int:
    """Return the place of the layer among those that were traced; of the middle one where it is not among them."""
    return layers.index(layer) if layer in layers else len(layers) // 2


def layers_of(case: Case) -> Mapping[str, Any]:
    """Return the traced layers of the case, [] where nothing is traced."""
    trace = recorded_trace(case.first) or recorded_trace(case.second)
    return {"layers": trace.summary["layers"] if trace else []}


def _without_sink(values: Any) -> Any:
    """The values with nothing on the first column: without a template it is a token of the prompt, and takes most."""
    shown = values.copy()
    shown[0] = 0
    return shown
