"""Notes on how a keyword was read, and on words that are near it.

It is read as an expression, inside other words, or in the repeated prompt. Said beside a verdict, which they never
change. Knows the matches, not the rule of any kind.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import islice, takewhile

from annotator.constraints.excerpts import word_end, word_start
from annotator.constraints.messages import Unit, amount, listed, msg, quoted
from annotator.constraints.verdict import MAX_SPANS, Span

_SPECIAL = frozenset(r".^$*+?{}[]\|()")
SHOWN = 3  # words in a note
_PARTS = Unit(
    "%(n)s of them is a part of another word (%(words)s), which counts",
    "%(n)s of them are parts of other words (%(words)s), which count",
)

_REPEATED = Unit("%(n)s place lies in the repeated prompt", "%(n)s places lie in the repeated prompt")
_WORDS = re.compile(r"\w+(?:[-'’]\w+)*")
_SEARCHED = 20_000  # characters
_SHORTEST = 4  # letters
_LONG_BEGINNING = 6  # letters
_LEAST_AROUND = 20  # characters
_ENDINGS = ("ing", "ed", "es", "s", "e")


def is_expression(word: str) -> bool:
    """Return whether the word, read as a regular expression, is more than its letters."""
    return not _SPECIAL.isdisjoint(word)


def occurrences(word: str, text: str) -> list[Span]:
    """Return where the letters of the word stand in the text, in any case; at most `MAX_SPANS`."""
    if not word or word.lower() not in text.lower():
        return []
    found = re.finditer(re.escape(word), text, re.IGNORECASE)
    return [match.span() for match in islice(found, MAX_SPANS)]


def expression_note(word: str, text: str, matches: Iterable[Span]) -> str:
    """Say that a keyword was read as an expression, where its letters would have matched otherwise."""
    if not is_expression(word):
        return ""
    found = [text[start:end] for start, end in matches]
    other = next((piece for piece in found if piece.lower() != word.lower()), None)
    if other is not None:
        shown = quoted(other) if other else msg("the empty text")
        return msg(
            "%(word)s is read as a regular expression, which %(found)s satisfies", word=quoted(word), found=shown
        )
    if not found and occurrences(word, text):
        return msg(
            "%(word)s is read as a regular expression, so that its letters, which are in the text, do not count",
            word=quoted(word),
        )
    return ""


def inside_words(text: str, matches: Iterable[Span]) -> list[str]:
    """Return the words of which the matches are only a part, each once."""
    words = (_around(text, span) for span in matches)
    return list(dict.fromkeys(word for word in words if word))


def parts_note(text: str, matches: list[Span]) -> str:
    """Say how many matches are parts of other words."""
    parts = [span for span in matches if _around(text, span)]
    if not parts:
        return ""
    return amount(len(parts), _PARTS, words=listed(inside_words(text, parts)[:SHOWN]))


def near_note(word: str, text: str) -> str:
    """Say which words of a text are near a keyword that is not in it: spelled with other marks, or another form."""
    if is_expression(word):
        return ""
    wanted = _letters(word)
    if not wanted:
        return ""
    near = [
        each for each in dict.fromkeys(_WORDS.findall(text[:_SEARCHED].lower())) if _is_near(_letters(each), wanted)
    ]
    if near:
        return msg("%(words)s is near, but another word than %(word)s", words=listed(near[:1]), word=quoted(word))
    if len(wanted) > _SHORTEST and wanted in _letters(text[:_SEARCHED]):
        return msg("%(word)s is in the text but for marks or spaces in it", word=quoted(word))
    return ""


def _letters(text: str) -> str:
    """Return the letters and digits of a text in lower case, without accents."""
    plain = unicodedata.normalize("NFKD", text.lower())
    return "".join(character for character in plain if character.isalnum())


def _is_near(found: str, wanted: str) -> bool:
    """Whether two words are forms of one: equal but for accents, or for an ending.

    The one found lacks an ending of at most three letters ("adopt" for "adoption"), has another one of two, or another
    one of a verb ("lacks" for "lacking"), or begins with most of the same letters ("immigration" for "immigrants").
    """
    if found == wanted or (len(_stem(wanted)) >= _SHORTEST and _stem(found) == _stem(wanted)):
        return True
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(found, wanted, strict=False)))
    if common >= _LONG_BEGINNING and 10 * common >= 6 * max(len(found), len(wanted)):
        return True
    if len(found) < _SHORTEST:
        return False
    lacks_ending = wanted.startswith(found) and len(wanted) - len(found) <= 3
    return lacks_ending or (
        len(wanted) > _SHORTEST + 1 and found.startswith(wanted[:-2]) and len(found) <= len(wanted) + 2
    )


def _stem(word: str) -> str:
    ending = next((each for each in _ENDINGS if word.endswith(each)), "")
    return word.removesuffix(ending)


def other_letters_note(words: Sequence[str], text: str) -> str:
    """Say that a text is mostly in letters that are not Latin, where words in Latin letters are not in it."""
    latin = [word for word in words if word.isascii() and any(character.isalpha() for character in word)]
    letters = [character for character in text[:_SEARCHED] if character.isalpha()]
    other = sum(1 for character in letters if not unicodedata.name(character, "").startswith("LATIN"))
    if not latin or 2 * other <= len(letters):
        return ""
    return msg(
        "the text is mostly in other letters, in which a translation of %(word)s does not count",
        word=listed(latin[:SHOWN]),
    )


def repeated_note(text: str, prompt: str, matches: Iterable[Span]) -> str:
    """Say how many matches stand in a repetition of the prompt: much of the text around them is a part of it."""
    whole = _words_alone(prompt)
    around = (_window(text, start, end) for start, end in islice(matches, MAX_SPANS))
    repeated = sum(1 for window in around if window and window in whole)
    return amount(repeated, _REPEATED) if repeated else ""


def _window(text: str, start: int, end: int) -> str:
    """Return the words around a match, in lower case and without marks: 30 characters each side, within its line.

    Returns "" where that is little more than the match: a word alone on its line repeats no prompt.
    """
    begin, stop = max(text.rfind("\n", 0, start) + 1, start - 30), text.find("\n", end)
    stop = min(end + 30, len(text) if stop < 0 else stop)
    window = _words_alone(text[begin:stop])
    return window if len(window) >= end - start + _LEAST_AROUND else ""


def _words_alone(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def _around(text: str, span: Span) -> str:
    """Return the whole word of which the match is a part; empty where it is a word, or words, of its own."""
    start, end = span
    inside = (start > 0 and text[start - 1].isalnum()) or (end < len(text) and text[end].isalnum())
    if not inside or start >= end:
        return ""
    start, end = word_start(text, start), word_end(text, end)
    return "" if (start, end) == span else text[start:end]
