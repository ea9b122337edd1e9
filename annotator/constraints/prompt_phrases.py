"""Phrases by which prompts state each kind, as regular expressions for `locate`.

Owns nothing but the patterns, of each kind the most specific first. `~` stands for a gap of a few words inside
one sentence; patterns ignore case. The first pattern of a list that matches is used.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from annotator.constraints.ifbench.phrases import PHRASES as IFBENCH_PHRASES
from annotator.constraints.language import LANGUAGES

_GAP = r"[^.!?\n]{0,60}?"
_QUOTE = r"[\"'“”‘’*`«»]?"
_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
_LIMIT = (
    r"(?:(?:at least|at most|(?:no )?(?:less|fewer|more) than|under|over|above|below|about|around|exactly|only|"
    r"up to|within|between|a (?:minimum|maximum) of)\s+)?(?:a total of\s+)?"
)
_OR_MORE = r"(?:\s+or\s+(?:more|less|fewer))?"
_CAPITAL = r"(?:capital|all[- ]caps|upper[- ]?case|capitalized|\bcaps\b)"
_SIX_STARS = r"(?:asterisk\w*|\*{6})(?: symbols)?(?:: ?\*{6}| \(?\*{6}\)?)?"

Patterns = Callable[[Mapping[str, Any]], list[str]]


def _fixed(*patterns: str) -> Patterns:
    return lambda kwargs: list(patterns)


def _number(number: Any, near: Sequence[int] = (0,)) -> str:
    """Return a pattern of the number, alone or as one end of a range; of any number where it is unknown."""
    if not isinstance(number, int) or number < 0:
        return r"\b\d+"
    values = [number + offset for offset in near if number + offset >= 0]
    forms = [form for value in values for form in _forms(value)]
    return rf"(?:\b(?:\d+\s*(?:to|-|–|and|or)\s*)?(?:{'|'.join(forms)})(?:\s*(?:to|-|–|or)\s*\d+)?)"


def _forms(number: int) -> list[str]:
    return [str(number), f"{number:,}", *_SMALL[number : number + 1]]


def _amount(argument: str, noun: str, near: Sequence[int] = (0,)) -> Patterns:
    def patterns(kwargs: Mapping[str, Any]) -> list[str]:
        number = _number(kwargs.get(argument), near)
        return [
            rf"{_LIMIT}{number}(?:\s?\+|\s?\(\w+\){_OR_MORE}|{_OR_MORE})[\s-]+(?:[\w-]+\s){{0,3}}?{noun}{_OR_MORE}",
            rf"{noun}\b~{number}{_OR_MORE}",
            rf"{_LIMIT}(?:\b\d+\+?|\b(?:a|one|two|three|few))[\s-]+{noun}",
            rf"\b{noun}\b",
        ]

    return patterns


_AROUND = (0, -1, 1)
"""Prompts write "at most 150 words" where the data says less than 151."""


def _letter(kwargs: Mapping[str, Any]) -> list[str]:
    letter = re.escape(str(kwargs.get("letter", "")))
    return [
        rf"\bletters? {_QUOTE}{letter}{_QUOTE}(?!\w)~times",
        rf"\bletters? {_QUOTE}{letter}(?!\w)",
        r"\bhashtags?\b~#" if letter == r"\#" else r"(?!)",
        rf"[\"'“‘]{letter}[\"'”’]",
        rf"(?<!\w){letter}(?!\w)~times",
    ]


def _keyword(kwargs: Mapping[str, Any]) -> list[str]:
    word = rf"{_QUOTE}{re.escape(str(kwargs.get('keyword', '')).strip())}\w{{0,2}}{_QUOTE}"
    often = r"(?:times?|once|twice)\b"
    mention = r"(?:mention|include|use|say)\w*"
    return [
        rf"\b(?:key)?words?,? {word}~{often}",
        rf"\b(?:key)?words?,? {word}",
        rf"{mention}~{word}~{often}",
        rf"{word}~{often}",
        rf"{mention}~{word}",
        often,
    ]


def _sections(kwargs: Mapping[str, Any]) -> list[str]:
    word = re.escape(str(kwargs.get("section_spliter", "")).strip())
    count = _number(kwargs.get("num_sections"))
    return [rf"{_LIMIT}{count}\s+(?:sections?|{word}s?)\b", rf"{word}\s?(?:X|\d)", r"\bsections?\b", word]


def _nth_paragraph(kwargs: Mapping[str, Any]) -> list[str]:
    word = rf"{_QUOTE}{re.escape(str(kwargs.get('first_word', '')))}{_QUOTE}"
    begins = r"\b(?:start|begin)\w*"
    return [
        rf"\bparagraph\b~{begins}~{word}",
        rf"{begins}~paragraph~{word}",
        rf"{begins}~{word}",
        *_amount("num_paragraphs", "paragraphs?")(kwargs),
    ]


def _language(kwargs: Mapping[str, Any]) -> list[str]:
    name = LANGUAGES.get(str(kwargs.get("language")), r"(?!)")
    return [rf"\bin (?:the )?{name}(?: language)?\b(?:~allowed)?", rf"\b{name} language\b", rf"\b{name}\b"]


def _capital_words(kwargs: Mapping[str, Any]) -> list[str]:
    count = _number(kwargs.get("capital_frequency"), _AROUND)
    return [
        rf"words?\b~{_CAPITAL}~{count}(?: times?)?",
        rf"{count}~words?\b~{_CAPITAL}\w*(?: letters)?",
        rf"{_CAPITAL}~words?~{count}(?: times?)?",
        rf"{_CAPITAL}~{count}(?: times?)?",
        rf"words?\b~{_CAPITAL}\w*",
        rf"{_CAPITAL}\w*~words?",
        rf"{_CAPITAL}\w*",
    ]


def _highlights(kwargs: Mapping[str, Any]) -> list[str]:
    count = _number(kwargs.get("num_highlights"))
    mark = r"(?:highlight|italic|bold|emphasi|stress)\w*"
    part = r"(?:sections?|parts?|texts?|phrases?|words?|titles?|points?)"
    return [
        rf"{mark}~{count}~{part}",
        rf"{count}~{mark}~{part}",
        rf"{mark}~{part}",
        r"(?:highlight|italici)\w*",
        r"\*[^*\n]+\*",
    ]


def _paragraphs(kwargs: Mapping[str, Any]) -> list[str]:
    parts = r"(?:paragraphs?|parts?|sections?|steps?|versions?)"
    counted = _amount("num_paragraphs", parts)(kwargs)
    return [*counted[:3], r"\*{3}(?!\*)", r"\bparagraphs?\b"]


PHRASES: dict[str, Patterns] = {
    "change_case:capital_word_frequency": _capital_words,
    "change_case:english_capital": _fixed(
        r"(?:in English[^.\n]{0,12})?(?:in |use |using )?(?:only |all |entirely )*"
        r"(?:capital|upper[- ]?case|all[- ]caps)\w*(?: letters?)?",
        r"capitaliz\w+~(?:letter|word|entire|whole)\w*",
        r"\bcaps\b",
        r"no lower[- ]?case",
    ),
    "change_case:english_lowercase": _fixed(
        r"(?:in English[^.\n]{0,12})?(?:in |use |using )?(?:only |all |entirely )*(?:in )?"
        r"lower[- ]?cased?\w*(?: letters?)?",
        r"\b(?:no|not|without|avoid|never)\b~(?:capital|upper[- ]?case)\w*(?: letters?)?",
        r"\bsmall letters",
    ),
    "combination:repeat_prompt": _fixed(
        r"\brepeat~(?:request|sentence|prompt|question|word for word|line|above|below)\w*",
        r"\brep[la]*eat\w*",
    ),
    "combination:two_responses": _fixed(
        rf"\b(?:two|2)\b~(?:separat\w+|divid\w+)~{_SIX_STARS}",
        rf"(?:separat\w+|divid\w+)~{_SIX_STARS}",
        r"\b(?:two|2) (?:\w+ ){0,2}(?:responses|versions|answers)",
        r"(?:six|6) asterisk\w*",
        r"\*{6}",
    ),
    "detectable_content:number_placeholders": _amount("num_placeholders", "placeholders?"),
    "detectable_content:postscript": _fixed(
        r"\bpost ?scripts?\b~P\.(?:\s?P\.)?\s?S\.?",
        r"\bpost ?scripts?\b",
        r"\bP\.(?:\s?P\.)?\s?S\.?",
    ),
    "detectable_format:constrained_response": _fixed(
        r"(?:one of|choose|following|answer)[^\n]{0,90}?\s{0,2}[^\n]{0,4}My answer is yes"
        r"[\s\S]{0,80}?My answer is (?:maybe|no)\.?[\s\S]{0,8}(?:My answer is maybe\.?)?",
        r"My answer is yes[\s\S]{0,80}?My answer is (?:maybe|no)\.?",
        r"My answer is (?:yes|no|maybe)",
    ),
    "detectable_format:json_format": _fixed(
        r"(?:in |as |using |use |into )?(?:a |the )?(?:valid )?json(?: format| block| object)?"
    ),
    "detectable_format:multiple_sections": _sections,
    "detectable_format:number_bullet_lists": _amount("num_bullets", r"bullets?(?:[ -]?points?)?"),
    "detectable_format:number_highlighted_sections": _highlights,
    "detectable_format:title": _fixed(
        r"\b(?:title|name|named|call(?:ed)?|headline|theme)\b~(?:double )?(?:angular|angle) brackets?"
        r"(?:,? ?(?:i\.e\.|such as|like|e\.g\.|for example)?,? ?<<[^>\n]*>>)?",
        r"(?:angular|angle) brackets?",
        r"<<[^>\n]*>>",
        r"\btitle\b",
    ),
    "keywords:frequency": _keyword,
    "keywords:letter_frequency": _letter,
    "language:response_language": _language,
    "length_constraints:nth_paragraph_first_word": _nth_paragraph,
    "length_constraints:number_paragraphs": _paragraphs,
    "length_constraints:number_sentences": _amount("num_sentences", "sentences?", _AROUND),
    "length_constraints:number_words": _amount("num_words", "words?", _AROUND),
    "punctuation:no_comma": _fixed(
        r"(?:\b(?:no|not|without|avoid|refrain|never|zero)\b|n't)~\bcommas?\b",
        r"\bcommas?\b~(?:not|avoid|forbidden|prohibited|allowed)\w*",
        r"\bcommas?\b",
    ),
    "startend:quotation": _fixed(
        r"(?:wrap|put|enclos|surround|place|with|in)\w*~(?:double )?(?:quotation marks?|quot\w+)"
        r"(?:~around~(?:response|answer|reply|output))?",
        r"\bquotation marks?",
        r"\bdouble quot\w+",
    ),
    **{kind: _fixed(*patterns) for kind, patterns in IFBENCH_PHRASES.items()},
}
"""The patterns of each kind, as a function of its arguments. Kinds whose arguments are quoted in the prompt are in
`QUOTED_ARGUMENTS`."""

QUOTED_ARGUMENTS: dict[str, tuple[str, str]] = {
    "keywords:existence": (
        "keywords",
        r"\b(?:key)?words?\b|\b(?:includ|mention|contain|use|using|has|have|add|put|incorporat|sa(?:y|id))\w*",
    ),
    "keywords:forbidden_words": ("forbidden_words", r"\b(?:not|without|avoid\w*|exclud\w+|never|refrain\w*|no)\b|n't"),
    "startend:end_checker": ("end_phrase", r"\b(?:finish|end|clos|conclud|last|very end|exact phrase)\w*"),
}
"""The argument that stands in the prompt word for word, and a pattern of the words that introduce it."""


def phrase_patterns(kind: str, kwargs: Mapping[str, Any]) -> list[str]:
    """Return the patterns of a kind for these arguments; none for an unknown kind."""
    return [pattern.replace("~", _GAP) for pattern in PHRASES[kind](kwargs)] if kind in PHRASES else []
