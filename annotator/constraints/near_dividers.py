"""Near misses of dividers: between paragraphs, and between two responses.

Like `near_misses`, whose form of a note it shares.
"""

import re
from collections.abc import Iterable

from annotator.constraints.excerpts import alone_on_line
from annotator.constraints.messages import Unit, amount, msg, quoted
from annotator.constraints.near_misses import NONE, NearMiss, shown

_OTHER_RULER = re.compile(r"^[^\S\n]*([-_=~]{3,80}|(?:[*_-] ){2,40}[*_-]|\*{4,80}|\*\*)[^\S\n]*$", re.MULTILINE)
_WORD = re.compile(r"\w")
_STARS = re.compile(r"\*{2,80}|(?:\* ){2,40}\*|-{3,80}")
_DIVIDERS_IN_A_ROW = re.compile(r"\*{6,}")
_LONG_ROW = re.compile(r"\*{12,}")
_HEADING_ALONE = re.compile(r"#{1,6} [^\n]{1,100}|\*\*[^\n*]{1,100}\*\*:?|[^\n]{1,80}:|(?!.*[.!?,;…”\"']$)[^\n]{1,80}")
_HEADINGS_ALONE = Unit(
    "%(n)s of them is a short line alone (%(found)s)",
    "%(n)s of them are short lines alone (%(found)s)",
)
_POSTSCRIPT = re.compile(r"\W{0,5}p\.? ?(?:p\.? ?)?s\b", re.IGNORECASE)
_NUMBERED_RESPONSE = re.compile(
    r"^[^\w\n]{0,6}((?:response|answer|option|version|alternative|example)[^\S\n]{1,3}[^\w\n]?(?P<n>[12]|II?|[AB])(?!\w))",
    re.MULTILINE | re.IGNORECASE,
)


def paragraph_dividers(text: str) -> str:
    """Rulers other than `***`, or else paragraphs between blank lines."""
    rulers = [match.span(1) for match in _OTHER_RULER.finditer(text)]
    if rulers:
        return msg("a line %(found)s does not part paragraphs here; only *** does", found=shown(text, rulers[0]))
    pieces = sum(1 for piece in text.split("\n\n") if _WORD.search(piece))
    if pieces < 2:
        return ""
    return msg("blank lines part the text into %(n)d paragraphs, but only *** counts as a divider here", n=pieces)


def row_of_dividers(text: str) -> str:
    """The longest row of asterisks that holds several dividers of paragraphs with nothing between them."""
    longest = max((len(row) for row in _DIVIDERS_IN_A_ROW.findall(text)), default=0)
    if not longest:
        return ""
    return msg("a row of %(n)d asterisks counts as %(m)d dividers; three are one", n=longest, m=longest // 3)


def headings_alone(paragraphs: Iterable[str]) -> str:
    """Paragraphs that are a heading alone, since a divider follows it."""
    found = [piece.strip() for piece in paragraphs if _HEADING_ALONE.fullmatch(piece.strip())]
    return amount(len(found), _HEADINGS_ALONE, found=quoted(found[0], 40)) if found else ""


def postscript_alone(text: str) -> str:
    """A postscript that is the last paragraph between blank lines."""
    last = text.rstrip().rpartition("\n\n")[2].lstrip()
    if not _POSTSCRIPT.match(last):
        return ""
    return msg("the postscript %(found)s counts as a paragraph", found=quoted(last, 40))


def numbered_responses(text: str) -> NearMiss:
    """Responses with numbers and no separator, and the beginnings of the first two."""
    heads = list(_NUMBERED_RESPONSE.finditer(text))
    first = next((head for head in heads if head["n"].upper() in ("1", "I", "A")), None)
    second = next((head for head in heads if head["n"].upper() in ("2", "II", "B")), None)
    if first is None or second is None:
        return NONE
    found = [shown(text, match.span(1)) for match in (first, second)]
    note = msg(
        "%(first)s and %(second)s are numbered, but only six asterisks part responses", first=found[0], second=found[1]
    )
    return NearMiss(note, [first.span(1), second.span(1)])


def response_separators(text: str) -> NearMiss:
    """Runs of asterisks or hyphens that are shorter or spaced."""
    spans = [match.span() for match in _STARS.finditer(text) if "*" * 6 not in match.group()]
    alone = [span for span in spans if alone_on_line(text, *span)]
    if not alone:
        return NONE
    return NearMiss(msg("%(found)s is no separator; six asterisks are", found=shown(text, alone[0])), alone)


def long_row(text: str) -> str:
    """The longest row of asterisks that holds several separators of two responses with nothing between them."""
    longest = max((len(row) for row in _LONG_ROW.findall(text)), default=0)
    if not longest:
        return ""
    return msg("a row of %(n)d asterisks counts as %(m)d separators; six asterisks are one", n=longest, m=longest // 6)
