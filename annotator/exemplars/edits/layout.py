"""Edits of the layout of a text: title, sections, JSON, one of three fixed answers."""

import json
import re
from collections.abc import Iterator

from annotator.constraints.format import ConstrainedResponse, JsonFormat, Title
from annotator.constraints.messages import Unit, amount, msg, quoted
from annotator.constraints.sections import MultipleSections
from annotator.constraints.text_variants import TextVariant
from annotator.exemplars.edits.change import Change, obeys
from annotator.exemplars.edits.units import HEADING, blocks, framed, merged_to, split_to, word_count

_SECTIONS = Unit("Mark the text as %(n)s section", "Divide the text into %(n)s sections")
_MOST = 100
_MOST_BLOCKS = 1_000
_LONGEST_TITLE = 14  # words
_MARKS = '#*_<>«»[]"“” '
_NEARLY = re.compile(
    r"^[^\S\n]*(?:<(?!<)[^<>\n/]{3,80}>>?|<<[^<>\n]{3,80}>(?!>)|«[^»\n]{3,80}»)[^\S\n]*$", re.MULTILINE
)
_TITLE_LABEL = re.compile(r"(?:title|subject)\s*:\s*", re.IGNORECASE)
_FENCE = re.compile(r"```(?:json)?[^\S\n]*\n(.*?)```", re.IGNORECASE | re.DOTALL)
_TRAILING_COMMA = re.compile(r",(?=\s*[}\]])")
_ANSWER = re.compile(r"\b(?:my |the )?answer(?: is|:)[\s:\"“*]*(yes|no|maybe)\b[\"”*]*[.!]?", re.IGNORECASE)
_OPENING = re.compile(r"\A[\s\"“*]*(yes|no|maybe)\b[\"”*]*(?:[.!,;]|\s*\Z)", re.IGNORECASE)
_WORD = re.compile(r"\b(yes|no|maybe)\b", re.IGNORECASE)
_NUMERAL = r"(?:\d+|[IVX]+|[A-J]|one|two|three|four|five|six|seven|eight|nine|ten)"


def add_title(checker: Title, text: TextVariant) -> Iterator[Change]:
    """Put double angular brackets around the heading that stands there; else copy the first words as a title."""
    head, body, tail = framed(text)
    if nearly := _NEARLY.search(body.text):
        title = nearly[0].strip(_MARKS)
        yield Change(_TITLED, f"{head}{body.text[: nearly.start()]}<<{title}>>{body.text[nearly.end() :]}{tail}")
    line, _, rest = body.text.lstrip().partition("\n")
    title = _TITLE_LABEL.sub("", line.strip(_MARKS)).strip(_MARKS + ":")
    if rest.strip() and title and (HEADING.fullmatch(line) or _is_title(title)):
        yield Change(_TITLED, f"{head}<<{title}>>\n{rest}{tail}")
    words = re.split(r"(?<=\w)[,.;:!?\n]", body.text.strip(_MARKS + "\n"), maxsplit=1)[0].split()[:8]
    if words:
        title = " ".join(words).strip(_MARKS)
        yield Change(msg("Copy the first words as a title"), f"{head}<<{title}>>\n\n{body.text.lstrip()}{tail}")


_TITLED = msg("Put double angular brackets around the title")


def _is_title(line: str) -> bool:
    return word_count(line) <= _LONGEST_TITLE and not line.endswith((".", ",", ":", ";", "!"))


def mark_sections(checker: MultipleSections, text: TextVariant) -> Iterator[Change]:
    """Spell the marks of sections as required, number the headings, or put numbered marks before groups of blocks."""
    word, number = checker.word, checker.comparison.threshold
    if not re.fullmatch(r"\w[\w ]*", word) or not 0 < number <= _MOST:
        return
    head, body, tail = framed(text)
    for marks in (
        re.compile(rf"^([^\w\n]{{0,9}}){word}\W{{0,3}}{_NUMERAL}\b", re.IGNORECASE | re.MULTILINE),
        _HEADING_LINE,
    ):
        numbers = iter(range(1, len(marks.findall(body.text)) + 1))
        joint = ": " if marks is _HEADING_LINE else ""
        changed = marks.sub(lambda match: f"{match[1]}{word} {next(numbers)}{joint}", body.text)  # noqa: B023
        if obeys(checker, changed, text):
            yield Change(msg("Number the sections: %(mark)s", mark=quoted(f"{word} 1")), f"{head}{changed}{tail}")
    parts = blocks(body.text)
    if word in body.text or len(parts) > _MOST_BLOCKS:
        return
    pieces = split_to(merged_to(parts, number, "\n\n"), number, text)
    if len(pieces) == number:
        divided = "\n\n".join(f"{word} {index}\n{piece}" for index, piece in enumerate(pieces, start=1))
        yield Change(amount(number, _SECTIONS), f"{head}{divided}{tail}")


_HEADING_LINE = re.compile(r"^([^\S\n]*(?:#{1,6}[^\S\n]+|\*\*)(?:\*\*)?)(?=\S)", re.MULTILINE)


def make_json(checker: JsonFormat, text: TextVariant) -> Iterator[Change]:
    """Keep the JSON alone where the text has some; else put the text into a JSON object."""
    for candidate in _json_candidates(text.text):
        for spelling in (candidate, _TRAILING_COMMA.sub("", candidate)):
            if _parses(spelling):
                yield Change(msg("Take out what stands around the JSON"), spelling)
                return
    wrapped = json.dumps({"answer": text.stripped}, ensure_ascii=False, indent=2)
    yield Change(msg("Put the text into a JSON object"), wrapped)


def _json_candidates(text: str) -> Iterator[str]:
    if fence := _FENCE.search(text):
        yield fence[1].strip()
    for opening, closing in ("{}", "[]"):
        start, end = text.find(opening), text.rfind(closing)
        if 0 <= start < end:
            yield text[start : end + 1]


def _parses(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def choose_option(checker: ConstrainedResponse, text: TextVariant) -> Iterator[Change]:
    """Write yes, no or maybe as the fixed answer, where the text says exactly one of them."""
    for pattern in (_ANSWER, _OPENING):
        if len({match[1].lower() for match in pattern.finditer(text.text)}) == 1:
            changed = pattern.sub(lambda match: f"My answer is {match[1].lower()}.", text.text, count=1)
            yield Change(_FIXED, changed.strip())
    words = {match[1].lower() for match in _WORD.finditer(text.text)}
    if len(words) == 1:
        yield Change(_FIXED, f"My answer is {words.pop()}. {text.stripped}")


_FIXED = msg("Write the answer as the fixed option")
