"""Checkers of the family `combination`: the request repeated first; two responses."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from annotator.constraints.checker import Checker, Explanation
from annotator.constraints.excerpts import word_end, word_start
from annotator.constraints.messages import Unit, amount, joined, msg, quoted, sentence
from annotator.constraints.near_dividers import long_row, numbered_responses, response_separators
from annotator.constraints.parameters import Parameter, Text
from annotator.constraints.text_variants import TextVariant
from annotator.constraints.verdict import Span

_SEPARATOR = "******"
_SHORTEST_REPETITION = 15  # characters


class RepeatPrompt(Checker):
    """The text begins with the request, in any case; any text may follow."""

    kind = "combination:repeat_prompt"
    label = msg("Repeats the request")
    parameters: ClassVar[tuple[Parameter, ...]] = (Text("prompt_to_repeat"),)
    random_where_missing = False

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.spelled = kwargs["prompt_to_repeat"].strip()
        self.request = self.spelled.lower()

    @classmethod
    def missing(cls, values: Mapping[str, Any]) -> str | None:
        return None if values.get("prompt_to_repeat") else "prompt_to_repeat"

    @property
    def required(self) -> str:
        return msg("the request first, word for word: %(request)s", request=quoted(self.spelled))

    @property
    def title(self) -> str:
        return msg("Repeats the request word for word, then answers")

    def obeys(self, variant: TextVariant) -> bool:
        return variant.stripped.lower().startswith(self.request)

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        start, end = variant.core
        if not obeyed:
            return self._violation(variant)
        foreign = bool(prompt) and self.request not in prompt.lower()
        note = msg("the request to repeat is not, letter for letter, a part of the prompt") if foreign else ""
        stop = min(end, start + len(self.request))
        return Explanation(msg("the request is repeated"), [(start, stop)] if start < stop else [], note)

    def _violation(self, variant: TextVariant) -> Explanation:
        """Show the request where it stands later in the text, else where the text parts from it."""
        start, end = variant.core
        text = variant.text[start:end]
        lowered = text.lower() if len(text.lower()) == len(text) else text
        place = lowered.find(self.request)
        if place >= 0:
            note = msg(
                "the request stands at character %(n)d, after %(before)s, and must come first",
                n=start + place + 1,
                before=quoted(text[:place]),
            )
            at = start + place
            return Explanation(msg("the request is repeated, but not first"), [(at, at + len(self.request))], note)
        same = word_start(self.request, _common_prefix(lowered, self.request))
        begins = quoted(text[:60], 30)
        if not same:
            note = msg("the text begins with %(found)s, %(asked)s asked", found=begins, asked=quoted(self.spelled, 30))
            note = joined(note, self._later_part(lowered))
            observed = msg("the request is not repeated")
        else:
            observed = msg("the request up to character %(n)d", n=same)
            expected = quoted(self.spelled[same:], 30)
            note = msg(
                "the text parts from the request at character %(n)d, where %(expected)s is asked",
                n=same + 1,
                expected=expected,
            )
        at = min(start + same, end - 1)
        spaces = msg("it repeats the request but for white space") if self._spaced_otherwise(lowered) else ""
        return Explanation(observed, [(at, word_end(variant.text, at + 1))], joined(note, spaces))

    def _later_part(self, text: str) -> str:
        """Say that the first line of the text repeats the request from somewhere in its middle."""
        line = text.partition("\n")[0].strip()
        if len(line) < _SHORTEST_REPETITION or line not in self.request:
            return ""
        start = self.request.find(line)
        if self.request[start + len(line) :].strip():
            end = start + len(line)
            return msg("its first line repeats characters %(n)d to %(end)d of the request alone", n=start + 1, end=end)
        return msg("its first line repeats the request from character %(n)d on", n=start + 1)

    def _spaced_otherwise(self, text: str) -> bool:
        return " ".join(text.split()).startswith(" ".join(self.request.split()))


def _common_prefix(left: str, right: str) -> int:
    for index, (left_character, right_character) in enumerate(zip(left, right, strict=False)):
        if left_character != right_character:
            return index
    return min(len(left), len(right))


class TwoResponses(Checker):
    """Two different texts separated by six asterisks; a seventh asterisk belongs to the second text."""

    kind = "combination:two_responses"
    label = msg("Two responses")

    @property
    def required(self) -> str:
        return msg("two different responses parted by %(separator)s", separator=_SEPARATOR)

    @property
    def title(self) -> str:
        return sentence(self.required)

    def obeys(self, variant: TextVariant) -> bool:
        pieces = variant.text.split(_SEPARATOR)
        if any(not piece.strip() for piece in pieces[1:-1]):
            return False
        filled = [piece.strip() for piece in pieces if piece.strip()]
        return len(filled) == 2 and filled[0] != filled[1]

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        pieces = variant.text.split(_SEPARATOR)
        filled = [piece.strip() for piece in pieces if piece.strip()]
        observed = amount(len(filled), Unit("%(n)s response", "%(n)s responses"))
        spans = _separators(pieces)
        if obeyed:
            longer = any(piece.startswith("*") for piece in pieces[1:])
            odd = (
                msg("more than six asterisks part the responses, which the official checker lets pass")
                if longer
                else ""
            )
            return Explanation(observed, spans, odd)
        if any(not piece.strip() for piece in pieces[1:-1]):
            other = msg("%(found)s, 2 asked", found=observed) if len(filled) != 2 else ""
            empty = msg("there is nothing between two separators %(separator)s", separator=_SEPARATOR)
            return Explanation(observed, spans, joined(other, empty, long_row(variant.text)))
        if len(filled) == 2:
            return Explanation(msg("2 equal responses"), spans, msg("the two responses are the same"))
        note = msg("%(found)s parted by %(separator)s, 2 asked", found=observed, separator=_SEPARATOR)
        marks = next((piece for piece in filled if not re.search(r"\w", piece)), "")
        if marks and len(filled) > 2:
            note = joined(note, msg("%(found)s has no words in it, and counts as a response", found=quoted(marks, 40)))
        near = response_separators(variant.text)
        if not near.note and len(filled) < 2:
            near = numbered_responses(variant.text)
        return Explanation(observed, spans or near.spans, joined(note, near.note))


def _separators(pieces: list[str]) -> list[Span]:
    spans, position = [], 0
    for piece in pieces[:-1]:
        position += len(piece)
        spans.append((position, position + len(_SEPARATOR)))
        position += len(_SEPARATOR)
    return spans
