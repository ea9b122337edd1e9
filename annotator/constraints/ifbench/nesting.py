"""Checkers of IFBench's family `format` about brackets and quotation marks."""

import string
from collections.abc import Iterable

from annotator.constraints.checker import UndecidableError
from annotator.constraints.ifbench.finding import Finding, FixedChecker
from annotator.constraints.messages import Unit, amount, msg
from annotator.constraints.text_variants import TextVariant
from annotator.constraints.verdict import Span

_PAIRS = {")": "(", "]": "[", "}": "{"}
_BRACKET_LEVELS = 5
_QUOTE_LEVELS = 3
_LEVELS = Unit("%(n)s level", "%(n)s levels")
_STRAIGHT = str.maketrans("“”", '""')
_SURROUNDING = string.digits + string.punctuation.replace('"', "")


class Parentheses(FixedChecker):
    """Brackets of any kind five levels deep, whose innermost is closed by its own kind; a wrong one starts anew."""

    kind = "format:parentheses"
    label = msg("Nested brackets")
    requirement = msg("brackets nested at least five levels deep")

    def find(self, variant: TextVariant) -> Finding:
        opened: list[int] = []
        deepest = 0  # of the whole text, for the evidence
        reached = 0  # since the last wrong bracket
        for place, character in enumerate(variant.text):
            if character in _PAIRS.values():
                opened.append(place)
                reached = max(reached, len(opened))
                deepest = max(deepest, reached)
            elif character in _PAIRS:
                if not opened or variant.text[opened[-1]] != _PAIRS[character]:
                    opened, reached = [], 0
                    continue
                opened.pop()
                if reached >= _BRACKET_LEVELS:
                    outermost = opened[0] if opened else place
                    return Finding(True, amount(deepest, _LEVELS), [(outermost, place + 1)])
        return Finding(False, amount(deepest, _LEVELS), self._opened(opened), self._note(deepest))

    @staticmethod
    def _opened(opened: Iterable[int]) -> list[Span]:
        return [(place, place + 1) for place in opened]

    @staticmethod
    def _note(deepest: int) -> str:
        if deepest >= _BRACKET_LEVELS:
            return msg("five levels are opened, but the innermost is not closed by its own kind of bracket")
        return msg("%(found)s, at least %(n)d required", found=amount(deepest, _LEVELS), n=_BRACKET_LEVELS)


class Quotes(FixedChecker):
    """Straight quotation marks three levels deep, single and double in turn; an apostrophe counts as a single one."""

    kind = "format:quotes"
    label = msg("Nested quotation marks")
    requirement = msg("quotation marks nested at least three levels deep, double and single in turn")

    def find(self, variant: TextVariant) -> Finding:
        opened: list[int] = []
        deepest = 0
        for place, character in enumerate(variant.text):
            if opened and character == variant.text[opened[-1]]:
                start = opened.pop()
                if deepest - len(opened) >= _QUOTE_LEVELS:
                    return Finding(True, amount(deepest, _LEVELS), [(start, place + 1)])
            elif character in "\"'":
                opened.append(place)
                deepest = max(deepest, len(opened))
        if deepest >= _QUOTE_LEVELS:
            note = msg("three levels are opened, but not closed again")
        else:
            note = msg("%(found)s, at least %(n)d required", found=amount(deepest, _LEVELS), n=_QUOTE_LEVELS)
        return Finding(False, amount(deepest, _LEVELS), [(place, place + 1) for place in opened], note)


class QuoteUnquote(FixedChecker):
    """No two double quotation marks touch, white space aside, and none ends the text."""

    kind = "format:quote_unquote"
    label = msg("Explanation after each quotation")
    requirement = msg("every quotation is followed by words outside quotation marks")

    def find(self, variant: TextVariant) -> Finding:
        kept, places = self._without_white_space(variant.text)
        touching = kept.find('""')
        if touching >= 0:
            note = msg("a quotation mark follows another with nothing between them")
            return Finding(False, note, [(places[touching], places[touching + 1] + 1)], note)
        core = kept.strip(_SURROUNDING)
        if not core:
            raise UndecidableError(msg("there is only punctuation in the text, on which the official checker fails"))
        if core[-1] == '"':
            place = places[kept.rindex('"')]
            note = msg("the text ends with a quotation")
            return Finding(False, note, [(place, place + 1)], note)
        marks = [place for character, place in zip(kept, places, strict=True) if character == '"']
        observed = amount(len(marks), Unit("%(n)s quotation mark", "%(n)s quotation marks"))
        return Finding(True, observed, [(place, place + 1) for place in marks])

    @staticmethod
    def _without_white_space(text: str) -> tuple[str, list[int]]:
        """Return the text without white space and quotation marks in apostrophes, and the place of each character."""
        straight = text.translate(_STRAIGHT)
        places, start = [], 0
        while start < len(text):
            if straight.startswith("'\"'", start):
                start += 3
                continue
            if not text[start].isspace():
                places.append(start)
            start += 1
        return "".join(straight[place] for place in places), places
