"""All tokens of a text as nltk 3.9's `word_tokenize` splits them, each with its place in the text.

Owns the splitting rules, applied to one sentence of Punkt at a time; the rule for the final full stop is written so
that no text takes quadratic time. `tokens` is the faster way to tokens in capitals. Knows nothing of constraints.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from annotator.constraints.verdict import Span

_STARTING = (
    (re.compile(r"[«“‘„]|`+"), r" \g<0> "),
    (re.compile(r'^"'), "``"),
    (re.compile(r"``"), r" \g<0> "),
    (re.compile(r"([ (\[{<])(?:\"|'')"), r"\1 `` "),
    (re.compile(r"(?i)'(?!re|ve|ll|m|t|s|d|n)(?=\w\b)"), "' "),
)
_CLOSING = "])}>\"'»”’ "  # what may follow the final full stop of a sentence
_PUNCTUATION = (
    (re.compile(r"([:,])(\D)"), r" \1 \2"),
    (re.compile(r"[:,]$"), r" \g<0> "),
    (re.compile(r"\.{2,}"), r" \g<0> "),
    (re.compile(r"[;@#$%&\u2012-\u2015]"), r" \g<0> "),
    (re.compile(r"[?!]"), r" \g<0> "),
    (re.compile(r"([^'])' "), r"\1 ' "),
    (re.compile(r"[*\[\](){}<>]"), r" \g<0> "),
    (re.compile(r"--"), r" \g<0> "),
)
_ENDING = (
    (re.compile(r"[»”’]"), r" \g<0> "),
    (re.compile(r"''"), r" \g<0> "),
    (re.compile(r'"'), " '' "),
    (re.compile(r"\s+"), " "),
    (re.compile(r"([^' ])('[sS]|'[mM]|'[dD]|') "), r"\1 \2 "),
    (re.compile(r"([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) "), r"\1 \2 "),
)
_FUSED = tuple(
    (re.compile(rf"(?i){pattern}"), r" \1 \2 ")
    for pattern in (
        r"\b(can)(not)\b", r"\b(d)('ye)\b", r"\b(gim)(me)\b", r"\b(gon)(na)\b", r"\b(got)(ta)\b", r"\b(lem)(me)\b",
        r"\b(more)('n)\b", r"\b(wan)(na)(?=\s)", r" ('t)(is)\b", r" ('t)(was)\b",
    )
)  # fmt: skip
_QUOTE = re.compile(r"\"|''|``")
_LONGEST_CACHED = 200  # the variants of one text share most of their sentences


class Token(NamedTuple):
    """A token and its span; a straight double quotation mark is the token `` or ''."""

    text: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        return self.start, self.end


def token_texts(text: str, sentences: Sequence[Span]) -> list[str]:
    """Return the tokens of the sentences, which are those of `punkt.sentence_spans`."""
    return [token for start, end in sentences for token in _tokens(text[start:end])]


def word_tokens(text: str, sentences: Sequence[Span]) -> Iterator[Token]:
    """Yield the same tokens with their spans."""
    return (token for start, end in sentences for token in _located(text, start, end))


def _located(text: str, start: int, end: int) -> Iterator[Token]:
    """Yield the tokens of one sentence; a converted quotation mark is located by what it stands for."""
    for token in _tokens(text[start:end]):
        if token in ("``", "''"):
            match = _QUOTE.search(text, start, end)
            span = match.span() if match else (start, start)
        else:
            found = text.find(token, start, end)
            span = (found, found + len(token)) if found >= 0 else (start, start)
        yield Token(token, *span)
        start = span[1]


def _tokens(sentence: str) -> tuple[str, ...]:
    return _cached_split(sentence) if len(sentence) <= _LONGEST_CACHED else _split(sentence)


def _split(sentence: str) -> tuple[str, ...]:
    for pattern, replacement in _STARTING:
        sentence = pattern.sub(replacement, sentence)
    sentence = _final_stop_apart(sentence)
    for pattern, replacement in _PUNCTUATION:
        sentence = pattern.sub(replacement, sentence)
    sentence = f" {sentence} "
    for pattern, replacement in (*_ENDING, *_FUSED):
        sentence = pattern.sub(replacement, sentence)
    return tuple(sentence.split())


_cached_split = lru_cache(maxsize=1 << 13)(_split)


def _final_stop_apart(sentence: str) -> str:
    """Return the sentence with spaces around its final full stop, which only closing marks may follow."""
    whole = sentence.rstrip()
    body = whole.rstrip(_CLOSING)
    if len(body) < 2 or body[-1] != "." or body[-2] == ".":
        return sentence
    return f"{body[:-1]} . {whole[len(body) :]} "
