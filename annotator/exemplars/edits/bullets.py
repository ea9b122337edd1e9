"""Edits of bullet points and highlighted sections."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from annotator.constraints import Span
from annotator.constraints.format import NumberBullets, NumberHighlights
from annotator.constraints.messages import Unit, amount, msg
from annotator.constraints.text_variants import TextVariant
from annotator.exemplars.edits.change import Change, obeys
from annotator.exemplars.edits.units import HEADING, RULER, framed, unit_spans, word_count

_BULLET = re.compile(r"^([^\S\n]*)(?:-[^\S\n]*|\*(?!\*)[^\S\n]*)(?=\S)", re.MULTILINE)
_OTHER_MARK = re.compile(r"^([^\S\n]*)(?:\d{1,3}[.)]|[•+–‣◦▪·]|[a-z]\))[^\S\n]+(?=\S)", re.MULTILINE)
_MOST = 100
_NESTED = 2  # spaces before a nested bullet, at least
_TURNED = Unit("Turn %(n)s sentence into a bullet point", "Turn %(n)s sentences into bullet points")
_HIGHLIGHTED = Unit("Highlight %(n)s section", "Highlight %(n)s sections")
_LONGEST_SECTION = 10  # words
_SHORTEST_WORD = 5  # letters of a word that is highlighted by itself
# A word between spaces, and no part of an address, a path, a name in code or a word of several parts.
_MARK_OR_WORD = re.compile(rf"(?P<mark>\*+|`+)|(?<!\S)(?P<word>[^\W\d_]{{{_SHORTEST_WORD},}})(?=[.,;:!?]?(?!\S))")
_CODE = re.compile(
    r"^[^\S\n]*(```|~~~).*?(?:^[^\S\n]*\1|\Z)|^(?: {4}|\t)(?!\s*(?:[-*+•]|\d+[.)])\s)[^\n]*", re.MULTILINE | re.DOTALL
)
_NO_PROSE = re.compile("<<|[|$]")
_LABEL = re.compile(r"[^\n:.*]{3,60}(?=:[^\S\n]+\S)")
_ITALIC_LINE = re.compile(r"^([^\S\n]*)\*(?![\s*])([^*\n]+)\*(?!\*)", re.MULTILINE)
_CLAUSE = re.compile(r"(?:[^\n,;:*—]|:(?=\S))+")


def change_bullets(checker: NumberBullets, text: TextVariant) -> Iterator[Change]:
    """Turn list items or sentences into bullets; join surplus bullets to the one before, nested ones first."""
    if not 0 < checker.number <= _MOST:
        return
    # Lines of dashes and lines that begin in italics count as bullets.
    plain = RULER.sub(lambda match: "" if match[0].lstrip().startswith("-") else match[0], text.text)
    plain = _ITALIC_LINE.sub(r"\1**\2**", plain)
    found = len(_BULLET.findall(plain))
    missing = checker.number - found
    if missing <= 0:
        if plain != text.text and not missing:
            yield Change(msg("Take out the dashes and asterisks that count as bullet points"), plain)
        yield Change(msg("Join surplus bullet points"), _joined(plain, -missing))
        return
    if len(_OTHER_MARK.findall(plain)) >= missing:
        marked = _OTHER_MARK.sub(r"\1- ", plain)
        yield Change(msg("Turn the list items into bullet points"), _joined(marked, -missing + _others(plain)))
    if divided := _divided_bullets(plain, missing, text):
        yield Change(msg("Divide bullet points of several sentences"), divided)
    if bulleted := _sentences_as_bullets(plain, missing, text):
        yield Change(amount(missing, _TURNED), bulleted)


def _others(text: str) -> int:
    return len(_OTHER_MARK.findall(text))


def _joined(text: str, surplus: int) -> str:
    """Append surplus bullets to the line before them, the last first, nested ones before all others."""
    bullets = [bullet for bullet in _BULLET.finditer(text) if bullet.start() > 0]
    by_depth = sorted(bullets, key=lambda bullet: (len(bullet[1]) < _NESTED, -bullet.start()))
    pieces, position = [], 0
    for bullet in sorted(by_depth[:surplus], key=lambda bullet: bullet.start()):
        before = text[position : bullet.start()].rstrip()
        pieces += [before, " " if before.endswith((".", ":", ";", "!", "?", ",")) else "; "]
        position = bullet.end()
    return "".join([*pieces, text[position:]])


def _divided_bullets(text: str, missing: int, like: TextVariant) -> str:
    """Divide the longest bullets of several sentences into more bullets; empty where there are too few."""
    for _ in range(missing):
        for bullet in sorted(_BULLET.finditer(text), key=lambda bullet: -_line_length(text, bullet.end())):
            end = bullet.end() + _line_length(text, bullet.end())
            units = unit_spans(TextVariant(text[bullet.end() : end], 0, like.clock))
            if len(units) > 1:
                at = bullet.end() + units[len(units) // 2][0]
                text = f"{text[:at].rstrip()}\n{bullet[0]}{text[at:]}"
                break
        else:
            return ""
    return text


def _line_length(text: str, start: int) -> int:
    end = text.find("\n", start)
    return (len(text) if end < 0 else end) - start


def _sentences_as_bullets(text: str, number: int, like: TextVariant) -> str:
    """Return the text with neighbouring sentences of prose as bullets; empty where no block has so many."""
    prose = TextVariant(text, 0, like.clock)
    units = [span for span in unit_spans(prose) if _is_prose(text, span)]
    for first in range(max(0, len(units) - number + 1)):
        run = units[first : first + number]
        breaks = sum("\n" in text[low:high] for (_, low), (high, _) in pairwise(run))
        if breaks in (0, number - 1):
            lines = "\n".join(f"- {text[low:high]}" for low, high in run)
            before, after = text[: run[0][0]].rstrip(), text[run[-1][1] :].lstrip()
            return "\n\n".join(part for part in (before, lines, after) if part)
    return ""


def _is_prose(text: str, span: Span) -> bool:
    start = text.rfind("\n", 0, span[0]) + 1
    end = text.find("\n", span[1])
    line = text[start : len(text) if end < 0 else end]
    return not (HEADING.fullmatch(line) or _BULLET.match(line) or _OTHER_MARK.match(line) or line.endswith(":"))


def emphasise_sections(checker: NumberHighlights, text: TextVariant) -> Iterator[Change]:
    """Mark headings, labels and beginnings of sentences without an asterisk; long words too, where these are few."""
    missing = checker.comparison.threshold - sum(1 for _ in checker.explain(text, False, "").spans)
    if not 0 < missing <= _MOST:
        return
    head, body, tail = framed(text)
    places = _sections(body)
    if len(places) < missing:
        places += _long_words(body.text, places)
    if len(places) < missing:
        return
    chosen = sorted(places[:missing])
    pieces, position = [], 0
    for low, high in chosen:
        # At the beginning of a line a single asterisk would make a bullet point.
        mark = "**" if not body.text[body.text.rfind("\n", 0, low) + 1 : low].strip() else "*"
        pieces += [body.text[position:low], mark, body.text[low:high], mark]
        position = high
    changed = f"{head}{''.join(pieces)}{body.text[position:]}{tail}"
    if obeys(checker, changed, text):
        yield Change(amount(missing, _HIGHLIGHTED), changed)


def _sections(body: TextVariant) -> list[Span]:
    """Return the spans that can be highlighted: headings and labels first, then sentences."""
    text = body.text
    first: list[Span] = []
    then: list[Span] = []
    prose = _blanked(text, (match.span() for match in _CODE.finditer(text)))
    for low, high in unit_spans(body):
        if not prose[low:high].strip():
            continue
        start = text.rfind("\n", 0, low) + 1
        stop = text.find("\n", high)
        line = text[start : len(text) if stop < 0 else stop]
        starred = "*" in text[low:high] or text[start:low].count("*") % 2 or line.count("*") % 2
        if starred or "<<" in line or line.rstrip().endswith(":"):
            continue
        if HEADING.fullmatch(line) or (label := _LABEL.match(text, low, high)) is None:
            (first if HEADING.fullmatch(line) else then).append(_section(text, low, high))
        else:
            first.append(label.span())
    return [*first, *then]


def _long_words(text: str, taken: Sequence[Span]) -> list[Span]:
    """Return the long words of prose outside `taken`, of highlights and of code, the longest first.

    Scripts without upper and lower case are left out: many of them write no spaces between words.
    """
    text = _blanked(text, [*taken, *(match.span() for match in _CODE.finditer(text))])
    found: list[Span] = []
    for line in re.finditer(r"[^\n]+", text):
        words, open_marks = [], set[str]()
        for piece in _MARK_OR_WORD.finditer(line[0]):
            if piece["mark"]:
                open_marks ^= {piece["mark"][0]}
            elif not open_marks and piece["word"].lower() != piece["word"].upper():
                words.append((line.start() + piece.start(), line.start() + piece.end()))
        if not (open_marks or _NO_PROSE.search(line[0]) or HEADING.fullmatch(line[0])):
            found += words
    return sorted(found, key=lambda span: span[0] - span[1])


def _blanked(text: str, spans: Iterable[Span]) -> str:
    """Return the text with spaces in place of `spans`, line breaks kept."""
    pieces, position = [], 0
    for low, high in sorted(spans):
        low = max(low, position)
        if low < high:
            pieces += [text[position:low], re.sub(r"[^\n]", " ", text[low:high])]
            position = high
    return "".join([*pieces, text[position:]])


def _section(text: str, low: int, high: int) -> Span:
    """Return the span of a sentence, of its first clause, or of its first words, whichever is short enough."""
    end = len(text[:high].rstrip(".!?,;: \"'”’)"))
    clause = _CLAUSE.match(text, low, end)
    if clause and 2 <= word_count(clause[0]) <= _LONGEST_SECTION:
        end = clause.end()
    words = list(re.finditer(r"\S+", text[low:end]))
    end = low + words[3].end() if len(words) > _LONGEST_SECTION else end
    return low, len(text[:end].rstrip(".,;: "))
