"""Edits of paragraphs and responses: dividers, and the first word of a paragraph."""

import re
from collections.abc import Iterator

from annotator.constraints.combination import RepeatPrompt, TwoResponses
from annotator.constraints.length import NthParagraphFirstWord, NumberParagraphs
from annotator.constraints.messages import Unit, amount, msg, quoted
from annotator.constraints.text_variants import TextVariant
from annotator.exemplars.edits.change import Change
from annotator.exemplars.edits.units import RULER, blocks, framed, merged_to, split_to, uncapitalised, word_count

_PARAGRAPHS = Unit("Make the text %(n)s paragraph", "Divide the text into %(n)s paragraphs by ***")
_MOST = 100
_MOST_PIECES = 1_000
_STARS = re.compile(r"\*{3,}")
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_SECOND = re.compile(
    r"^[#* \t]{0,9}(?:(?:response|answer|version|option|alternative|poem|name)\s*(?:2|two|b)\b"
    r"|(?:second|alternative) (?:response|answer|version)\b)",
    re.IGNORECASE | re.MULTILINE,
)
_EMPHASIS = re.compile(r"\A([*_]{1,3})(\w+)\1")
_LONGEST_HEAD = 30  # words
_SEPARATOR = "******"


def part_paragraphs(checker: NumberParagraphs, text: TextVariant) -> Iterator[Change]:
    """Put *** between paragraphs: between those that rulers part already, or else between groups of blocks."""
    if not 0 < checker.number <= _MOST:
        return
    head, body, tail = framed(text)
    parted = [_STARS.sub("**", piece).strip() for piece in RULER.split(body.text)]
    pieces = [piece for piece in parted if piece]
    if len(pieces) == 1:
        pieces = blocks(pieces[0])
    if len(pieces) > _MOST_PIECES:
        return
    pieces = split_to(merged_to(pieces, checker.number, "\n\n"), checker.number, text)
    if len(pieces) == checker.number:
        label = amount(checker.number, _PARAGRAPHS)
        yield Change(label, head + "\n\n***\n\n".join(pieces) + tail)


def begin_paragraph(checker: NthParagraphFirstWord, text: TextVariant) -> Iterator[Change]:
    """Bring the text to its number of paragraphs, and put the word before the one that must begin with it."""
    if not 0 < checker.number <= _MOST:
        return
    head, body, tail = framed(text)
    pieces = [piece.strip() for piece in _BLANK_LINES.split(body.text) if piece.strip()]
    if len(pieces) > _MOST_PIECES:
        return
    if len(pieces) != checker.number:
        pieces = split_to(merged_to(pieces, checker.number, "\n"), checker.number, text)
        pieces = [_BLANK_LINES.sub("\n", piece) for piece in pieces]
    if len(pieces) != checker.number or not checker.word.strip():
        return
    nth = pieces[checker.nth - 1]
    bare = _EMPHASIS.sub(r"\2", nth.lstrip("#>-•“‘ \t"), count=1)
    for joint in (", ", " - "):
        pieces[checker.nth - 1] = _beginning(bare, nth, checker.word, joint)
        label = msg("Begin paragraph %(nth)d with %(word)s", nth=checker.nth, word=quoted(checker.word))
        yield Change(label, head + "\n\n".join(pieces) + tail)


def _beginning(bare: str, paragraph: str, word: str, joint: str) -> str:
    """Return the paragraph as it is, without its marks, or with the word before it."""
    if re.match(rf"{re.escape(word)}(?=[\s.,?!'\"]|$)", paragraph, re.IGNORECASE):
        return paragraph
    if re.match(rf"{re.escape(word)}(?=[\s.,?!'\"]|$)", bare, re.IGNORECASE):
        return bare
    return f"{word.capitalize()}{joint}{uncapitalised(paragraph)}"


def part_responses(checker: TwoResponses, text: TextVariant) -> Iterator[Change]:
    """Put ****** where another separator, or the head of a second response, stands already."""
    pieces = [piece.strip() for piece in text.text.split(_SEPARATOR) if piece.strip()]
    for candidate in (_headed(pieces), _by_rulers(text.text), _by_head(text.text)):
        if len(candidate) == 2 and candidate[0] != candidate[1]:
            label = msg("Put %(separator)s between the two responses", separator=_SEPARATOR)
            yield Change(label, f"{candidate[0]}\n\n{_SEPARATOR}\n\n{candidate[1]}")


def _headed(pieces: list[str]) -> list[str]:
    """Join a heading or an announcement in front, which has a separator of its own, to what it stands before."""
    if len(pieces) == 3 and word_count(pieces[0]) <= min(_LONGEST_HEAD, word_count(pieces[1]) / 3):
        return [f"{pieces[0]}\n\n{pieces[1]}", pieces[2]]
    return pieces


def _by_rulers(text: str) -> list[str]:
    return _headed([piece.strip() for piece in RULER.split(text.replace(_SEPARATOR, "\n***\n")) if piece.strip()])


def _by_head(text: str) -> list[str]:
    bare = text.replace(_SEPARATOR, "")
    match = _SECOND.search(bare)
    return [bare[: match.start()].strip(), bare[match.start() :].strip()] if match and match.start() else []


def repeat_request(checker: RepeatPrompt, text: TextVariant) -> Iterator[Change]:
    """Take out what stands before the repeated request; else put the request before the text."""
    at = text.lowered.find(checker.request)
    if at > 0 and len(text.lowered) == len(text.text):
        yield Change(msg("Take out what stands before the request"), text.text[at:])
    yield Change(msg("Put the request before the text"), f"{checker.spelled}\n\n{text.stripped}")
