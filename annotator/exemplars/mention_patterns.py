"""Patterns by which a reasoning speaks of each kind of constraint.

Made of the words of a kind and the arguments of one constraint.
`~` stands for a gap of a few words inside one sentence; patterns ignore case. A kind without a row is recognised by the
words of its title or question (`annotator.exemplars.mentions`).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from annotator.constraints.language import LANGUAGES

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_LIMIT = r"\b(?:at least|at most|less|fewer|more|under|over|below|above|only|exactly|limit\w*|within|maximum|minimum)\b"
_CAPITAL = r"(?:capital\w*|upper[- ]?case\w*|all[- ]caps|caps)"
_AVOIDED = (
    r"(?:avoid\w*|forbid\w*|forbidden|without|exclud\w*|not|never|no|skip|leave out|leaving out|banned|\w+n['’]t)"
)
_LEAST_JOINTS = 3  # a phrase of fewer than four words stands in other sentences too
_TIMES = r"(?:times?|once|twice|thrice|occurrences?|frequen\w+|often|appear\w*|repeat\w*)"

Patterns = Callable[[Mapping[str, Any]], Sequence[str]]


def _fixed(*patterns: str) -> Patterns:
    return lambda kwargs: patterns


def _number(value: Any, near: Sequence[int] = (0,)) -> str:
    """Return a pattern of the number in digits or as a word, or of its neighbours; of any number if it is unknown."""
    if not isinstance(value, int | float) or not 0 <= value < 10**9:
        return r"\b\d+"
    forms = []
    for number in {int(value) + offset for offset in near if value + offset >= 0}:
        forms += [str(number), f"{number:,}", *_SMALL[number : number + 1]]
    return rf"(?<![\w,.])(?:{'|'.join(forms)})(?:\+|(?![\w]))"


def _counted(argument: str, noun: str, near: Sequence[int] = (0,)) -> Patterns:
    def patterns(kwargs: Mapping[str, Any]) -> list[str]:
        number = _number(kwargs.get(argument), near)
        return [rf"{number}~\b{noun}", rf"\b{noun}~{number}", rf"\bnumber of {noun}", rf"{_LIMIT}~\d+\+?~\b{noun}"]

    return patterns


def _or(patterns: Patterns, *more: str) -> Patterns:
    return lambda kwargs: [*patterns(kwargs), *more]


def _escaped(text: str) -> str:
    """Return a pattern of the text; its own `~` is no gap."""
    return re.escape(text).replace("~", "x7e")


def _text(kwargs: Mapping[str, Any], name: str) -> str:
    """Return a pattern of a text argument, white space and closing punctuation aside."""
    words = str(kwargs.get(name) or "").strip(" .!?\"'").split()
    return r"\s+".join(map(_escaped, words)) if words else r"(?!)"


def _texts(kwargs: Mapping[str, Any], name: str) -> list[str]:
    value = kwargs.get(name)
    words = [word for word in value if isinstance(word, str)] if isinstance(value, list | tuple) else []
    return [rf"(?<!\w){_escaped(word.strip())}" for word in words if word.strip()] or [r"(?!)"]


def _keywords(kwargs: Mapping[str, Any]) -> list[str]:
    words = _texts(kwargs, "keywords")
    every = "".join(rf"(?=[\s\S]*{word})" for word in words)
    return [r"\bkey\s?(?:words?|terms?)\b", rf"\A{every}", r"\b(?:required|given|these|following|those) words\b"]


def _forbidden(kwargs: Mapping[str, Any]) -> list[str]:
    word = rf"(?:{'|'.join(_texts(kwargs, 'forbidden_words'))})"
    return [
        r"\b(?:forbidden|banned|prohibited|disallowed|excluded)\b~\bwords?\b",
        rf"\bwords?\b~\b{_AVOIDED}\b~\b(?:use|include|allowed|appear)",
        rf"\b{_AVOIDED}\b~\b(?:these|those|the following|certain|listed) words\b",
        rf"\b{_AVOIDED}\b~{word}",
        rf"(?:\bwords? [\"'“‘]?|[\"'“‘]){word}~\b{_AVOIDED}\b",
    ]


def _frequency(kwargs: Mapping[str, Any]) -> list[str]:
    word, number = rf"(?<!\w){_text(kwargs, 'keyword')}", _number(kwargs.get("frequency"), (0, -1))
    return [rf"{word}~\b{_TIMES}\b", rf"\b{_TIMES}\b~{word}", rf"{word}~{_LIMIT}\s+{number}"]


def _letter(kwargs: Mapping[str, Any]) -> list[str]:
    letter = _escaped(str(kwargs.get("letter") or ""))
    named = {"#": r"|\bhashtags?", "!": r"|\bexclamation"}.get(str(kwargs.get("letter")), "")
    quoted = rf"(?<!\w)[\"'“‘`]{letter}[\"'”’`]"
    return [
        rf"\bletters?\s+[\"'“‘`*]*{letter}(?!\w)",
        rf"{quoted}~\b{_TIMES}\b",
        rf"\b{_TIMES}\b~{quoted}",
        rf"(?!){named}",
    ]


def _sections(kwargs: Mapping[str, Any]) -> list[str]:
    word = _text(kwargs, "section_spliter")
    return [r"\bsections?\b", rf"\b{word}s?\s+(?:\d|X\b|one\b)", rf"{_number(kwargs.get('num_sections'))}\s+{word}"]


def _nth_paragraph(kwargs: Mapping[str, Any]) -> list[str]:
    word, nth = _text(kwargs, "first_word"), kwargs.get("nth_paragraph")
    ordinal = _ORDINALS[nth - 1] if isinstance(nth, int) and 0 < nth <= len(_ORDINALS) else r"\d+(?:st|nd|rd|th)"
    begin = r"\b(?:start|begin|open|first word)\w*"
    return [
        rf"{begin}~(?<!\w){word}(?!\w)",
        rf"\b(?:{ordinal}|{nth}(?:st|nd|rd|th)) paragraph~{begin}",
        rf"\bparagraph {nth}\b~{begin}",
        rf"(?<!\w){word}(?!\w)~\b(?:first word|paragraph)",
    ]


def _language(kwargs: Mapping[str, Any]) -> list[str]:
    return [rf"\b{LANGUAGES.get(str(kwargs.get('language')), r'(?!)')}\b"]


def _end(kwargs: Mapping[str, Any]) -> list[str]:
    close = r"\b(?:end|finish|conclud|clos)(?:s|es|e|ing|ed)?\b"
    phrase = _text(kwargs, "end_phrase")
    stated = phrase if phrase.count(r"\s+") >= _LEAST_JOINTS else rf"(?:{close}~|[\"'“‘]){phrase}"
    return [stated, rf"{close}~\b(?:exact|phrase|required)\b"]


def _postscript(kwargs: Mapping[str, Any]) -> list[str]:
    return [r"\bpost-?\s?scripts?\b", r"\bP\.\s?(?:P\.\s?)?S\b", r"\bP?PS\b"]


PATTERNS: dict[str, Patterns] = {
    "change_case:capital_word_frequency": _fixed(
        rf"\bwords?\b~\b{_CAPITAL}", rf"\b{_CAPITAL}~\bwords?\b", r"\ball[- ]caps"
    ),
    "change_case:english_capital": _fixed(rf"(?<!\bno )(?<!\bwithout )\b{_CAPITAL}\b"),
    "change_case:english_lowercase": _fixed(
        r"\blower[- ]?cased?\b", r"\bsmall letters\b", rf"\b{_AVOIDED}\b~\b{_CAPITAL}\b"
    ),
    "combination:repeat_prompt": _fixed(
        r"\b(?:repeat|restat|copy|copied|echo)\w*~\b(?:request|prompt|sentence|question|task|it|word)",
        r"\bword[- ]for[- ]word\b",
        r"\bverbatim\b",
    ),
    "combination:two_responses": _fixed(
        r"\b(?:two|2|both)\b~\b(?:responses|versions|answers|alternatives|poems|options|variants|texts)\b",
        r"\b(?:six|6) (?:asterisk|star)\w*",
        r"\*{6}",
    ),
    "detectable_content:number_placeholders": _fixed(
        r"\bplaceholders?\b", r"\bsquare brackets?\b", r"\[[A-Za-z][\w ]{1,30}\]"
    ),
    "detectable_content:postscript": _postscript,
    "detectable_format:constrained_response": _fixed(
        r"\bmy answer is\b",
        r"\b(?:one|any) of (?:the|these)\b~\b(?:options|answers|phrases|choices)\b",
        r"\bfixed (?:options?|answers?)\b",
    ),
    "detectable_format:json_format": _fixed(r"\bjson\b"),
    "detectable_format:multiple_sections": _sections,
    "detectable_format:number_bullet_lists": _fixed(r"\bbullet\w*", r"\blines?\b~\b(?:begin|start)\w*~[\"'“‘`][*-]"),
    "detectable_format:number_highlighted_sections": _fixed(
        r"\bhighlight\w*", r"\bitalic\w*", r"\bbold\w*\b", r"\bemphasi[sz]e\w*", r"(?<![\w*])\*[^*\n]{2,60}\*(?![\w*])"
    ),
    "detectable_format:title": _fixed(r"\btitled?\b", r"\b(?:angular|angle) brackets?\b", r"<<"),
    "keywords:existence": _keywords,
    "keywords:forbidden_words": _forbidden,
    "keywords:frequency": _frequency,
    "keywords:letter_frequency": _letter,
    "language:response_language": _language,
    "length_constraints:nth_paragraph_first_word": _nth_paragraph,
    "length_constraints:number_paragraphs": _or(
        _counted("num_paragraphs", "paragraphs?"), r"(?<!\*)\*{3}(?!\*)", r"\bparagraphs?\b~\b(?:divid|separat|part)\w*"
    ),
    "length_constraints:number_sentences": _or(
        _counted("num_sentences", "sentences?", (0, -1, 1)), r"\bsentence (?:count|limit)\b"
    ),
    "length_constraints:number_words": _or(
        _counted("num_words", "words?\\b(?!~capital)", (0, -1, 1)), r"\bword[- ](?:count|limit|length|budget)\b"
    ),
    "punctuation:no_comma": _fixed(r"\bcommas?\b"),
    "startend:end_checker": _end,
    "startend:quotation": _fixed(
        r"\bquotation marks?\b", r"\bdouble quot\w+", r"\b(?:wrap|enclos|surround|put|plac)\w*~\bquot(?:es?|ations?)\b"
    ),
    "count:numbers": _counted("N", "numbers?"),
    "count:person_names": _fixed(r"\bnames?\b"),
    "count:pronouns": _fixed(r"\bpronouns?\b"),
    "count:conjunctions": _fixed(r"\bconjunctions?\b"),
    "count:unique_word_count": _fixed(r"\b(?:unique|different|distinct) words\b"),
    "count:word_count_range": _fixed(r"\d+~\bwords?\b", r"\bword (?:count|limit|range)\b"),
    "format:emoji": _fixed(r"\bemojis?\b"),
    "format:line_indent": _fixed(r"\bindent\w*", r"\bstairs?\b"),
    "format:newline": _fixed(r"\b(?:new|own|separate) lines?\b", r"\bword (?:per|a) line\b"),
    "format:no_whitespace": _fixed(r"\bwhite\s?space\b", r"\bspaces\b"),
    "format:quotes": _fixed(r"\bquotes?\b"),
    "format:parentheses": _fixed(r"\bparenthes[ie]s\b", r"\bbrackets?\b"),
    "format:thesis": _fixed(r"\bthesis\b", r"\bitalics?\b"),
    "format:title_case": _fixed(r"\btitle case\b"),
    "ratio:stop_words": _fixed(r"\bstop\s?words?\b"),
    "words:alphabet": _fixed(r"\balphabet\w*", r"\bnext letter\b"),
    "words:palindrome": _fixed(r"\bpalindromes?\b"),
    "words:prime_lengths": _fixed(r"\bprime\b"),
    "words:start_verb": _fixed(r"\bverb\b"),
    "words:vowel": _fixed(r"\bvowels?\b"),
    "words:consonants": _fixed(r"\bconsonants?\b"),
    "words:odd_even_syllables": _fixed(r"\bsyllables?\b"),
}
"""The patterns of each kind, as a function of its arguments; one match is enough."""

_GAP = r"[^.!?\n]{0,60}?"


def patterns_of(kind: str, kwargs: Mapping[str, Any]) -> list[str] | None:
    """Return the patterns of a kind for these arguments; None for a kind without a row."""
    if kind not in PATTERNS:
        return None
    return [pattern.replace("~", _GAP) for pattern in PATTERNS[kind](kwargs)]
