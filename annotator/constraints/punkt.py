"""English sentence boundaries exactly as Punkt (nltk 3.9 with `punkt_tab`) finds them, without nltk.

Owns the decision whether a sentence ends at a full stop, and its parameters: four small files of nltk's data inside the
wheel `llama-index-core`, read from the installed package and never downloaded. The algorithm is Kiss & Strunk (2006),
"Unsupervised Multilingual Sentence Boundary Detection", sections 4.1-4.3. Only contexts around `.`, `?` and `!` are
decided, and decisions are cached by context, so that the variants of one response share the work. Knows nothing of
constraints.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import metadata
from itertools import pairwise
from pathlib import Path

from annotator.constraints.verdict import Span

_WHEEL = "llama-index-core"
_DATA = "llama_index/core/_static/nltk_cache"
_FOLDER = "tokenizers/punkt_tab/english"

_NON_WORD = r"[)\";}\]*:@'({\[?!]"
_MULTIPLE = r"(?:-{2,}|\.{2,}|(?:\.\s){2,}\.)"
_TOKEN = re.compile(
    rf"{_MULTIPLE}"
    rf"|(?=[^(\"`{{\[:;&#*@)}}\]\-,])\S+?(?=\s|$|{_NON_WORD}|{_MULTIPLE}|,(?=$|\s|{_NON_WORD}|{_MULTIPLE}))"
    rf"|\S"
)
_CANDIDATE = re.compile(rf"[.?!](?=(?P<after>{_NON_WORD}|\s+(?P<next>\S+)))")
_CLOSING = re.compile(r"[\"')\]}]+?(?:\s+|(?=--)|$)", re.MULTILINE)
_NUMBER = re.compile(r"^-?[.,]?\d[\d,.-]*\.?$")
_INITIAL = re.compile(r"[^\W\d]\.$")
_ASCII_SPACE = " \t\n\r\x0b\x0c"

# Flags of ortho_context.tab: in which case and position the training text has a word.
_MID_UPPER = 1 << 2
_UPPER = (1 << 1) | _MID_UPPER | (1 << 3)
_BEGIN_LOWER = 1 << 4
_LOWER = _BEGIN_LOWER | (1 << 5) | (1 << 6)

_LONGEST_CACHED = 120


class PunktDataMissingError(RuntimeError):
    """Raised where the sentence model, or another file of nltk's data, is not installed."""

    def __init__(self, where: str) -> None:
        super().__init__(f"nltk's data is missing ({where}); run `make setup`, which installs {_WHEEL} for it")


@dataclass(frozen=True, slots=True)
class _Model:
    abbreviations: frozenset[str]
    collocations: frozenset[tuple[str, ...]]
    starters: frozenset[str]
    contexts: dict[str, int]


def _folder() -> Path:
    try:
        return Path(str(metadata.distribution(_WHEEL).locate_file(_DATA))) / _FOLDER
    except metadata.PackageNotFoundError:
        raise PunktDataMissingError(f"the package {_WHEEL} is not installed") from None


def data_rows(name: str) -> list[str]:
    """Return the lines of a file of nltk's data ("corpora/stopwords/english"). Raises `PunktDataMissingError`."""
    path = _folder().parents[2] / name
    try:
        return [row for row in path.read_text(encoding="utf-8").split("\n") if row]
    except FileNotFoundError:
        raise PunktDataMissingError(f"{name} is not among the files of {_WHEEL}") from None


@cache
def _model() -> _Model:
    contexts = (row.split("\t") for row in data_rows(f"{_FOLDER}/ortho_context.tab"))
    return _Model(
        abbreviations=frozenset(data_rows(f"{_FOLDER}/abbrev_types.txt")),
        collocations=frozenset(tuple(row.split("\t")) for row in data_rows(f"{_FOLDER}/collocations.tab")),
        starters=frozenset(data_rows(f"{_FOLDER}/sent_starters.txt")),
        contexts={word: int(flags) for word, flags in contexts},
    )


def sentence_spans(text: str) -> list[Span]:
    """Return the spans of the sentences of `text`, in order. Raises `PunktDataMissingError`."""
    slices = list(_raw_slices(text))
    sentences: list[Span] = []
    moved = 0  # closing quotes and brackets that were moved to the sentence before
    for index, (start, end) in enumerate(slices):
        start += moved
        following = slices[index + 1] if index + 1 < len(slices) else None
        closing = _CLOSING.match(text, *following) if following and following[0] <= following[1] else None
        if following and closing:
            sentences.append((start, following[0] + len(closing.group().rstrip())))
            moved = closing.end() - closing.start()
        else:
            moved = 0
            if start < end:
                sentences.append((start, end))
    return sentences


