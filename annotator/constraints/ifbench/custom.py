"""Checkers of IFBench's family `custom`, each for one prompt: lists, dates, reversed sentences."""

import re
import string
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from annotator.constraints.checker import UndecidableError
from annotator.constraints.ifbench.finding import Finding, FixedChecker
from annotator.constraints.ifbench.sentences import split_sentences
from annotator.constraints.ifbench.words import STRIPPED, Word, bare_words, lines, occurrences
from annotator.constraints.messages import Unit, amount, msg, quoted
from annotator.constraints.text_variants import TextVariant

_NUMBER = re.compile(r"\d+")
_MULTIPLES = [str(number) for number in range(14, 51, 7)]
_LETTERS = Unit("%(n)s sentence in order", "%(n)s sentences in order")
_COUNTRIES = 52
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_YEARS = range(1769, 1822)  # Napoleon's life
_DAYS = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}  # months of fewer than 31 days, leap years or not
_CAPITALS = (
    "Reykjavik", "Helsinki", "Oslo", "Tallinn", "Stockholm", "Riga", "Moscow", "Copenhagen", "Vilnius", "Minsk",
    "Dublin", "Berlin", "Amsterdam", "Warsaw", "London", "Brussels", "Prague", "Luxembourg", "Paris", "Vienna",
    "Bratislava", "Budapest", "Vaduz", "Chisinau", "Bern", "Ljubljana", "Zagreb",
)  # fmt: skip


class Multiples(FixedChecker):
    """The numbers of the text are the multiples of seven from 14 to 49, in order, and no others."""

    kind = "custom:multiples"
    label = msg("Multiples of seven")
    requirement = msg("the numbers 14, 21, 28, 35, 42 and 49 alone")

    def find(self, variant: TextVariant) -> Finding:
        matches = list(_NUMBER.finditer(variant.text))
        observed = amount(len(matches), Unit("%(n)s number", "%(n)s numbers"))
        if [match[0] for match in matches] == _MULTIPLES:
            return Finding(True, observed, [match.span() for match in matches])
        foreign = [
            match.span() for place, match in enumerate(matches) if match[0] != "".join(_MULTIPLES[place : place + 1])
        ]
        return Finding(False, observed, foreign, msg("the numbers of the text are not those six in order"))


class ReverseNewline(FixedChecker):
    """At least 52 lines from the first one with Zimbabwe on, in reverse order of their letters, accents aside."""

    kind = "custom:reverse_newline"
    label = msg("Countries in reverse order")
    requirement = msg("52 lines or more from Zimbabwe on, in reverse alphabetical order")

    def find(self, variant: TextVariant) -> Finding:
        every = [Word(line.text.strip(STRIPPED), line.start, line.end) for line in lines(variant.text)]
        named = [line for line in every if line.text]
        first = next((place for place, line in enumerate(named) if "Zimbabwe" in line.text), None)
        if first is None:
            note = msg("there is no line with Zimbabwe")
            return Finding(False, note, note=note)
        countries = named[first:]
        observed = amount(len(countries), Unit("%(n)s line from Zimbabwe on", "%(n)s lines from Zimbabwe on"))
        if len(countries) < _COUNTRIES:
            note = msg("%(found)s, at least %(n)d required", found=observed, n=_COUNTRIES)
            return Finding(False, observed, [line.span for line in countries], note)
        for before, after in pairwise(countries):
            if _ascii(before.text) < _ascii(after.text):
                note = msg("%(after)s stands below %(before)s", after=quoted(after.text), before=quoted(before.text))
                return Finding(False, observed, [after.span], note)
        return Finding(True, observed)


