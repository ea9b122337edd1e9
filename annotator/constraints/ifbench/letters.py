"""Checkers of IFBench's family `words` about the letters, the length and the syllables of each word."""

import re
import string
from abc import abstractmethod
from collections.abc import Iterator
from itertools import pairwise
from typing import ClassVar

import syllapy  # type: ignore[import-untyped]

from annotator.constraints.checker import Comparison
from annotator.constraints.ifbench.finding import Finding, FixedChecker, compared, none_allowed
from annotator.constraints.ifbench.words import Word, bare_words, occurrences, pieces
from annotator.constraints.messages import Unit, amount, listed, msg, quoted
from annotator.constraints.parameters import AT_LEAST
from annotator.constraints.text_variants import TextVariant
from annotator.constraints.verdict import Span

_ALPHABET = string.ascii_lowercase
_VOWELS = "aeiou"
_MOST_VOWELS = 3
_CLUSTER = re.compile("[bcdfghjklmnpqrstvwxyz]{2}")
_PRIMES = frozenset(n for n in range(2, 100) if all(n % divisor for divisor in range(2, n)))
_SHORTEST_PALINDROME = 5
_PALINDROMES = 10


class Alphabet(FixedChecker):
    """Each word begins with the letter of the alphabet after that of the word before; `a` follows `z`."""

    kind = "words:alphabet"
    label = msg("Alphabetical first letters")
    requirement = msg("each word begins with the next letter of the alphabet")

    def find(self, variant: TextVariant) -> Finding:
        words = bare_words(variant.text)
        letter = words[0].text[0].lower() if words else ""
        if not letter or letter not in _ALPHABET:
            observed = msg("the first word begins with no letter from a to z")
            return Finding(False, observed, [word.span for word in words[:1]], observed)
        for number, word in enumerate(words[1:], 1):
            letter = _ALPHABET[(_ALPHABET.index(letter) + 1) % len(_ALPHABET)]
            if word.text.lower()[0] != letter:
                note = msg("%(word)s does not begin with “%(letter)s”", word=quoted(word.text), letter=letter)
                return Finding(False, self._observed(number), [word.span], note)
        return Finding(True, self._observed(len(words)))

    @staticmethod
    def _observed(number: int) -> str:
        return amount(number, Unit("%(n)s word in order", "%(n)s words in order"))


class Vowel(FixedChecker):
    """At most three of the five vowels, in a text of one line."""

    kind = "words:vowel"
    label = msg("Three vowels at most")
    requirement = msg("one paragraph with at most three different vowels")

    def find(self, variant: TextVariant) -> Finding:
        start, _ = variant.core
        breaks = [(start + low, start + high) for low, high in occurrences(variant.stripped, "\n")]
        if breaks:
            observed = amount(len(breaks), Unit("%(n)s line break", "%(n)s line breaks"))
            return Finding(False, observed, breaks, msg("%(found)s, none allowed", found=observed))
        first = {vowel: variant.lowered.find(vowel) for vowel in _VOWELS}
        found = {vowel: place for vowel, place in first.items() if place >= 0}
        spans = [variant.lowered_span((place, place + 1)) for place in found.values()]
        observed = amount(len(found), Unit("%(n)s different vowel", "%(n)s different vowels"))
        if len(found) <= _MOST_VOWELS:
            return Finding(True, observed, spans)
        note = msg("%(found)s (%(words)s), at most %(n)d allowed", found=observed, words=listed(found), n=_MOST_VOWELS)
        return Finding(False, observed, spans, note)


class Consonants(FixedChecker):
    """Two consonants side by side in every piece between white space; a dash alone is such a piece, without any."""

    kind = "words:consonants"
    label = msg("A consonant cluster in each word")
    requirement = msg("two consonants side by side in every word")

    def find(self, variant: TextVariant) -> Finding:
        unit = Unit("%(n)s word without a consonant cluster", "%(n)s words without a consonant cluster")
        return none_allowed([p.span for p in pieces(variant.text) if not _CLUSTER.search(p.text.lower())], unit)


class Palindrome(FixedChecker):
    """Ten words of five characters or more that read the same backwards; the same word may be repeated."""

    kind = "words:palindrome"
    label = msg("Palindromes")
    requirement = msg("at least ten palindromes of at least five characters")

    def find(self, variant: TextVariant) -> Finding:
        spans = [word.span for word in bare_words(variant.text) if self._is_palindrome(word.text.lower())]
        comparison = Comparison(AT_LEAST, _PALINDROMES, Unit("%(n)s palindrome", "%(n)s palindromes"))
        return compared(len(spans), comparison, spans)

    @staticmethod
    def _is_palindrome(word: str) -> bool:
        return len(word) >= _SHORTEST_PALINDROME and word == word[::-1]


class PrimeLengths(FixedChecker):
    """The length of every word, punctuation removed, is a prime number below 100."""

    kind = "words:prime_lengths"
    label = msg("Words of prime length")
    requirement = msg("every word has a prime number of characters")

    def find(self, variant: TextVariant) -> Finding:
        unit = Unit("%(n)s word whose length is not prime", "%(n)s words whose length is not prime")
        return none_allowed([w.span for w in bare_words(variant.text) if len(w.text) not in _PRIMES], unit)


class _NoEqualNeighbours(FixedChecker):
    """No two neighbouring words have the same property."""

    offending: ClassVar[Unit]

    @staticmethod
    @abstractmethod
    def key(word: str) -> object:
        """Return the property of a word."""

    def find(self, variant: TextVariant) -> Finding:
        keys = [(word, self.key(word.text)) for word in bare_words(variant.text)]
        return none_allowed(list(self._offending(keys)), self.offending)

    @staticmethod
    def _offending(keys: list[tuple[Word, object]]) -> Iterator[Span]:
        for (before, one), (after, other) in pairwise(keys):
            if one == other:
                yield before.start, after.end


class NoConsecutive(_NoEqualNeighbours):
    """No two neighbouring words begin with the same letter."""

    kind = "words:no_consecutive"
    label = msg("Different first letters side by side")
    requirement = msg("no two neighbouring words begin with the same letter")
    offending = Unit("%(n)s pair with the same first letter", "%(n)s pairs with the same first letter")

    @staticmethod
    def key(word: str) -> str:
        return word.lower()[0]


class OddEvenSyllables(_NoEqualNeighbours):
    """Words with an odd and with an even number of syllables alternate; syllables are those of `syllapy`."""

    kind = "words:odd_even_syllables"
    label = msg("Odd and even syllables in turn")
    requirement = msg("words with an odd and with an even number of syllables alternate")
    offending = Unit(
        "%(n)s pair of words that are both odd or both even", "%(n)s pairs of words that are both odd or both even"
    )

    @staticmethod
    def key(word: str) -> int:
        return int(syllapy.count(word.lower())) % 2
