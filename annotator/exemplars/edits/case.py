"""Edits of the case of letters."""

import re
from collections.abc import Iterator

from annotator.constraints.case import CapitalWordFrequency, EnglishCapital, EnglishLowercase
from annotator.constraints.ifbench.ratio import stop_words
from annotator.constraints.messages import Unit, amount, msg
from annotator.constraints.parameters import AT_LEAST
from annotator.constraints.text_variants import TextVariant
from annotator.constraints.tokens import capital_token_spans
from annotator.exemplars.edits.change import Change
from annotator.exemplars.edits.units import unit_spans

_PLAIN_WORD = re.compile(r"(?<![\w'’<\[-])[A-Za-z]{2,}(?![\w'’>\]-])")
_SHORT = 5  # a word of fewer letters is emphasised only where the longer ones do not suffice
_LONGEST_ACRONYM = 3
_PUT = Unit("Put %(n)s word in capitals", "Put %(n)s words in capitals")
_TAKE = Unit("Take %(n)s word out of capitals", "Take %(n)s words out of capitals")


def to_capitals(checker: EnglishCapital, text: TextVariant) -> Iterator[Change]:
    yield Change(msg("Put all letters in capitals"), text.text.upper())


def to_lower_case(checker: EnglishLowercase, text: TextVariant) -> Iterator[Change]:
    yield Change(msg("Put all letters in lower case"), text.text.lower())


def change_capital_words(checker: CapitalWordFrequency, text: TextVariant) -> Iterator[Change]:
    """Put words in capitals, evenly through the text, or take words out of capitals, the longest first."""
    number = checker.comparison.threshold
    if checker.comparison.relation == AT_LEAST:
        yield from _more_capitals(text, number - text.capital_word_count)
    else:
        yield from _fewer_capitals(text, text.capital_word_count - number + 1)


def _more_capitals(text: TextVariant, missing: int) -> Iterator[Change]:
    words = [match.span() for match in _PLAIN_WORD.finditer(text.text) if not match.group().isupper()]
    longer = [span for span in words if span[1] - span[0] >= _SHORT]
    words = longer if len(longer) >= missing else words
    if len(words) >= missing:
        chosen = [words[index * len(words) // missing] for index in range(missing)]
        changed = _replaced(text.text, [(span, text.text[slice(*span)].upper()) for span in chosen])
        yield Change(amount(missing, _PUT), changed)


def _fewer_capitals(text: TextVariant, surplus: int) -> Iterator[Change]:
    starts = {low for low, _ in unit_spans(text)}
    spans = [span for span in capital_token_spans(text.text, text.sentences) if span[1] - span[0] > 1]
    chosen = sorted(spans, key=lambda span: span[0] - span[1])[:surplus]
    if len(chosen) == surplus:
        parts = [(span, _uncapitalised(text.text[slice(*span)], span[0] in starts)) for span in sorted(chosen)]
        yield Change(amount(surplus, _TAKE), _replaced(text.text, parts))


def _uncapitalised(word: str, first: bool) -> str:
    """Return the word in lower case; a short one may be an acronym and keeps its first capital."""
    acronym = len(word) <= _LONGEST_ACRONYM and word.lower() not in stop_words()
    return word.capitalize() if first or acronym else word.lower()


def _replaced(text: str, parts: list[tuple[tuple[int, int], str]]) -> str:
    pieces, position = [], 0
    for (start, end), new in parts:
        pieces += [text[position:start], new]
        position = end
    return "".join([*pieces, text[position:]])