def _raw_slices(text: str) -> Iterator[Span]:
    begin = 0
    for match, context in _contexts(text):
        if _ends_sentence(context):
            yield begin, match.end()
            begin = match.start("next") if match["next"] else match.end()
    yield begin, len(text.rstrip())


def _contexts(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Find every candidate end with the word before and the token after it; of overlapping candidates the last."""
    previous: re.Match[str] | None = None
    word_start = word_end = 0
    for match in _CANDIDATE.finditer(text):
        space = _last_space(text, word_end, match.start())
        start = space + 1 if space > word_end else word_start
        if previous and word_end <= start:
            yield previous, text[word_start : previous.end()] + previous["after"]
        previous, word_start, word_end = match, start, match.start()
    if previous:
        yield previous, text[word_start : previous.end()] + previous["after"]


def _last_space(text: str, start: int, end: int) -> int:
    """Return the last ASCII white space in `[start, end)`, or -1: other white space does not separate words here."""
    return max(text.rfind(space, start, end) for space in _ASCII_SPACE)


def _ends_sentence(context: str) -> bool:
    return _decide(context) if len(context) > _LONGEST_CACHED else _cached_decision(context)


def _decide(context: str) -> bool:
    pieces = [piece for line in context.split("\n") for piece in _TOKEN.findall(line)]
    return any(_breaks(piece, following) for piece, following in pairwise(pieces))


_cached_decision = lru_cache(maxsize=1 << 15)(_decide)


def _breaks(piece: str, following: str) -> bool:
    """Whether a sentence ends with the token `piece`, before the token `following`."""
    if piece in ("?", "!"):
        return True
    if not piece.endswith("."):
        return False
    model = _model()
    ellipsis = piece.startswith("..") and not piece.strip(".")
    abbreviation = not ellipsis and _is_abbreviation(piece, model)
    breaks = piece == "." or not (ellipsis or abbreviation or piece.endswith(".."))
    kind, next_kind = _type(piece).removesuffix(".") or ".", _next_type(following, model)
    if (kind, next_kind) in model.collocations:
        return False
    initial = _INITIAL.match(piece) is not None
    starts = _starts_sentence(following, next_kind, model)
    if (
        (abbreviation or ellipsis)
        and not initial
        and (starts or (following[0].isupper() and next_kind in model.starters))
    ):
        return True
    if (initial or kind == "##number##") and _continues(starts, initial, following, next_kind, model):
        return False
    return breaks


def _is_abbreviation(piece: str, model: _Model) -> bool:
    if piece == "." or piece.endswith(".."):
        return False
    stem = piece[:-1].lower()
    return stem in model.abbreviations or stem.split("-")[-1] in model.abbreviations


def _type(piece: str) -> str:
    return _NUMBER.sub("##number##", piece.lower())


def _next_type(piece: str, model: _Model) -> str:
    """Return the type of the following token, without its own full stop where that ends a sentence."""
    kind = _type(piece)
    ends = piece in (".", "?", "!") or (
        piece.endswith(".") and not piece.endswith("..") and not _is_abbreviation(piece, model)
    )
    return kind[:-1] if ends and len(kind) > 1 and kind[-1] == "." else kind


def _starts_sentence(piece: str, kind: str, model: _Model) -> bool | None:
    """Apply the orthographic heuristic (4.1.1); None where the training text does not decide."""
    if piece in (";", ":", ",", ".", "!", "?"):
        return False
    seen = model.contexts.get(kind, 0)
    if piece[0].isupper() and seen & _LOWER and not seen & _MID_UPPER:
        return True
    if piece[0].islower() and (seen & _UPPER or not seen & _BEGIN_LOWER):
        return False
    return None


def _continues(starts: bool | None, initial: bool, piece: str, kind: str, model: _Model) -> bool:
    """Whether the sentence of an initial or ordinal continues with `piece` (4.3)."""
    if starts is not None:
        return not starts
    return initial and piece[0].isupper() and not model.contexts.get(kind, 0) & _LOWER