def _ascii(text: str) -> str:
    """Return the text without accents and whatever else is not ASCII."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")


class WordReverse(FixedChecker):
    """The words "eagle bald" stand side by side, in any case; the rest of the sentence is not looked at."""

    kind = "custom:word_reverse"
    label = msg("Sentence with its words reversed")
    requirement = msg("“bald eagle” with its words in reverse order")

    def find(self, variant: TextVariant) -> Finding:
        words = [word._replace(text=word.text.lower()) for word in bare_words(variant.text)]
        for before, after in pairwise(words):
            if before.text.startswith("eagle") and after.text.endswith("bald"):
                return Finding(True, msg("“eagle bald” is in the text"), [(before.start, after.end)])
        note = msg("“eagle bald” is not in the text")
        return Finding(False, note, note=note)


class CharacterReverse(FixedChecker):
    """The letters "elgae dlab" stand in the text, in any case."""

    kind = "custom:character_reverse"
    label = msg("Sentence with its letters reversed")
    requirement = msg("“bald eagle” with its letters in reverse order")

    def find(self, variant: TextVariant) -> Finding:
        spans = [variant.lowered_span(span) for span in occurrences(variant.lowered, "elgae dlab")]
        if spans:
            return Finding(True, msg("“elgae dlab” is in the text"), spans)
        note = msg("“elgae dlab” is not in the text")
        return Finding(False, note, note=note)


class SentenceAlphabet(FixedChecker):
    """Twenty-six sentences whose first characters are the letters of the alphabet in order."""

    kind = "custom:sentence_alphabet"
    label = msg("Sentences from A to Z")
    requirement = msg("26 sentences that begin with the letters of the alphabet in order")

    def find(self, variant: TextVariant) -> Finding:
        sentences = split_sentences(variant.text)
        if len(sentences) != len(string.ascii_lowercase):
            observed = amount(len(sentences), Unit("%(n)s sentence", "%(n)s sentences"))
            spans = [sentence.span for sentence in sentences[len(string.ascii_lowercase) :]]
            return Finding(False, observed, spans, msg("%(found)s, exactly %(n)d required", found=observed, n=26))
        for number, (sentence, letter) in enumerate(zip(sentences, string.ascii_lowercase, strict=True)):
            if not sentence.text:
                raise UndecidableError(msg("a sentence has no word, on which the official checker fails"))
            if sentence.text.lower()[0] != letter:
                note = msg("a sentence does not begin with “%(letter)s”", letter=letter)
                return Finding(False, amount(number, _LETTERS), [sentence.span], note)
        return Finding(True, amount(len(sentences), _LETTERS))


class EuropeanCapitalsSort(FixedChecker):
    """27 capitals in the order of the official list, accents aside, between commas and nothing else."""

    kind = "custom:european_capitals_sort"
    label = msg("Capitals by latitude")
    requirement = msg("27 European capitals from north to south, separated by commas")

    def find(self, variant: TextVariant) -> Finding:
        items = [item for item in _items(variant.text) if item.text]
        observed = amount(len(items), Unit("%(n)s item", "%(n)s items"))
        for item, capital in zip(items, _CAPITALS, strict=False):
            if item.text != capital:
                note = msg("%(found)s stands where %(word)s is required", found=quoted(item.text), word=quoted(capital))
                return Finding(False, observed, [item.span], note)
        if len(items) != len(_CAPITALS):
            note = msg("%(found)s, exactly %(n)d required", found=observed, n=len(_CAPITALS))
            return Finding(False, observed, [item.span for item in items[len(_CAPITALS) :]], note)
        return Finding(True, observed, [item.span for item in items])


def _items(text: str) -> list[Word]:
    """Return what stands between commas, in ASCII and stripped; some characters become commas in ASCII."""
    items, start = [], 0
    letters: list[str] = []
    for place, character in enumerate(text):
        for letter in _ascii(character):
            if letter == ",":
                items.append(Word("".join(letters).strip(), start, place))
                start, letters = place + 1, []
            else:
                letters.append(letter)
    return [*items, Word("".join(letters).strip(), start, len(text))]


class DateFormatList(FixedChecker):
    """Dates YYYY-MM-DD between commas, in the years of Napoleon's life; month and day may be 00."""

    kind = "custom:date_format_list"
    label = msg("List of dates")
    requirement = msg("dates as YYYY-MM-DD from 1769 to 1821, separated by commas, and nothing else")

    def find(self, variant: TextVariant) -> Finding:
        dates, start = [], 0
        for text in variant.text.split(","):
            dates.append(Word(text.strip(), start, start + len(text)))
            start += len(text) + 1
        wrong = [date for date in dates if not self._is_date(date.text)]
        observed = msg("%(n)d of %(all)d are dates", n=len(dates) - len(wrong), all=len(dates))
        if not wrong:
            return Finding(True, observed, [date.span for date in dates])
        note = msg("%(word)s is no such date", word=quoted(wrong[0].text))
        return Finding(False, observed, [date.span for date in wrong], note)

    @staticmethod
    def _is_date(text: str) -> bool:
        match = _DATE.fullmatch(text)
        if not match:
            return False
        year, month, day = map(int, match.groups())
        most = 99 if month == 0 else _DAYS.get(month, 31)
        return year in _YEARS and month <= 12 and day <= most


class McqCountLength(FixedChecker):
    """Four questions labelled "Question" and a number, with five lettered options each, every one longer."""

    kind = "custom:mcq_count_length"
    label = msg("Four multiple-choice questions")
    requirement = msg("four questions of five options each that grow longer, and nothing before them")
    head = re.compile(r"Question \d+[.|):;]?\s*")
    option = re.compile(r"[A-Ea-e][.|)]\s*\w")
    part_count = 4
    option_count = 5

    def find(self, variant: TextVariant) -> Finding:
        if not variant.text.startswith("Question"):
            note = msg("the text does not begin with “Question”")
            return Finding(False, note, [(0, 1)], note)
        parts = [part for part in self._parts(variant.text) if part.text]
        observed = amount(len(parts), Unit("%(n)s numbered part", "%(n)s numbered parts"))
        if len(parts) != self.part_count:
            note = msg("%(found)s, exactly %(n)d required", found=observed, n=self.part_count)
            return Finding(False, observed, [part.span for part in parts], note)
        return self._judge(parts, observed)

    def _parts(self, text: str) -> list[Word]:
        """Return what stands between the labels, stripped."""
        heads = [(0, 0), *(match.span() for match in self.head.finditer(text)), (len(text), len(text))]
        return [Word(text[end:start].strip(), end, start) for (_, end), (start, _) in pairwise(heads)]

    def _judge(self, parts: Sequence[Word], observed: str) -> Finding:
        before = -1
        for part in parts:
            options, length = self._measured(part.text)
            if options != self.option_count:
                found = amount(options, Unit("%(n)s option", "%(n)s options"))
                note = msg("a part has %(found)s, %(n)d required", found=found, n=self.option_count)
                return Finding(False, observed, [part.span], note)
            if length <= before:
                note = msg(
                    "a part has %(n)d characters before its options, the one before has %(before)d",
                    n=length,
                    before=before,
                )
                return Finding(False, observed, [part.span], note)
            before = length
        return Finding(True, observed, [part.span for part in parts])

    def _measured(self, part: str) -> tuple[int, int]:
        """Return the number of options, and the number of characters before the first."""
        stripped = [line.strip() for line in part.split("\n")]
        options = [number for number, line in enumerate(stripped) if self.option.match(line)]
        first = options[0] if options else len(stripped)
        return len(options), len(" ".join(stripped[:first]).strip())
