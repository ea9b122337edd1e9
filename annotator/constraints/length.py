"""Checkers of the family `length_constraints`: words, sentences, paragraphs."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, ClassVar

from annotator.constraints import near_dividers, near_misses
from annotator.constraints.checker import Checker, Comparison, Explanation
from annotator.constraints.excerpts import alone_on_line
from annotator.constraints.messages import Unit, amount, joined, msg, quoted, quoted_end, sentence
from annotator.constraints.parameters import LESS_THAN, Integer, Parameter, Relation, Text
from annotator.constraints.text_variants import TextVariant
from annotator.constraints.verdict import ConstraintArgumentError, Span

_DIVIDER = re.compile(r"\s?\*\*\*\s?")
_PARAGRAPHS = Unit("%(n)s paragraph", "%(n)s paragraphs")


class NumberWords(Checker):
    """Number of words; words are runs of letters, digits and underscores, so "don't" is two."""

    kind = "length_constraints:number_words"
    label = msg("Number of words")
    parameters: ClassVar[tuple[Parameter, ...]] = (Integer("num_words"), Relation("relation"))

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.comparison = Comparison(kwargs["relation"], kwargs["num_words"], Unit("%(n)s word", "%(n)s words"))

    @property
    def required(self) -> str:
        return self.comparison.required

    @property
    def title(self) -> str:
        return sentence(self.required)

    def obeys(self, variant: TextVariant) -> bool:
        return self.comparison.holds(variant.word_count)

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        count = variant.word_count
        spans = [] if obeyed else _excess(variant.words(), self.comparison, variant.core[1])
        pieces = not obeyed and self.comparison.holds(len(variant.text.split()))
        near = near_misses.words_in_pieces(variant.text) if pieces else ""
        return Explanation(self.comparison.observed(count), spans, joined(self.comparison.note(count), near))


class NumberSentences(Checker):
    """Number of sentences, as Punkt for English splits them, whatever the language of the text."""

    kind = "length_constraints:number_sentences"
    label = msg("Number of sentences")
    parameters: ClassVar[tuple[Parameter, ...]] = (Integer("num_sentences"), Relation("relation"))

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        sentences = Unit("%(n)s sentence", "%(n)s sentences")
        self.comparison = Comparison(kwargs["relation"], kwargs["num_sentences"], sentences)

    @property
    def required(self) -> str:
        return self.comparison.required

    @property
    def title(self) -> str:
        return sentence(self.required)

    def obeys(self, variant: TextVariant) -> bool:
        return self.comparison.holds(len(variant.sentences))

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        count = len(variant.sentences)
        spans = [] if obeyed else _excess(iter(variant.sentences), self.comparison, variant.core[1])
        near = near_misses.list_numbers(variant.text, variant.sentences)
        if not obeyed:
            unended = near_misses.unended_sentences(variant.text, variant.sentences, self.comparison.holds)
            near = joined(near, unended)
        return Explanation(self.comparison.observed(count), spans, joined(self.comparison.note(count), near))


def _excess(units: Iterator[Span], comparison: Comparison, end: int) -> list[Span]:
    """Return the text beyond the upper limit as one span; nothing where there are too few units."""
    if comparison.relation != LESS_THAN:
        return []
    first = next(islice(units, max(0, comparison.threshold - 1), None), None)
    return [(first[0], end)] if first and first[0] < end else []


_INLINE = Unit(
    "%(n)s divider stands inside a line (%(found)s), as bold italics do, and counts",
    "%(n)s dividers stand inside lines (%(found)s), as bold italics do, and count",
)


class NumberParagraphs(Checker):
    """Exact number of paragraphs between `***` dividers, none of the inner ones empty."""

    kind = "length_constraints:number_paragraphs"
    label = msg("Number of paragraphs")
    parameters: ClassVar[tuple[Parameter, ...]] = (Integer("num_paragraphs"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.number: int = kwargs["num_paragraphs"]

    @property
    def required(self) -> str:
        return msg("exactly %(amount)s parted by ***", amount=amount(self.number, _PARAGRAPHS))

    @property
    def title(self) -> str:
        return sentence(self.required)

    def obeys(self, variant: TextVariant) -> bool:
        paragraphs = _DIVIDER.split(variant.text)
        if any(not paragraph.strip() for paragraph in paragraphs[1:-1]):
            return False
        return _filled(paragraphs) == self.number

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        paragraphs = _DIVIDER.split(variant.text)
        dividers = [match.span() for match in _DIVIDER.finditer(variant.text)]
        count = amount(_filled(paragraphs), _PARAGRAPHS)
        odd = _inline_note(variant.text, dividers)
        if obeyed:
            return Explanation(count, dividers, odd)
        note = msg("%(found)s parted by ***, exactly %(n)d asked", found=count, n=self.number)
        empty = [index for index, paragraph in enumerate(paragraphs) if not paragraph.strip()]
        inner = [index for index in empty if 0 < index < len(paragraphs) - 1]
        if inner:
            spans = [(dividers[index - 1][0], dividers[index][1]) for index in inner]
            observed = msg("%(found)s, %(n)d empty", found=count, n=len(inner))
            counted = note if _filled(paragraphs) != self.number else ""
            nothing = msg("there is nothing between two dividers ***")
            odd = near_dividers.row_of_dividers(variant.text) or odd
            return Explanation(observed, spans, joined(counted, nothing, odd))
        few = _filled(paragraphs) < self.number
        near = near_dividers.paragraph_dividers(variant.text) if few else near_dividers.headings_alone(paragraphs)
        return Explanation(count, dividers, joined(note, odd, near))


def _inline_note(text: str, dividers: list[Span]) -> str:
    """Say that asterisks inside a line part paragraphs too."""
    stars = [text.index("***", *divider) for divider in dividers]
    inline = [star for star in stars if not alone_on_line(text, star, star + 3)]
    return amount(len(inline), _INLINE, found=_shown_divider(text, inline[0])) if inline else ""


def _shown_divider(text: str, position: int) -> str:
    """Return the line of a divider, or its part up to the divider where it stands far behind."""
    begin, end = text.rfind("\n", 0, position) + 1, text.find("\n", position)
    if position - begin > 30:
        return quoted_end(text[begin : position + 3], 40)
    return quoted(text[begin : len(text) if end < 0 else end], 40)


def _filled(paragraphs: list[str]) -> int:
    return sum(1 for paragraph in paragraphs if paragraph.strip())


_CUT_OFF = re.compile(r"[\s.,?!'\"]")  # what no first word that is compared can hold
_MARKS = "*_#>-–—~`“”‘’«»()[]<>:;…\u200b"


class NthParagraphFirstWord(Checker):
    """Exact number of paragraphs between blank lines, and the first word of the n-th.

    The official checker counts only paragraphs with text, but takes the n-th of all pieces, blank ones included, so an
    extra blank line shifts the numbering.
    """

    kind = "length_constraints:nth_paragraph_first_word"
    label = msg("First word of a paragraph")
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Integer("num_paragraphs"),
        Integer("nth_paragraph", minimum=1),
        Text("first_word"),
    )

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.number: int = kwargs["num_paragraphs"]
        self.nth: int = kwargs["nth_paragraph"]
        self.word: str = kwargs["first_word"].lower()
        if self.nth > self.number:
            problem = f"must be at most num_paragraphs ({self.number}), not {self.nth}"
            raise ConstraintArgumentError(self.kind, "nth_paragraph", problem)

    @property
    def required(self) -> str:
        return self._beginning(self.number, self.word)

    @property
    def title(self) -> str:
        return sentence(self.required)

    def obeys(self, variant: TextVariant) -> bool:
        pieces = variant.text.split("\n\n")
        return _filled(pieces) == self.number and self._first_word(pieces) == self.word

    def _first_word(self, pieces: list[str]) -> str | None:
        """Return the word that is compared, or None where there is no such paragraph."""
        if self.nth > _filled(pieces) or not pieces[self.nth - 1].strip():
            return None
        word = pieces[self.nth - 1].split(maxsplit=1)[0].lstrip("'").lstrip('"')
        return "".join(letter.lower() for letter in re.split(r"[.,?!'\"]", word, maxsplit=1)[0])

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        pieces = variant.text.split("\n\n")
        filled, word = _filled(pieces), self._first_word(pieces)
        count = amount(filled, _PARAGRAPHS)
        problems: list[str] = []
        if filled != self.number:
            problems.append(msg("%(found)s, %(n)d asked", found=count, n=self.number))
        if word is None and self.nth <= filled:
            empty = msg(
                "piece %(nth)d between blank lines is empty, %(word)s asked", nth=self.nth, word=quoted(self.word)
            )
            problems.append(empty)
        elif word is None:
            problems.append(msg("there is no paragraph %(nth)d", nth=self.nth))
        elif word != self.word:
            problems.append(self._other_word(self._shown(pieces, word)))
        if any(not piece.strip() for piece in pieces[: self.nth]):
            problems.append(msg("blank pieces before it count in the numbering of the official checker"))
        if not obeyed:
            problems += self._near_misses(variant.text, filled, word)
            problems += self._second_line(pieces, word)
        observed = (
            msg("%(found)s, no such paragraph", found=count)
            if word is None
            else self._beginning(filled, self._shown(pieces, word))
        )
        return Explanation(observed, self._spans(pieces), joined(*problems))

    def _shown(self, pieces: list[str], word: str) -> str:
        """Return the word that is compared, or the marks that stand in its place."""
        return word or pieces[self.nth - 1].split(maxsplit=1)[0]

    def _beginning(self, number: int, word: str) -> str:
        return msg(
            "%(amount)s, the %(nth)s beginning with %(word)s",
            amount=amount(number, _PARAGRAPHS),
            nth=_ordinal(self.nth),
            word=quoted(word),
        )

    def _other_word(self, word: str) -> str:
        return msg(
            "paragraph %(nth)d begins with %(word)s, %(asked)s asked",
            nth=self.nth,
            word=quoted(word),
            asked=quoted(self.word),
        )

    def _near_misses(self, text: str, filled: int, word: str | None) -> Iterator[str]:
        """Yield why the word can never be met, that only marks part it from the one asked, or lines from paragraphs."""
        if _CUT_OFF.search(self.word):
            yield msg(
                "only the first word counts, up to the first of . , ? ! ' and \", so that %(word)s can never be met",
                word=quoted(self.word),
            )
        elif word is not None and word != self.word and word.strip(_MARKS) == self.word.strip(_MARKS):
            yield msg("it is the word asked but for the marks around it: %(word)s", word=quoted(word))
        lines = sum(1 for line in text.split("\n") if line.strip())
        if filled != self.number and lines == self.number:
            yield msg("the text has %(n)d lines, but only a blank line parts paragraphs", n=lines)
        rulers = [piece for piece in text.split("\n\n") if piece.strip() and not re.search(r"\w(?<!_)", piece)]
        if filled != self.number and rulers:
            yield msg("%(mark)s between blank lines counts as a paragraph", mark=quoted(rulers[0], 20))
        if filled > self.number and (postscript := near_dividers.postscript_alone(text)):
            yield postscript

    def _second_line(self, pieces: list[str], word: str | None) -> Iterator[str]:
        """Yield that the word asked begins the second line of the paragraph, below a heading of its own."""
        if word is None or word == self.word:
            return
        heading, _, rest = pieces[self.nth - 1].strip().partition("\n")
        begins = rest.split(maxsplit=1)[0].lower() if rest.split() else ""
        if begins.strip(_MARKS + ".,?!'\"") == self.word.strip(_MARKS):
            yield msg(
                "%(word)s begins the second line of the paragraph, after %(heading)s",
                word=quoted(self.word),
                heading=quoted(heading, 40),
            )

    def _spans(self, pieces: list[str]) -> list[Span]:
        """Return the span of the first word of the n-th paragraph."""
        if self.nth > len(pieces) or not pieces[self.nth - 1].strip():
            return []
        piece = pieces[self.nth - 1]
        start = sum(len(before) + 2 for before in pieces[: self.nth - 1]) + len(piece) - len(piece.lstrip())
        return [(start, start + len(piece.split(maxsplit=1)[0]))]


def _ordinal(number: int) -> str:
    last = 0 if number % 100 in (11, 12, 13) else number % 10
    if last == 1:
        return msg("%(n)dst", n=number)
    if last == 2:
        return msg("%(n)dnd", n=number)
    return msg("%(n)drd", n=number) if last == 3 else msg("%(n)dth", n=number)
