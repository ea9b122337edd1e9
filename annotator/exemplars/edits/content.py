"""Edits of content: placeholders made of what stands there, and a sentence moved into a postscript."""

import re
from collections.abc import Iterator

from annotator.constraints.content import NumberPlaceholders, Postscript
from annotator.constraints.messages import Unit, amount, msg, quoted
from annotator.constraints.text_variants import TextVariant
from annotator.exemplars.edits.change import Change, obeys
from annotator.exemplars.edits.units import framed, unit_spans, without, word_count

_POSTSCRIPT = re.compile(r"^([^\w\n]*)(?:P\.?[ ]?)?P\.?[ ]?S(?:\.|(?=[:,\s]))\.?:?", re.IGNORECASE | re.MULTILINE)
_SHORTEST_POSTSCRIPT = 4  # words; less is a greeting or a name
# What stands for one particular thing and could stand for another: a filled-in gap, a date, an address, a number, a
# name of several words, the value behind a label.
_PARTICULAR = re.compile(
    r"(?<!\[)(?:_{3,}|\b[\w.+-]{1,64}@[\w-]{1,64}\.\w{2,}|https?://[^\s)\]]+"
    r"|\b(?:January|February|March|April|May|June|July|August|September|October|November|December) \d{1,2}\b"
    r"|\b[A-Z][a-z]+(?: (?:of |the )?[A-Z][a-z]+)+|[$€£]?\d[\d.,:/-]*\d%?|(?<=[a-z,] )[A-Z][a-z]{2,}|\b\d\b)"
    r"(?![^\[\n]{0,80}\])"
)
_VALUE = re.compile(r"(?<=: )(?![^\[\n]{0,80}\])[^\[\]\n:]{2,60}$", re.MULTILINE)
_BRACKETED = Unit("Put %(n)s name or number in square brackets", "Put %(n)s names or numbers in square brackets")
_KNOWN = {"P.P.S": "P.P.S."}


def add_placeholders(checker: NumberPlaceholders, text: TextVariant) -> Iterator[Change]:
    """Put square brackets around numbers, dates, addresses and names; else around the values behind labels."""
    missing = checker.comparison.threshold - text.text.count("]")
    for pattern in (_PARTICULAR, _VALUE):
        for number in (missing, checker.comparison.threshold):
            changed, made = pattern.subn(lambda match: f"[{match[0].strip('_') or match[0]}]", text.text, number)
            if made and obeys(checker, changed, text):
                yield Change(amount(made, _BRACKETED), changed)
                break


def add_postscript(checker: Postscript, text: TextVariant) -> Iterator[Change]:
    """Write the marker of a postscript that stands there as it was required; else move one of the last sentences."""
    marker = _KNOWN.get(checker.marker, checker.marker)
    changed, made = _POSTSCRIPT.subn(lambda match: f"{match[1]}{marker}", text.text, 1)
    if made:
        yield Change(msg("Write the marker of the postscript as %(marker)s", marker=quoted(marker)), changed)
    head, body, tail = framed(text)
    units = [span for span in unit_spans(body) if body.text[span[1] - 1] in ".!?"]
    units = [span for span in units if word_count(body.text[slice(*span)]) >= _SHORTEST_POSTSCRIPT]
    for span in reversed(units[1:][-2:]):
        rest = without(body.text, [span]).rstrip()
        label = msg("Move a sentence of the text into a postscript marked %(marker)s", marker=quoted(marker))
        yield Change(label, f"{head}{rest}\n\n{marker} {body.text[slice(*span)]}{tail}")
