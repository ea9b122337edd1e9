"""The record that every reader of responses yields, and the vocabularies of its fields.

Knows no format.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from annotator.constraints.messages import msg
from annotator.datasets.jsonl import LineError

ReasoningKind = Literal["none", "raw", "summary", "omitted", "redacted"]

STOP, LENGTH, REFUSAL, UNKNOWN = "stop", "length", "refusal", "unknown"
_FINISH_REASONS = {
    "stop": STOP,
    "eos": STOP,
    "end_turn": STOP,
    "stop_sequence": STOP,
    "completed": STOP,
    "length": LENGTH,
    "max_tokens": LENGTH,
    "max_output_tokens": LENGTH,
    "model_length": LENGTH,
    "content_filter": REFUSAL,
    "refusal": REFUSAL,
}


class ResponseFileError(ValueError):
    """A file of responses that cannot be read as a whole; the message is one sentence that names the remedy."""


@dataclass(frozen=True, slots=True)
class PromptName:
    """The ways in which a row names the prompt that it answers.

    A `key` is meant as one. `texts` are what the row says was asked: the first that is a prompt of the dataset counts.
    `hints` are numbers that may be keys: one counts only if a text contains the prompt of that key. `position` is the
    0-based place in the dataset, for formats that name nothing.
    """

    key: int | str | None = None
    texts: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token counts as the row states them; None where it does not. `completion` includes `reasoning`."""

    prompt: int | None = None
    completion: int | None = None
    reasoning: int | None = None


@dataclass(frozen=True, slots=True)
class ResponseRecord:
    """One response. `reasoning` is what the row states apart from `text`; "unknown" ends are not cut off.

    `model` is the model's name in the row, `response_id` that of the provider.
    """

    name: PromptName
    text: str
    reasoning: str = ""
    reasoning_kind: ReasoningKind = "none"
    finish_reason: str = UNKNOWN
    tokens: Tokens = field(default_factory=Tokens)
    model: str = ""
    response_id: str = ""


def finish_reason_of(value: Any) -> str:
    """Return our name of a provider's finish reason: stop, length or refusal; unknown for every other value."""
    return _FINISH_REASONS.get(value, UNKNOWN) if isinstance(value, str) else UNKNOWN


def count_of(value: Any) -> int | None:
    """Return a token count, or None for a value that is none."""
    return value if type(value) is int and 0 <= value < 2**31 else None


def text_of(value: Any) -> str:
    """Return an optional text; "" for every other value."""
    return value if isinstance(value, str) else ""


def chosen_sample(texts: list[Any], sample: int | None, name: str) -> int:
    """Return the 0-based index of the chosen one of several samples. Raises `LineError`."""
    if not texts:
        raise LineError(msg("'%(name)s' is empty", name=name))
    if sample is None and len(texts) > 1:
        raise LineError(
            msg("'%(name)s' holds %(n)s samples; choose one of them by its number", name=name, n=len(texts))
        )
    if sample is not None and sample > len(texts):
        raise LineError(
            msg("'%(name)s' holds %(n)s samples, and no sample %(sample)s", name=name, n=len(texts), sample=sample)
        )
    return (sample or 1) - 1


def refuse_other_samples(sample: int | None) -> None:
    """Raise `LineError` for a sample beyond the first of a row that has one response."""
    if sample is not None and sample > 1:
        raise LineError(
            msg("there is one response in it, and no sample %(sample)s; leave the sample out", sample=sample)
        )
