"""Checkers of IFBench's family `format` about lines, lists and white space."""

import re
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from itertools import islice, pairwise
from typing import Any, ClassVar

from annotator.constraints.checker import Comparison
from annotator.constraints.ifbench.finding import Finding, FindingChecker, FixedChecker, compared, none_allowed
from annotator.constraints.ifbench.sentences import split_sentences
from annotator.constraints.ifbench.words import Word, bare, bare_words, lines, occurrences
from annotator.constraints.messages import Unit, amount, msg, quoted
from annotator.constraints.parameters import AT_LEAST, Parameter, Text
from annotator.constraints.text_variants import TextVariant
from annotator.constraints.verdict import MAX_SPANS

_WHITE_SPACE = re.compile(r"\s+")
_LEAST_ITEMS = 2
_LEAST_SENTENCES = 2


class Newline(FixedChecker):
    """As many lines as words, punctuation removed; blank lines that are not empty count as lines."""

    kind = "format:newline"
    label = msg("One word on each line")
    requirement = msg("each word on a line of its own")

    def find(self, variant: TextVariant) -> Finding:
        text = bare(variant.text).strip()
        line_count = sum(1 for line in text.split("\n") if line)
        words = bare_words(variant.text)
        observed = msg(
            "%(words)s on %(lines)s",
            words=amount(len(words), Unit("%(n)s word", "%(n)s words")),
            lines=amount(line_count, Unit("%(n)s line", "%(n)s lines")),
        )
        if line_count == len(words):
            return Finding(True, observed)
        longer = [line.span for line in lines(variant.text) if len(bare(line.text).split()) > 1]
        return Finding(False, observed, longer, msg("%(found)s, one word on each line required", found=observed))


class LineIndent(FixedChecker):
    """Each line is indented by more spaces than the line before.

    The official code leaves out blank lines, but of two that follow each other only the first: the other stays, and
    counts as a line of its white space.
    """

    kind = "format:line_indent"
    label = msg("Lines indented like stairs")
    requirement = msg("each line is indented further than the line before")

    def find(self, variant: TextVariant) -> Finding:
        kept = _without_blank_lines(list(lines(variant.text)))
        for number, (before, after) in enumerate(pairwise(kept), 1):
            if _indent(after) <= _indent(before):
                observed = amount(number, Unit("%(n)s line like stairs", "%(n)s lines like stairs"))
                note = msg(
                    "a line is indented by %(n)d spaces, the one before by %(before)d",
                    n=_indent(after),
                    before=_indent(before),
                )
                return Finding(False, observed, [before.span, after.span], note)
        return Finding(True, amount(len(kept), Unit("%(n)s line like stairs", "%(n)s lines like stairs")))


def _indent(line: Word) -> int:
    return len(line.text) - len(line.text.lstrip(" "))


def _without_blank_lines(every: Sequence[Word]) -> list[Word]:
    """Return the lines that stay when blank ones are removed while going through them, as the official code does.

    After a removal the next line is passed over; what is removed is the first line left that equals the blank one.
    """
    removed: set[int] = set()
    left: defaultdict[str, deque[int]] = defaultdict(deque)  # blank lines passed so far, by their text
    number = 0
    while number < len(every):
        text = every[number].text
        blank = not text.strip()
        if blank:
            left[text].append(number)
            removed.add(left[text].popleft())
            if number + 1 < len(every) and not every[number + 1].text.strip():
                left[every[number + 1].text].append(number + 1)
        number += 2 if blank else 1
    return [line for index, line in enumerate(every) if index not in removed]


class ListSeparator(FindingChecker):
    """The separator occurs twice or more, anywhere."""

    kind = "format:list"
    label = msg("List with a separator")
    parameters: ClassVar[tuple[Parameter, ...]] = (Text("sep"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.separator: str = kwargs["sep"]

    @property
    def required(self) -> str:
        return msg("a list whose items begin with %(separator)s", separator=quoted(self.separator))

    def find(self, variant: TextVariant) -> Finding:
        count = variant.text.count(self.separator)
        spans = islice(occurrences(variant.text, self.separator), MAX_SPANS) if self.separator else ()
        return compared(count, Comparison(AT_LEAST, _LEAST_ITEMS, Unit("%(n)s separator", "%(n)s separators")), spans)


class SubBullets(FixedChecker):
    """A `-` somewhere after each `*` and before the next; a text without `*` obeys."""

    kind = "format:sub-bullets"
    label = msg("Bullets with sub-bullets")
    requirement = msg("after each bullet * at least one sub-bullet -")

    def find(self, variant: TextVariant) -> Finding:
        before, *bullets = variant.text.split("*")
        if not bullets:
            note = msg("there is no * in the text, which the official checker lets pass")
            return Finding(True, amount(0, Unit("%(n)s bullet", "%(n)s bullets")), note=note)
        offending, place = [], len(before)
        for bullet in bullets:
            if "-" not in bullet:
                offending.append((place, place + 1))
            place += 1 + len(bullet)
        unit = Unit("%(n)s bullet without a sub-bullet", "%(n)s bullets without a sub-bullet")
        return none_allowed(offending, unit)


class NoBulletsBullets(FixedChecker):
    """Two sentences or more, then two lines or more that begin with `*`, and nothing after them.

    The official code lets a blank line stand only directly before the bullets.
    """

    kind = "format:no_bullets_bullets"
    label = msg("Sentences, then bullets")
    requirement = msg("at least two sentences, then at least two bullets * and nothing else")

    def find(self, variant: TextVariant) -> Finding:
        sentences = 0
        bullets: list[Word] = []
        prose = True  # whether another line of sentences may follow
        for line in lines(variant.text):
            stripped = line.text.strip()
            if stripped.startswith("*"):
                bullets.append(line)
                if sentences < _LEAST_SENTENCES:
                    return self._finding(sentences, bullets, line, msg("a bullet follows fewer than two sentences"))
                prose = False
            elif prose:
                found = len(split_sentences(stripped))
                sentences += found
                prose = found > 0
            else:
                return self._finding(
                    sentences, bullets, line, msg("a line that is no bullet follows a blank line or a bullet")
                )
        if len(bullets) >= _LEAST_ITEMS:
            return self._finding(sentences, bullets)
        return self._finding(sentences, bullets, None, msg("there are fewer than two bullets"))

    @staticmethod
    def _finding(sentences: int, bullets: Sequence[Word], line: Word | None = None, note: str = "") -> Finding:
        observed = msg(
            "%(sentences)s, then %(bullets)s",
            sentences=amount(sentences, Unit("%(n)s sentence", "%(n)s sentences")),
            bullets=amount(len(bullets), Unit("%(n)s bullet", "%(n)s bullets")),
        )
        return Finding(not note, observed, [line.span] if line else [bullet.span for bullet in bullets], note)


class NoWhitespace(FixedChecker):
    """No white space at all, not even a line break at the end."""

    kind = "format:no_whitespace"
    label = msg("No white space")
    requirement = msg("no white space")

    def find(self, variant: TextVariant) -> Finding:
        spans = [match.span() for match in _WHITE_SPACE.finditer(variant.text)]
        return none_allowed(spans, Unit("%(n)s piece of white space", "%(n)s pieces of white space"))
