"""Units of a text: sentences within lines, blocks between blank lines, quotation marks around all.

Cuts and regroups them so that no empty line, bare list mark or dangling heading is left. Knows no kind.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, pairwise

from annotator.constraints import Span
from annotator.constraints.ifbench.ratio import stop_words
from annotator.constraints.text_variants import TextVariant

WORD = re.compile(r"\w+")
HEADING = re.compile(r"[^\S\n]*(?:#{1,6}[^\S\n]+\S.*|\*\*[^*\n]+\*\*:?|<<[^\n]+>>)[^\S\n]*")
RULER = re.compile(r"^[^\S\n]*(?:(?:\*[^\S\n]?){3,}|(?:-[^\S\n]?){3,}|_{3,}|={3,})[^\S\n]*$", re.MULTILINE)
_MARK = re.compile(r"[^\S\n]*(?:(?:[-*+•–]|\d{1,3}[.)]|#{1,6}|>)[^\S\n]*)?")
_DANGLING = re.compile(r"[^\S\n]*(?:#{1,6}(?:[^\S\n].*)?|.*:\**|\*\*[^*\n]+\*\*|[-*+•=_]+|\d{1,3}[.)])[^\S\n]*")
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")


def framed(text: TextVariant) -> tuple[str, TextVariant, str]:
    """Split off the white space, and a pair of double quotation marks, around a text."""
    start, end = text.core
    if end - start > 1 and text.text[start] == '"' == text.text[end - 1]:
        start, end = start + 1, end - 1
    head, body, tail = text.text[:start], text.text[start:end], text.text[end:]
    return head, TextVariant(body, 0, text.clock), tail


def unit_spans(text: TextVariant) -> list[Span]:
    """Return the sentences, divided at line breaks, without white space at their ends and without list marks."""
    units = []
    for start, end in text.sentences:
        for low, high in _lines(text.text, start, end):
            mark = _MARK.match(text.text, low, high) if low == 0 or text.text[low - 1] == "\n" else None
            low = mark.end() if mark else low
            part = text.text[low:high]
            if WORD.search(part):
                left = len(part) - len(part.lstrip())
                units.append((low + left, low + len(part.rstrip())))
    return units


def _lines(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        yield start, stop
        start = stop + 1


def word_count(text: str) -> int:
    return sum(1 for _ in WORD.finditer(text))


def without(text: str, spans: Iterable[Span]) -> str:
    """Take out spans, and with them the lines of which nothing but a mark is left."""
    kept, start = [], 0
    for low, high in _merged(text, spans):
        low, high = _whole_lines(text, low, high)
        kept.append(text[start:low])
        start = max(start, high)
    return "".join([*kept, text[start:]])


def _merged(text: str, spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for low, high in sorted(spans):
        if merged and _MARK.fullmatch(text[merged[-1][1] : low].replace("\n", "")):
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        elif not merged or low >= merged[-1][1]:
            merged.append((low, high))
    return merged


def _whole_lines(text: str, low: int, high: int) -> Span:
    """Extend a span over what would be left of its lines: a mark, spaces, a second blank line."""
    line_start = text.rfind("\n", 0, low) + 1
    line_end = text.find("\n", high)
    line_end = len(text) if line_end < 0 else line_end
    if text[high:line_end].strip():
        while high < line_end and text[high].isspace():
            high += 1
        return low, high
    if not _MARK.fullmatch(text, line_start, low):
        return _without_space_before(text, low), line_end
    high = min(line_end + 1, len(text))
    if line_start == 0 or text.endswith("\n\n", 0, line_start):
        while high < len(text) and text[high] == "\n":
            high += 1
    return (_without_space_before(text, line_start) if high == len(text) else line_start), high


def _without_space_before(text: str, position: int) -> int:
    while position and text[position - 1].isspace():
        position -= 1
    return position


def trimmed(text: TextVariant, fits: Callable[[str], bool]) -> Iterator[str]:
    """Yield the text cut at the end of a sentence so that it fits.

    Then one that keeps its last sentence instead, and one that keeps the first sentence of each line.
    """
    head, body, tail = framed(text)
    units = unit_spans(body)

    def keeping(first: int, last: int) -> str:
        removed = units[first : len(units) - last]
        rest = without(body.text, removed)
        return f"{head}{rest if last else _without_dangling(rest)}{tail}"

    for last in (0, 1):
        most = bisect_right(range(1, len(units) - last), 0, key=lambda n, last=last: not fits(keeping(n, last)))  # type: ignore[misc]
        if most:
            yield keeping(most, last)
    inner = [unit for before, unit in pairwise(units[:-1]) if "\n" not in body.text[before[1] : unit[0]]]

    def thinned(number: int) -> str:
        return f"{head}{without(body.text, inner[len(inner) - number :])}{tail}"

    least = 1 + bisect_left(range(1, len(inner) + 1), True, key=lambda number: fits(thinned(number)))
    if least <= len(inner):
        yield thinned(least)


def _without_dangling(text: str) -> str:
    """Take headings, list marks and lines that announce something off the end."""
    while "\n" in text.strip():
        cut = text.rstrip().rfind("\n")
        if not _DANGLING.fullmatch(text, cut + 1, len(text.rstrip())):
            break
        text = text[:cut]
    return text.rstrip()


def blocks(text: str) -> list[str]:
    """Return the blocks between blank lines, a heading together with the block below it."""
    found: list[str] = []
    heading = ""
    for block in filter(None, map(str.strip, _BLANK_LINES.split(text))):
        if HEADING.fullmatch(block):
            heading += block + "\n\n"
        else:
            found.append(heading + block)
            heading = ""
    return [*found, heading.strip()] if heading else found


def merged_to(pieces: Sequence[str], number: int, joint: str) -> list[str]:
    """Join neighbours, the shortest pair first, until there are no more than `number` pieces."""
    merged = list(pieces)
    while len(merged) > max(number, 1):
        sizes = [len(piece) for piece in merged]
        at = min(range(len(merged) - 1), key=lambda index: sizes[index] + sizes[index + 1])
        merged[at : at + 2] = [f"{merged[at]}{joint}{merged[at + 1]}"]
    return merged


def split_to(pieces: Sequence[str], number: int, like: TextVariant) -> list[str]:
    """Divide the longest piece near its middle until there are `number`: between blocks, else lines, else sentences."""
    divided = list(pieces)
    while len(divided) < number:
        for at in sorted(range(len(divided)), key=lambda index: -len(divided[index])):
            if halves := _halves(divided[at], like):
                divided[at : at + 1] = halves
                break
        else:
            break
    return divided


def _halves(piece: str, like: TextVariant) -> list[str]:
    divisions = ((blocks(piece), "\n\n"), (piece.split("\n"), "\n"), (_sentences(piece, like), ""))
    parts, joint = next((division for division in divisions if len(division[0]) > 1), ([], ""))
    if not parts:
        return []
    middle = len(piece) / 2
    ends = list(accumulate(len(part) + len(joint) for part in parts))
    at = min(range(1, len(parts)), key=lambda index: abs(ends[index - 1] - middle))
    halves = [joint.join(parts[:at]).strip(), joint.join(parts[at:]).strip()]
    return halves if all(map(WORD.search, halves)) else []


def _sentences(piece: str, like: TextVariant) -> list[str]:
    """Return the sentences of one line with the white space after each."""
    units = unit_spans(TextVariant(piece, 0, like.clock))
    starts = [0, *(low for low, _ in units[1:])]
    return [piece[low:high] for low, high in zip(starts, [*starts[1:], len(piece)], strict=True)]


def uncapitalised(text: str) -> str:
    """Return a text that goes on after a joint: its first word in lower case if it is a function word."""
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    plain = first.isalpha() and first.istitle() and first.lower() in stop_words() and first != "I"
    return text.replace(first, first.lower(), 1) if plain else text
