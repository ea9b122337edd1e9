"""Edits of punctuation: commas, quotation marks around the text, its closing phrase."""

import re
from collections.abc import Iterator

from annotator.constraints.messages import msg, quoted
from annotator.constraints.punctuation import NoComma
from annotator.constraints.startend import EndPhrase, Quotation
from annotator.constraints.text_variants import TextVariant
from annotator.exemplars.edits.change import Change
from annotator.exemplars.edits.units import framed, word_count

_INSIDE_NUMBER = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_TOUCHING = re.compile(r"(?<=\w),(?=\w)")
_LONGEST_TALK = 30  # so many words after the closing phrase are taken for talk that may go


def take_out_commas(checker: NoComma, text: TextVariant) -> Iterator[Change]:
    """Drop the commas: 1,000 becomes 1000, and words that only a comma separated get a space."""
    numbers = _INSIDE_NUMBER.sub("", text.text)
    yield Change(msg("Take the commas out"), _TOUCHING.sub(" ", numbers).replace(",", ""))


def wrap_in_quotation_marks(checker: Quotation, text: TextVariant) -> Iterator[Change]:
    start, end = text.core
    body = text.stripped
    if body[0] in "“”" and body[-1] in "“”" and len(body) > 1:
        body = body[1:-1]
    odd = body.count('"') % 2 == 1
    first = "" if odd and body.startswith('"') else '"'
    last = "" if odd and body.endswith('"') else '"'
    changed = f"{text.text[:start]}{first}{body}{last}{text.text[end:]}"
    yield Change(msg("Wrap the answer in double quotation marks"), changed)


def add_end_phrase(checker: EndPhrase, text: TextVariant) -> Iterator[Change]:
    """Cut what little follows the phrase; else add the phrase, inside closing quotation marks."""
    head, body, tail = framed(text)
    at = body.lowered.rfind(checker.phrase.lower())
    end = at + len(checker.phrase)
    if at >= 0 and len(body.lowered) == len(body.text) and word_count(body.text[end:]) <= _LONGEST_TALK:
        label = msg("Take out what follows %(phrase)s", phrase=quoted(checker.phrase))
        yield Change(label, f"{head}{body.text[:end]}{tail}")
    label = msg("Add the phrase %(phrase)s at the end", phrase=quoted(checker.phrase))
    yield Change(label, f"{head}{body.text.rstrip()}\n\n{checker.phrase}{tail}")
