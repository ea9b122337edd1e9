"""Tokens in capitals as nltk 3.9's `word_tokenize` splits them, without tokenizing the rest.

Whether a token is upper case depends only on its letters, so white-space-delimited chunks without a capital are
skipped, and the tokens of a chunk are cached. The only context that a chunk needs is whether the full stop in it ends
the sentence and whether a space follows it. Owns the splitting rules that can separate two letters; knows nothing of
constraints.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from annotator.constraints.verdict import Span

_FINAL_STOP = re.compile(r"(?<=[^.])\.(?=(?:[\])}>»”’ ]|(?<! )\"|(?<! )'|(?<= )'(?!'))*\s*$)")
_STOP_BEFORE_CLOSING = re.compile(r"(?<=[^.])\.(?=[\])}>\"'»”’]*\s*$)")
_CHUNK = re.compile(r"\S+")

_OPENING = re.compile(r"[«“‘„]|`+|(?<=[ (\[{<])(?:\"|'')")
_APOSTROPHE_LETTER = re.compile(r"(?i)'(?!re|ve|ll|m|t|s|d|n)(?=\w\b)")
_COLON_OR_COMMA = re.compile(r"([:,])(\D)")
_MARKS = re.compile(r"\.{2,}|[;@#$%&?!\u2012-\u2015]")
_LONE_APOSTROPHE = re.compile(r"(?<=[^'])' ")
_BRACKETS = re.compile(r"[*\[\](){}<>]|--")
_QUOTES = re.compile(r"[»”’\"]|''")
_CLITICS = (
    re.compile(r"(?<=[^' ])('[sS]|'[mM]|'[dD]|') "),
    re.compile(r"(?<=[^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) "),
)
_FUSED = re.compile(
    r"(?i)\b(?:(can)(not)|(d)('ye)|(gim)(me)|(gon)(na)|(got)(ta)|(lem)(me)|(more)('n))\b|\b(wan)(na)(?=\s)"
)
_TIS = re.compile(r"(?i) ('t)(is|was)\b")
_LONGEST_CACHED = 60
_CAPITALS_ALONE = re.compile(
    "[{}]".format("".join(c for c in map(chr, range(128, 0x20000)) if c.isupper() and c.lower() == c))
)
"""Letters that are upper case and have no lower case, such as 𝐁 and 🅱."""


def capital_tokens(text: str, sentences: Sequence[Span]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield, for every chunk with upper-case tokens, its offset in `text` and those tokens."""
    pair_of_cases = text.isascii() or not _CAPITALS_ALONE.search(text)  # every capital has a lower case
    for start, end in sentences:
        stop = _FINAL_STOP.search(text, start, end) if "." in text[start:end] else None
        for chunk in _CHUNK.finditer(text, start, end):
            word = chunk.group()
            if word.islower() or (word.lower() == word and (pair_of_cases or not _CAPITALS_ALONE.search(word))):
                continue
            final = stop is not None and chunk.start() <= stop.start() < chunk.end()
            spaced = chunk.end() < end and text[chunk.end()] == " "
            tokenize = _chunk_capital_tokens if len(word) > _LONGEST_CACHED else _cached_capital_tokens
            if tokens := tokenize(word, final, spaced):
                yield chunk.start(), tokens


def capital_token_spans(text: str, sentences: Sequence[Span]) -> Iterator[Span]:
    """Yield the spans of the upper-case tokens in `text`."""
    for offset, tokens in capital_tokens(text, sentences):
        for token in tokens:
            start = text.find(token, offset)
            yield start, start + len(token)
            offset = start + len(token)


def _chunk_capital_tokens(chunk: str, final: bool, spaced: bool) -> tuple[str, ...]:
    """Return the upper-case tokens of a chunk; `final`: its full stop ends the sentence, `spaced`: a space follows."""
    if chunk.isalpha() and not _FUSED.search(chunk + " "):
        return (chunk,) if chunk.isupper() else ()
    text = _OPENING.sub(r" \g<0> ", f" {chunk} " if spaced else f" {chunk}\n")
    text = _APOSTROPHE_LETTER.sub("' ", text)
    if final:
        text = _STOP_BEFORE_CLOSING.sub(" . ", text)
    text = _COLON_OR_COMMA.sub(r" \1 \2", text)
    text = _MARKS.sub(r" \g<0> ", text)
    text = _LONE_APOSTROPHE.sub(" ' ", text)
    text = _BRACKETS.sub(r" \g<0> ", text)
    text = " ".join(_QUOTES.sub(r" \g<0> ", text).split())
    text = f" {text} "
    for clitic in _CLITICS:
        text = clitic.sub(r" \1 ", text)
    text = _FUSED.sub(lambda match: f" {' '.join(filter(None, match.groups()))} ", text)
    text = _TIS.sub(r" \1 \2 ", text)
    return tuple(token for token in text.split() if token.isupper())


_cached_capital_tokens = lru_cache(maxsize=1 << 15)(_chunk_capital_tokens)
