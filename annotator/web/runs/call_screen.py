"""Template values of model calls: messages, settings of the request, reply, labels and tools."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotator.runs.models import ModelCall
from annotator.runs.selectors import CallWithMessages, SentMessage
from annotator.web.runs.decision_words import chosen_name

_LONG = 1_200  # characters from which a message is folded
_TURNS_SHOWN = 4  # messages of a conversation that are shown without folding the earlier ones together
_EXCERPT = 90  # characters of a reply in the line that opens its call


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """One message of a call. `continued` is a turn of the assistant that the model went on from."""

    role: str
    text: str
    continued: bool

    @property
    def folded(self) -> bool:
        return len(self.text) > _LONG


@dataclass(frozen=True, slots=True)
class ShownCall:
    """One model call. `taken` says that its text is the one that the strategy took."""

    call: ModelCall
    earlier: Sequence[ShownMessage]
    messages: Sequence[ShownMessage]
    sampling: Sequence[tuple[str, Any]]
    taken: bool

    @property
    def step(self) -> str:
        return chosen_name(self.call.step)

    @property
    def excerpt(self) -> str:
        """The first words of the reply, on one line."""
        line = " ".join(self.call.text[: 4 * _EXCERPT].split())
        return line[:_EXCERPT] + "…" * (len(line) > _EXCERPT or len(self.call.text) > 4 * _EXCERPT)

    @property
    def thinking(self) -> Mapping[str, Any] | None:
        return self.call.thinking if isinstance(self.call.thinking, Mapping) else None

    @property
    def probabilities(self) -> Sequence[tuple[str, float]]:
        """(label, probability), the likeliest first."""
        stored = self.call.probabilities or {}
        return sorted(stored.items(), key=lambda item: -item[1])

    @property
    def tool_calls(self) -> Sequence[tuple[str, str]]:
        """(tool, its arguments as JSON) of each call of a tool that the model requested."""
        return [
            (str(row.get("name", "")), json.dumps(row.get("arguments", {}), ensure_ascii=False, indent=1))
            for row in self.call.tool_calls
        ]


def shown_calls(rows: Sequence[CallWithMessages], sampling: Mapping[str, Any], chose: str) -> Sequence[ShownCall]:
    """The calls in order; `sampling` is the run's, `chose` the step whose text was taken, "" if none is named."""
    return [_shown(row, sampling, chose) for row in rows]


def _shown(row: CallWithMessages, sampling: Mapping[str, Any], chose: str) -> ShownCall:
    messages = [_message(message, last=message is row.messages[-1]) for message in row.messages]
    start = _last_request(messages) if len(messages) > _TURNS_SHOWN else 0
    return ShownCall(
        call=row.call,
        earlier=messages[:start],
        messages=messages[start:],
        sampling=[(name, value) for name, value in row.call.sampling.items() if sampling.get(name) != value],
        taken=bool(chose) and row.call.step == chose and not row.call.error,
    )


def _last_request(messages: Sequence[ShownMessage]) -> int:
    """Where the last message of the user is, which a turn that the model continues may follow."""
    return max((place for place, message in enumerate(messages) if message.role == "user"), default=0)


def _message(message: SentMessage, *, last: bool) -> ShownMessage:
    return ShownMessage(message.role, message.text, continued=last and message.role == "assistant")
