"""Layout of a recorded answer in tokens: the columns of the prompt, and the rows of the answer.

Owns the way from characters to tokens. A recorded text is tokenized again: the tokens may differ from those that were
generated, and `Layout.retokenized` says by how many. Knows no weights.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workers.attention.probe import ProbedSequence
from workers.engine.local.chat_template import ChatTemplate
from workers.engine.protocol import Request

SINK, TEXT, TEMPLATE, CONSTRAINTS = "sink", "text", "template", "constraints"
"""Groups of columns: the first token; the prompt's words that state no constraint; what is neither prompt nor first,
the chat template and exemplars; all constraints together. Each constraint is a group of its own, `constraint_name`."""
_FILLER = " ."
Span = tuple[int, int]


class LayoutError(ValueError):
    """A recorded answer that cannot be laid out in tokens; one sentence."""


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """The model call that gave an answer: its request, its text, and the prompt, reasoning and answer within.

    `spans` are those of the constraints in the prompt, None where it is not known. `completion_tokens` is the number
    that was generated, 0 where it is not known.
    """

    request: Request
    text: str
    prompt: str
    spans: Sequence[Span | None]
    answer: str
    reasoning: str = ""
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """A sequence to be probed. `places` are the characters [start, end) of the prompt that each column writes, None
    for one of the template; `steps` those of the answer that each row predicts.
    """

    sequence: ProbedSequence
    places: Sequence[Span | None]
    steps: Sequence[Span]
    retokenized: int


def constraint_name(position: int) -> str:
    """The group of the constraint at that position of the prompt."""
    return f"constraint {position}"


def lay_out(recorded: RecordedAnswer, tokenizer: Any, template: ChatTemplate, *, filler: bool = False) -> Layout:
    """Lay out an answer. With `filler` the tokens of the reasoning are replaced by as many full stops.

    Raises LayoutError, and what the chat template raises.
    """
    if not tokenizer.is_fast:
        raise LayoutError("This model's tokenizer gives no character offsets, so no word can be found in its tokens.")
    written = template.written(recorded.request)
    begun = recorded.request.messages[-1].content if recorded.request.continues else ""
    prompt_ids, prompt_places = _tokens(tokenizer, written)
    text = recorded.text.removeprefix(template.open_block(prompt_ids))
    text_ids, text_places = _tokens(tokenizer, text)
    columns = _before(prompt_places, len(written) - len(begun))
    prompt_start = _prompt_start(written, recorded)
    places = [
        _inside(place, prompt_start, len(recorded.prompt.strip()), _lead(recorded.prompt))
        for place in prompt_places[:columns]
    ]
    answer = _span_of(text, recorded.answer, last=True)
    if answer is None:
        raise LayoutError("The answer does not stand in the text of its model call word for word.")
    written_by = [number for number, place in enumerate(text_places) if _overlap(place, answer)]
    rows = [len(prompt_ids) + number - 1 for number in written_by]
    steps = [(max(0, text_places[number][0] - answer[0]), text_places[number][1] - answer[0]) for number in written_by]
    if not rows:
        raise LayoutError("The answer has no tokens.")
    ids = [*prompt_ids, *text_ids[: written_by[-1] + 1]]
    if filler:
        ids = _with_filler(ids, prompt_places, text_places, written, text, begun, recorded, tokenizer)
    return Layout(
        sequence=ProbedSequence(ids[: rows[-1] + 1], rows, columns, _groups(places, recorded.spans)),
        places=places,
        steps=steps,
        retokenized=len(text_ids) - recorded.completion_tokens if recorded.completion_tokens else 0,
    )


def _tokens(tokenizer: Any, text: str) -> tuple[list[int], list[Span]]:
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    return list(encoded["input_ids"]), [(start, end) for start, end in encoded["offset_mapping"]]


def _before(places: Sequence[Span], end: int) -> int:
    """How many tokens stand before character `end`."""
    return next((number for number, place in enumerate(places) if place[0] >= end), len(places))


def _prompt_start(written: str, recorded: RecordedAnswer) -> int:
    """Where the prompt, without white space around it, begins in the written conversation.

    The messages are looked for one after the other: a completion may repeat its prompt, and exemplars come before it.
    """
    prompt, position, found = recorded.prompt.strip(), 0, -1
    for message in recorded.request.messages:
        content = message.content.strip()
        place = written.find(content, position)
        if place < 0:
            continue
        position = place + len(content)
        if message.role == "user" and prompt in content:
            found = place + content.index(prompt)
    if found < 0 or not prompt:
        raise LayoutError("The prompt does not stand in the messages of its model call word for word.")
    return found


def _lead(prompt: str) -> int:
    return len(prompt) - len(prompt.lstrip())


def _inside(place: Span, start: int, length: int, lead: int) -> Span | None:
    """The characters of the prompt that a token writes, None for a token outside of it."""
    low, high = max(place[0], start), min(place[1], start + length)
    return (low - start + lead, high - start + lead) if low < high else None


def _span_of(text: str, part: str, *, last: bool) -> Span | None:
    part = part.strip()
    start = text.rfind(part) if last else text.find(part)
    return (start, start + len(part)) if part and start >= 0 else None


def _overlap(place: Span, span: Span) -> bool:
    return place[0] < span[1] and span[0] < place[1]


def _groups(places: Sequence[Span | None], spans: Sequence[Span | None]) -> Mapping[str, list[int]]:
    """The columns of each group. The first column is the sink alone, and no part of a constraint."""
    inside = {
        constraint_name(position): [
            number for number, place in enumerate(places) if number and place and span and _overlap(place, span)
        ]
        for position, span in enumerate(spans)
    }
    stated = {number for members in inside.values() for number in members}
    rest = [number for number in range(1, len(places)) if number not in stated]
    return {
        SINK: [0],
        TEMPLATE: [number for number in rest if places[number] is None],
        TEXT: [number for number in rest if places[number] is not None],
        CONSTRAINTS: sorted(stated),
        **inside,
    }


def _with_filler(
    ids: list[int],
    prompt_places: Sequence[Span],
    text_places: Sequence[Span],
    written: str,
    text: str,
    begun: str,
    recorded: RecordedAnswer,
    tokenizer: Any,
) -> list[int]:
    """The tokens with full stops in place of those of the reasoning, wherever it stands: in the turn that the request
    begins, in the completion, or in both.
    """
    [*_, stop] = tokenizer(_FILLER, add_special_tokens=False)["input_ids"]
    whole = begun + text
    span = _span_of(whole, recorded.reasoning, last=False)
    if span is None:
        raise LayoutError("There is no reasoning in the model call of this answer to put filler in the place of.")
    offset = len(written) - len(begun)
    places = [
        *((start - offset, end - offset) for start, end in prompt_places),
        *((start + len(begun), end + len(begun)) for start, end in text_places),
    ]
    return [
        stop if place[0] >= 0 and _overlap(place, span) else token for token, place in zip(ids, places, strict=False)
    ]
