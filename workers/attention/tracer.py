"""The tracer of one local model: reads recorded answers, and writes answers under a boost.

Knows no database. Arrays and groups are those of `workers.attention.probe` and `workers.attention.layout`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from jinja2 import TemplateError

from workers.attention.layout import CONSTRAINTS, Layout, LayoutError, RecordedAnswer, Span, lay_out
from workers.attention.probe import Boost, ProbedSequence, SequenceAttention, boosting, probe, probing
from workers.engine.local.transformers import TransformersBackend
from workers.engine.protocol import Completion, Request


@dataclass(frozen=True, slots=True)
class Traced:
    """The attention of one recorded answer, with its layout in tokens."""

    attention: SequenceAttention
    layout: Layout

    @property
    def sequence(self) -> ProbedSequence:
        return self.layout.sequence


def trace(backend: TransformersBackend, recorded: RecordedAnswer, *, filler: bool = False) -> Traced:
    """Read the attention of one answer. Raises LayoutError for one that has no tokens of its own or no constraint."""
    try:
        layout = lay_out(recorded, backend.tokenizer, backend.template, filler=filler)
    except (TemplateError, TypeError) as error:
        raise LayoutError(f"The conversation can't be written as tokens: {error}") from error
    if not layout.sequence.groups[CONSTRAINTS]:
        raise LayoutError("No token of the prompt states a constraint; mark the words that do on the prompt's page.")
    length, context = len(layout.sequence.tokens), backend.context
    if context and length > context:
        raise LayoutError(f"The answer ends at token {length}, but the model's context holds {context}.")
    [attention] = probe(backend.model, [layout.sequence])
    return Traced(attention, layout)


class BoostedBackend:
    """A backend that completes one request after the other while the constraints' columns are boosted.

    Every step of a strategy is boosted wherever its messages have the prompt; one without it is completed as it is.
    """

    batch_size = 1

    def __init__(self, backend: TransformersBackend, *, prompt: str, spans: Sequence[Span | None], bias: float) -> None:
        self._backend, self._prompt, self._spans, self._bias = backend, prompt, spans, bias

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        for request in requests:
            with probing(self._backend.model), boosting(Boost(self._bias, self._columns(request))):
                completion = self._backend.complete_alone(request)
            yield completion

    def count_tokens(self, text: str) -> int:
        return self._backend.count_tokens(text)

    def describe(self) -> dict[str, str]:
        return self._backend.describe() | {"batching": "static", "attention_bias": f"{self._bias:g}"}

    def close(self) -> None:
        """Do nothing: the backend beneath is still used."""

    def _columns(self, request: Request) -> Sequence[int]:
        backend = self._backend
        probed = RecordedAnswer(request, "x", self._prompt, self._spans, "x")
        try:
            return lay_out(probed, backend.tokenizer, backend.template).sequence.groups[CONSTRAINTS]
        except (LayoutError, TemplateError, TypeError, ValueError):
            return []
