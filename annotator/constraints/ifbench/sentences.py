"""Sentences as IFBench's official code splits them: at every `.`, `?` and `!` that no rule protects.

Owns the rules (titles, initials, abbreviations, decimal numbers, ellipses, closing quotation marks) and where a
sentence stands in the text. Every step keeps the length of the text, so that offsets stay valid: a protected full stop
becomes a marker. Knows no kind.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from annotator.constraints.verdict import Span

_STARTER = r"(?:Mrs?|Ms|Dr|Prof|Capt|Cpt|Lt|(?:He|She|It|They|Their|Our|We|But|However)\s|That\s|This\s|Wherever)"
_COMPANY = r"(?:Inc|Ltd|Jr|Sr|Co)"
_TITLE = re.compile(r"(?:Mrs?|St|Ms|Dr)\.")
_ADDRESS = re.compile(r"\.(?:com|net|org|io|gov|edu|me)")
_DECIMAL = re.compile(r"[0-9]\.[0-9]")
_ELLIPSIS = re.compile(r"\.{2,}")
_DOCTORATE = re.compile(r"Ph\.D\.")
_LONE_LETTER = re.compile(r"\s([A-Za-z]\. )")
_ACRONYM_BEFORE_STARTER = re.compile(rf"([A-Z]\.[A-Z]\.(?:[A-Z]\.)?) ({_STARTER})")
_THREE_INITIALS = re.compile(r"[A-Za-z]\.[A-Za-z]\.[A-Za-z]\.")
_TWO_INITIALS = re.compile(r"[A-Za-z]\.[A-Za-z]\.")
_COMPANY_BEFORE_STARTER = re.compile(rf"( {_COMPANY})\. ({_STARTER})")
_COMPANY_STOP = re.compile(rf" {_COMPANY}\.")
_INITIAL = re.compile(r" [A-Za-z]\.")
_INWARD = (".”", '."', '!"', '?"')

_MAY_END = re.compile("[.?!]|<stop>|<prd>")
_LONGEST_CACHED = 200  # lines, and short answers whose loose variants share them
# Texts that the official code uses as its own markers: in a response they work like those.
_LITERAL_STOP = "<prd>"
_LITERAL_END = "<stop>"


class Sentence(NamedTuple):
    """A sentence, and its span; `text` has a closing quotation mark before the full stop instead of after it."""

    text: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        return self.start, self.end


class _Markers(NamedTuple):
    """Four characters that do not occur in the text."""

    stop: str  # a full stop that ends no sentence
    final: str  # a full stop that ends a sentence, though no other rule sees it
    gap: str  # a space before which a sentence ends
    dropped: str  # a full stop that ends a sentence and is no part of it


def split_sentences(text: str) -> Sequence[Sentence]:
    """Return the sentences in order; `\\n` is a space, and the last is left out where it is empty."""
    if not _MAY_END.search(text):
        start = len(text) - len(text.lstrip())
        whole = Sentence(text.strip().replace("\n", " "), start, len(text.rstrip()))
        return (whole,) if whole.text else ()
    return _cached_split(text) if len(text) <= _LONGEST_CACHED else _split(text)


def _split(text: str) -> tuple[Sentence, ...]:
    markers = _Markers(*_absent_characters(text, 4))
    marked = _marked(f" {text}  ".replace("\n", " "), markers)
    sentences = tuple(_sentence(marked, start, end, markers, len(text)) for start, end in _pieces(marked, markers))
    return sentences if sentences[-1].text else sentences[:-1]


_cached_split = lru_cache(maxsize=1 << 12)(_split)


def _absent_characters(text: str, number: int) -> Iterator[str]:
    """Yield characters for private use that the text does not have; there are more than a text can hold."""
    present = set(text)
    absent = (chr(code) for code in range(0xE000, 0x110000) if chr(code) not in present)
    return (next(absent) for _ in range(number))


def _marked(text: str, markers: _Markers) -> str:
    """Return the text with markers, of the same length."""
    protected = _protecting(markers.stop)
    for pattern in (_TITLE, _ADDRESS, _DECIMAL):
        text = pattern.sub(protected, text)
    text = _ELLIPSIS.sub(lambda match: markers.stop * (len(match[0]) - 1) + markers.final, text)
    text = _DOCTORATE.sub(protected, text)
    text = _LONE_LETTER.sub(lambda match: " " + match[1].replace(".", markers.stop), text)
    text = _ACRONYM_BEFORE_STARTER.sub(lambda match: match[1] + markers.gap + match[2], text)
    for pattern in (_THREE_INITIALS, _TWO_INITIALS):
        text = pattern.sub(protected, text)
    text = _COMPANY_BEFORE_STARTER.sub(lambda match: match[1] + markers.dropped + " " + match[2], text)
    for pattern in (_COMPANY_STOP, _INITIAL):
        text = pattern.sub(protected, text)
    for outward in _INWARD:
        text = text.replace(outward, outward[::-1])
    return text


def _protecting(stop: str) -> Callable[[re.Match[str]], str]:
    return lambda match: match[0].replace(".", stop)


def _pieces(marked: str, markers: _Markers) -> Iterator[Span]:
    start = 0
    ends = re.compile(rf"[.?!{markers.final}]|(?={markers.gap})|{markers.dropped}|{_LITERAL_END}")
    for match in ends.finditer(marked):
        yield start, match.start() if match[0] == _LITERAL_END else match.end()
        start = match.end()
    yield start, len(marked)


def _sentence(marked: str, start: int, end: int, markers: _Markers, length: int) -> Sentence:
    """Return the sentence in `[start, end)` of the marked text, which begins with a space that the text lacks."""
    piece = marked[start:end].replace(markers.gap, " ")
    text = piece.replace(markers.dropped, "").replace(markers.stop, ".").replace(markers.final, ".")
    stripped = text.replace(_LITERAL_STOP, ".").strip()
    first = start + len(piece) - len(piece.lstrip()) - 1
    last = start + len(piece.rstrip()) - 1
    return Sentence(stripped, min(max(first, 0), length), min(max(first, last, 0), length))
