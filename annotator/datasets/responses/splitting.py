"""Split rules of responses, as people write them and as they separate reasoning and answer.

The splitting itself is that of `annotator.constraints`.
"""

from dataclasses import dataclass

from annotator.constraints import Span, split_completion
from annotator.constraints.messages import msg, quoted
from annotator.datasets.responses.records import LENGTH, ReasoningKind, ResponseFileError, ResponseRecord

SEPARATE = "separate"
SPLIT_RULES = ("none", "markers", "think_tags", "prefix:TEXT", SEPARATE)
_PREFIX = "prefix:"
_PREFIX_CAP = 100  # characters


@dataclass(frozen=True, slots=True)
class Parts:
    """A response in its parts. `answer_span` is in the response's text; the completion has the reasoning before it."""

    completion: str
    reasoning: str
    reasoning_kind: ReasoningKind
    answer: str
    answer_span: Span
    status: str


@dataclass(frozen=True, slots=True)
class SplitRule:
    """none, markers, think_tags, separate, or prefix with the text that begins the reasoning."""

    how: str
    prefix: str | None = None

    @classmethod
    def parse(cls, text: str) -> "SplitRule":
        """Read a rule as it is written, such as `prefix:Thought:`. Raises `ResponseFileError`."""
        prefix = text.removeprefix(_PREFIX).strip() if text.startswith(_PREFIX) else ""
        if prefix and text not in SPLIT_RULES and len(prefix) <= _PREFIX_CAP:
            return cls("prefix", prefix)
        if text not in SPLIT_RULES or prefix:
            values = {"rule": quoted(text), "known": ", ".join(SPLIT_RULES)}
            raise ResponseFileError(msg("unknown split rule %(rule)s; known rules: %(known)s.", **values))
        return cls(text)

    def __str__(self) -> str:
        return self.how if self.prefix is None else f"{_PREFIX}{self.prefix}"

    def split(self, record: ResponseRecord) -> Parts:
        """Split a response; reasoning that the file states apart stays reasoning under every rule."""
        truncated, apart = record.finish_reason == LENGTH, record.reasoning_kind != "none"
        how = "none" if self.how == SEPARATE else self.how
        split = split_completion(
            record.text, how, thought_prefix=self.prefix, truncated=truncated, reasoned=apart or self.how == SEPARATE
        )
        reasoning = _joined(record.reasoning, split.reasoning)
        return Parts(
            completion=_joined(record.reasoning, record.text),
            reasoning=reasoning,
            reasoning_kind=record.reasoning_kind if apart else "raw" if reasoning else "none",
            answer=split.answer,
            answer_span=split.answer_span,
            status="truncated" if apart and truncated and split.status == "empty" else split.status,
        )


def _joined(reasoning: str, text: str) -> str:
    return "\n\n".join(part for part in (reasoning, text) if part)
