"""Near misses: what a reader may take for the required thing, and the official rule does not count.

Said beside a verdict, which they never change. Each function returns a note, empty where there is nothing to say, and
the spans that it is about where the kind has no counted ones to show. Every pattern here takes linear time. Owns no
rule of any kind.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from annotator.constraints.messages import Unit, amount, joined, msg, quoted
from annotator.constraints.verdict import MAX_SPANS, Span


class NearMiss(NamedTuple):
    """A note, and the spans that it is about."""

    note: str = ""
    spans: Sequence[Span] = ()


NONE = NearMiss()

_OTHER_BULLET = re.compile(
    r"^[^\S\n]*((?:\(?\d{1,3}[.):]|\(?[A-Za-z][.)]|\(?[ivx]{1,5}[.)]|[•◦▪▫●○■□‣⁃–—+·✓✔✅➢►→♦◆★☆])[^\S\n])", re.MULTILINE
)
_OTHER_BULLETS = Unit(
    "%(n)s line that begins like %(mark)s does not count; only - or * makes a bullet",
    "%(n)s lines that begin like %(mark)s do not count; only - or * makes a bullet",
)
_BOLD_LINE = re.compile(r"^[^\S\n]*(\*\*)[^\s*]", re.MULTILINE)
_BOLD_LINES = Unit(
    "%(n)s line that begins with %(mark)s does not count; two asterisks make bold text, and one a bullet",
    "%(n)s lines that begin with %(mark)s do not count; two asterisks make bold text, and one a bullet",
)
_OPEN_TITLE = re.compile(r"(<<[^\n]{1,200})")
_OTHER_TITLES = (
    re.compile(r"^[^\S\n]*(<[^<>\n]{1,200}>)[^\S\n]*$", re.MULTILINE),
    re.compile(r"^[^\S\n]*([«《〈‹【][^\n«»《》]{1,200}[»》〉›】])[^\S\n]*$", re.MULTILINE),
    re.compile(r"(&lt;&lt;[^\n]{1,200}?&gt;&gt;)"),
    re.compile(r"(?<!<)(<[^<>\n/]{1,200}>)(?!>)"),
    _OPEN_TITLE,
    re.compile(r"^[^\S\n]*(#{1,6} [^\n]{1,200})", re.MULTILINE),
    re.compile(r"^[^\S\n]*(Title: ?[^\n]{1,200})", re.MULTILINE | re.IGNORECASE),
)
_OTHER_ANSWER = re.compile(r"\bmy\s{1,9}answer\s{1,9}is\b[^\w\n]{0,5}(yes|no|maybe)\b[.!]?", re.IGNORECASE)
_OPTION = re.compile(r"\A\W{0,20}(yes|no|maybe)\b[.!]?", re.IGNORECASE)
_OTHER_HIGHLIGHT = re.compile(
    r"(?<!\w)__?[^\s_][^_\n]{0,200}__?(?!\w)|<(mark|b|strong|em|i)>[^<\n]{1,200}</\1>|==[^=\n]{1,200}=="
)
_OTHER_HIGHLIGHTS = Unit(
    "%(n)s section marked like %(found)s does not count; only asterisks do",
    "%(n)s sections marked like %(found)s do not count; only asterisks do",
)
_DOUBLED_HIGHLIGHT = re.compile(r"(?<!\*)\*{3}(?![^\S\n]*\*)[^\n*]+\*{3}(?!\*)")
_DOUBLED_HIGHLIGHTS = Unit(
    "%(n)s section in three asterisks (%(found)s) counts twice, as one in one and as one in two",
    "%(n)s sections in three asterisks (%(found)s) count twice, as ones in one and as ones in two",
)
_HEADING = re.compile(r"^ {0,3}(#{1,6} [^\n]{1,200})", re.MULTILINE)
_HEADINGS = Unit(
    "%(n)s heading like %(found)s does not count; only asterisks do",
    "%(n)s headings like %(found)s do not count; only asterisks do",
)
_BROKEN_HIGHLIGHT = re.compile(r"(?<![\w*])\*{1,2}(?![\s*])[^*\n]*(?:\n(?!\n)[^*\n]+)+(?<!\s)\*{1,2}(?!\w)")
_BROKEN_HIGHLIGHTS = Unit(
    "%(n)s section runs over a line break (%(found)s) and does not count; a section stands on one line",
    "%(n)s sections run over a line break (%(found)s) and do not count; a section stands on one line",
)
_BROKEN_PLACEHOLDER = re.compile(r"\[[^\[\]\n]*\n[^\[\]]*\]")
_BROKEN_PLACEHOLDERS = Unit(
    "%(n)s pair of square brackets has a line break inside (%(found)s) and does not count",
    "%(n)s pairs of square brackets have a line break inside (%(found)s) and do not count",
)
_OTHER_PLACEHOLDER = re.compile(r"\{[^{}\n]{1,80}\}|<[A-Za-z][^<>\n/]{0,80}>|[［【〔][^\n]{1,80}?[］】〕]|_{3,80}")
_OTHER_PLACEHOLDERS = Unit(
    "%(n)s place marked like %(found)s does not count; only square brackets do",
    "%(n)s places marked like %(found)s do not count; only square brackets do",
)
_PIECES = re.compile(r"\b\w+(?:[^\w\s]+\w+)+")
_WORDS_IN_PIECES = Unit(
    "%(n)s word with a mark inside (%(found)s) counts in pieces",
    "%(n)s words with a mark inside (%(found)s) count in pieces",
)
_CURLY_END = re.compile(r"\b(\w{1,40}[.!?])[”’](?=\s+[A-Z“‘])")
_CURLY_ENDS = Unit(
    "%(n)s end mark before a curly quotation mark (%(found)s) ends no sentence",
    "%(n)s end marks before curly quotation marks (%(found)s) end no sentence",
)
_LIST_NUMBER = re.compile(r"\W{0,9}\d{1,3}\.\W{0,9}")
_LIST_NUMBERS = Unit(
    "%(n)s of them is a list number (%(found)s), which counts as a sentence",
    "%(n)s of them are list numbers (%(found)s), which count as sentences",
)
_OTHER_POSTSCRIPT = re.compile(r"\b(?:p[.\s]{0,2}){1,2}s\b[.:]?|\bpost-?script\b", re.IGNORECASE)
_QUOTES = "“”„‟«»‘’‚‹›'`＂「」『』"
_HEAD_NUMBER = r"[^\w\n]{0,4}(?:no\.? ?)?\d+"


def shown(text: str, span: Span) -> str:
    """Return a piece of the text in quotation marks, cut to 40 characters."""
    return quoted(text[span[0] : span[1]], 40)


def sections(text: str, word: str, counted: Sequence[Span]) -> NearMiss:
    """Heads that begin a line with the word, or have a number near it, and were not counted."""
    if not word:
        return NONE
    pattern = rf"^[^\w\n]{{0,10}}({re.escape(word)}(?!\w)[^\n]{{0,12}})|({re.escape(word)}{_HEAD_NUMBER})"
    heads = re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    found = _apart((_group_span(match) for match in heads.finditer(text)), counted)
    if not found:
        return NONE
    spans = [_trimmed(text, span) for span in found]
    counts = msg("%(word)s, spelled so, with a number in digits after it", word=quoted(word))
    unit = Unit(
        "%(n)s head like %(head)s does not count; what counts is %(counts)s",
        "%(n)s heads like %(head)s do not count; what counts is %(counts)s",
    )
    return NearMiss(amount(len(spans), unit, head=shown(text, spans[0]), counts=counts), spans)


def bullets(text: str) -> str:
    """Numbered lines, other bullet characters, or else lines in bold."""
    for pattern, unit in ((_OTHER_BULLET, _OTHER_BULLETS), (_BOLD_LINE, _BOLD_LINES)):
        spans = [match.span(1) for match in pattern.finditer(text)]
        if spans:
            return amount(len(spans), unit, mark=shown(text, spans[0]))
    return ""


def title(text: str) -> NearMiss:
    """A title in other brackets, one that is not closed on its line, or a heading."""
    for pattern in _OTHER_TITLES:
        if match := pattern.search(text):
            note = msg("%(found)s does not count as one", found=shown(text, match.span(1)))
            if pattern is _OPEN_TITLE and ">>" not in match[1]:
                note = msg("%(found)s is not closed by >> on its line", found=quoted(match[1], 200))
            return NearMiss(note, [match.span(1)])
    return NONE


def fixed_answer(text: str) -> NearMiss:
    """One of the three answers with another case, mark or line break, or its last word alone."""
    match = _OTHER_ANSWER.search(text) or _OPTION.search(text)
    if match is None:
        return NONE
    note = msg(
        "%(found)s is near, but the answers are compared letter for letter, with %(answer)s",
        found=shown(text, match.span()),
        answer=f"“My answer is {match[1].lower()}.”",
    )
    return NearMiss(note, [match.span()])


def emphasis(text: str) -> str:
    """Sections over several lines, in three asterisks, in underscores, tags or equals signs, and headings."""
    kinds = (
        (_DOUBLED_HIGHLIGHT, _DOUBLED_HIGHLIGHTS),
        (_BROKEN_HIGHLIGHT, _BROKEN_HIGHLIGHTS),
        (_OTHER_HIGHLIGHT, _OTHER_HIGHLIGHTS),
        (_HEADING, _HEADINGS),
    )
    return _noted(text, kinds)


def _noted(text: str, kinds: Iterable[tuple[re.Pattern[str], Unit]]) -> str:
    """Return how often each pattern is found, with the first text that is."""
    notes = []
    for pattern, unit in kinds:
        spans = [match.span() for match in pattern.finditer(text)]
        notes.append(amount(len(spans), unit, found=shown(text, spans[0])) if spans else "")
    return joined(*notes)


def words_in_pieces(text: str) -> str:
    """Words with a mark inside, which count once for each of their pieces."""
    spans = [match.span() for match in _PIECES.finditer(text)]
    return amount(len(spans), _WORDS_IN_PIECES, found=shown(text, spans[0])) if spans else ""


def unended_sentences(text: str, sentences: Sequence[Span], holds: Callable[[int], bool]) -> str:
    """Why a reader may count enough: lines without an end mark, or end marks before a curly quotation mark."""
    lines = sum(1 for line in text.split("\n") if line.strip())
    if lines > len(sentences) and holds(lines):
        return msg("the text has %(n)d lines, but the end of a line alone ends no sentence", n=lines)
    ends = [match.span(1) for span in sentences for match in _CURLY_END.finditer(text, *span)]
    if ends and holds(len(sentences) + len(ends)):
        return amount(len(ends), _CURLY_ENDS, found=shown(text, ends[0]))
    return ""


def list_numbers(text: str, sentences: Sequence[Span]) -> str:
    """Numbers of a list, which the sentence splitter counts as sentences of their own."""
    found = [span for span in sentences if _LIST_NUMBER.fullmatch(text, *span)]
    return amount(len(found), _LIST_NUMBERS, found=shown(text, found[0])) if found else ""


def placeholders(text: str) -> str:
    """Places in other brackets, or to be filled in on a line."""
    kinds = ((_BROKEN_PLACEHOLDER, _BROKEN_PLACEHOLDERS), (_OTHER_PLACEHOLDER, _OTHER_PLACEHOLDERS))
    return _noted(text, kinds)


def postscript(text: str) -> NearMiss:
    """Another spelling of a postscript; the last one, since it ends a letter."""
    matches = list(_OTHER_POSTSCRIPT.finditer(text))
    if not matches:
        return NONE
    note = msg("%(found)s is near, but is not the marker", found=shown(text, matches[-1].span()))
    return NearMiss(note, [matches[-1].span()])


def quotation_marks(text: str, core: Span) -> str:
    """A note where the text is wrapped in other quotation marks, or in straight ones with something around them."""
    inner = text[core[0] : core[1]]
    if len(inner) > 1 and (inner[0] in _QUOTES or inner[-1] in _QUOTES):
        found = quoted(inner[0] if inner[0] in _QUOTES else inner[-1])
        return msg("%(found)s is another quotation mark; only the straight double one counts", found=found)
    first, last = inner.find('"'), inner.rfind('"')
    outside = inner[:first] + inner[last + 1 :]
    if 0 <= first < last and len(outside) <= 200:
        return msg("there is text outside the quotation marks: %(text)s", text=quoted(outside))
    return ""


def json_inside(text: str) -> str:
    """What would be JSON but for its line breaks, or with other text around it.

    The fence at the very start of the text was taken off.
    """
    spans = [(text.find(opening), text.rfind(closing) + 1) for opening, closing in ("{}", "[]")]
    for start, end in sorted(span for span in spans if 0 <= span[0] < span[1]):
        try:
            json.loads(text[start:end], strict=False)
        except (ValueError, RecursionError):
            continue
        before, after = text[:start].strip(), text[end:].strip()
        other = quoted(before or after.removeprefix("```").strip() or after, 30)
        if not (before or after):
            return msg("it would be JSON if the line breaks and tabs inside its strings were written as \\n and \\t")
        if before and after:
            note = msg("there is JSON in the text, but other text stands around it: %(text)s", text=other)
        elif before:
            note = msg("there is JSON in the text, but other text stands before it: %(text)s", text=other)
        else:
            note = msg("there is JSON in the text, but other text stands after it: %(text)s", text=other)
        raw = (
            msg("line breaks or tabs inside its strings would be written as \\n and \\t")
            if _has_raw_breaks(text[start:end])
            else ""
        )
        return joined(note, raw)
    return ""


def _has_raw_breaks(text: str) -> bool:
    """Whether what is JSON by the lenient rule has line breaks or tabs inside its strings."""
    try:
        json.loads(text)
    except ValueError:
        return True
    return False


def _group_span(match: re.Match[str]) -> Span:
    return match.span(1) if match[1] is not None else match.span(2)


def _apart(spans: Iterable[Span], counted: Sequence[Span]) -> list[Span]:
    """Return the spans that overlap no counted one, at most `MAX_SPANS`; both come in order."""
    apart: list[Span] = []
    position = 0
    for start, end in spans:
        while position < len(counted) and counted[position][1] <= start:
            position += 1
        if (position == len(counted) or counted[position][0] >= end) and len(apart) < MAX_SPANS:
            apart.append((start, end))
    return apart


def _trimmed(text: str, span: Span) -> Span:
    """Return a head without the end of its line that follows it, and not cut inside a word."""
    cut = re.match(r"\w+(?:[^\w\n]{1,4}\w+)?", text[span[0] : span[1] + 20])
    return (span[0], span[0] + cut.end()) if cut else span
