"""Edits of length: cuts at the end of a sentence, joined and divided sentences."""

import re
from collections.abc import Iterator

from annotator.constraints.checker import Checker
from annotator.constraints.length import NumberSentences, NumberWords
from annotator.constraints.messages import msg
from annotator.constraints.parameters import AT_LEAST
from annotator.constraints.text_variants import TextVariant
from annotator.exemplars.edits.change import Change, obeys
from annotator.exemplars.edits.units import trimmed, uncapitalised

_MOST_JOINED = 3  # more sentences than these in one cannot be read
_SENTENCE_BREAK = re.compile(r"(?<=[a-z)\]\"”])[.!?](?=[^\S\n]+[\"“(]?[A-Z])")
_LINE_WITHOUT_STOP = re.compile(r"(?<=\w)(?=[*_\"”]{0,3}[^\S\n]{0,9}$)", re.MULTILINE)
_SEMICOLON = re.compile(r";\s+(\w)")
_CLAUSE = re.compile(r",\s+(and|but|so|while)(?= (?:I|you|he|she|it|we|they|this|that|there)\b)")


def cut_words(checker: NumberWords, text: TextVariant) -> Iterator[Change]:
    """Cut a text that is too long; nothing for one that is too short."""
    if checker.comparison.relation != AT_LEAST:
        yield from _cut(checker, text)


def change_sentences(checker: NumberSentences, text: TextVariant) -> Iterator[Change]:
    number = checker.comparison.threshold
    if checker.comparison.relation == AT_LEAST:
        yield from _divided(checker, text, number - len(text.sentences))
        return
    surplus = len(text.sentences) - number + 1
    if surplus <= _MOST_JOINED:
        yield from _joined(text, surplus)
    yield from _cut(checker, text)


def _cut(checker: Checker, text: TextVariant) -> Iterator[Change]:
    labels = (msg("Cut the text at the end of a sentence"), msg("Take sentences out before the last one"))
    for cut in trimmed(text, lambda changed: obeys(checker, changed, text)):
        label = labels[0] if text.text.startswith(cut.rstrip('" \n')) else labels[1]
        yield Change(label, cut)


def _joined(text: TextVariant, surplus: int) -> Iterator[Change]:
    """Join the last sentences of the text by semicolons."""
    breaks = list(_SENTENCE_BREAK.finditer(text.text))[-surplus:]
    if len(breaks) == surplus:
        changed = text.text
        for match in reversed(breaks):
            rest = changed[match.end() :]
            space = rest[: len(rest) - len(rest.lstrip())]
            changed = f"{changed[: match.start()]};{space}{uncapitalised(rest.lstrip())}"
        yield Change(msg("Join sentences with semicolons"), changed)


def _divided(checker: Checker, text: TextVariant, missing: int) -> Iterator[Change]:
    """End lines with full stops, then divide sentences at semicolons and before conjunctions, as far as necessary."""
    changed = text.text
    for pattern, replacement in _DIVISIONS:
        for number in (missing, 0):
            divided = pattern.sub(replacement, changed, count=number)
            if divided != changed and obeys(checker, divided, text):
                yield Change(msg("Divide the text into more sentences"), divided)
                return
        changed = divided


def _new_sentence(match: re.Match[str]) -> str:
    return f". {match[1].capitalize()}"


_DIVISIONS = ((_SEMICOLON, _new_sentence), (_CLAUSE, _new_sentence), (_LINE_WITHOUT_STOP, "."))
