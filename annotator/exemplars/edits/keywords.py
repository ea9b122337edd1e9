"""Edits of words that a text must not have, or must have less often."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from annotator.constraints import Span
from annotator.constraints.checker import Checker
from annotator.constraints.keywords import ForbiddenWords, KeywordFrequency, LetterFrequency
from annotator.constraints.messages import Unit, amount, msg, quoted
from annotator.constraints.parameters import AT_LEAST
from annotator.constraints.text_variants import TextVariant
from annotator.exemplars.edits.change import Change
from annotator.exemplars.edits.units import framed, unit_spans, without, word_count

_SMALLEST_REST = 0.4  # of the words; where less would be left, sentences are no minimal edit
_STOP_AT_END = re.compile(r"(?<=[\w)])\.(?=[\"”’*)]*(?:\s|$))")
_EXCLAIMED = Unit("End %(n)s sentence with an exclamation mark", "End %(n)s sentences with an exclamation mark")
_TAKEN_OUT = Unit("Take out %(n)s sentence", "Take out %(n)s sentences")


def take_out_forbidden(checker: ForbiddenWords, text: TextVariant) -> Iterator[Change]:
    spans = _evidence(checker, text)
    yield from _without_sentences(text, spans)
    yield Change(msg("Take the forbidden words out"), without(text.text, spans))


def take_out_surplus(checker: KeywordFrequency, text: TextVariant) -> Iterator[Change]:
    """Take out the last occurrences where a keyword occurs too often; nothing is invented where it is too rare."""
    if checker.comparison.relation == AT_LEAST:
        return
    spans = _evidence(checker, text)[max(0, checker.comparison.threshold - 1) :]
    yield from _without_sentences(text, spans)
    label = msg("Take %(word)s out where it occurs too often", word=quoted(checker.keyword))
    yield Change(label, without(text.text, spans))


def change_letters(checker: LetterFrequency, text: TextVariant) -> Iterator[Change]:
    """Take out sentences with a letter that occurs too often; turn full stops into the exclamation marks missing."""
    if checker.comparison.relation != AT_LEAST:
        yield from _without_letter(checker, text)
    elif checker.letter == "!":
        missing = checker.comparison.threshold - text.text.count("!")
        changed, made = _STOP_AT_END.subn("!", text.text, missing)
        if made == missing:
            yield Change(amount(made, _EXCLAIMED), changed)


def _without_letter(checker: LetterFrequency, text: TextVariant) -> Iterator[Change]:
    """Take out the sentences with the most occurrences for their length until few enough are left."""
    head, body, tail = framed(text)
    surplus = body.lowered.count(checker.letter) - checker.comparison.threshold + 1
    counted = [(body.text[low:high].lower().count(checker.letter), (low, high)) for low, high in unit_spans(body)]
    with_letter = [(number, span) for number, span in counted if number]
    removed: list[Span] = []
    for number, span in sorted(with_letter, key=lambda pair: -pair[0] / (pair[1][1] - pair[1][0])):
        if surplus <= 0:
            break
        removed.append(span)
        surplus -= number
    rest = without(body.text, removed)
    if surplus <= 0 and _enough_left(rest, text):
        yield Change(amount(len(removed), _TAKEN_OUT), f"{head}{rest}{tail}")


def _evidence(checker: Checker, text: TextVariant) -> list[Span]:
    return sorted(set(checker.explain(text, False, "").spans))


def _without_sentences(text: TextVariant, spans: Sequence[Span]) -> Iterator[Change]:
    """Yield the text without the sentences that hold a span, where most of the text is left."""
    lows = [low for low, _ in spans]
    units = [unit for unit in unit_spans(text) if bisect_left(lows, unit[0]) < bisect_left(lows, unit[1])]
    rest = without(text.text, units)
    if units and _enough_left(rest, text):
        yield Change(amount(len(units), _TAKEN_OUT), rest)


def _enough_left(rest: str, text: TextVariant) -> bool:
    return word_count(rest) >= max(1, _SMALLEST_REST * text.word_count)
