"""Fuzz of `regex` against `re`: the number of pairs of pattern and text on which the two engines differ.

`regex` is given each pattern as it stands, and as `annotator.constraints.timed_pattern` writes it.

Run as `python benchmarks/regex_engines.py [PAIRS]`. Patterns come from a small grammar with atoms on which the engines
are known to differ (case folding beyond ASCII, empty matches, back references). The counts are separate for each class
of `annotator.constraints.safe_regex`, and show which verdicts a simpler guard would change. docs/design/regex-safety.md
has the figures.
"""

import random
import re
import signal
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import regex

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from annotator.constraints.safe_regex import SECONDS, PatternError, compile_pattern
from annotator.constraints.timed_pattern import for_text

_SEED = 7
_TEXTS = 4  # for each pattern
_LIMIT_S = 1.0
_ATOMS = [
    "a", "b", "rain", "I", "ß", "é", "K", "1", " ", "-", ",", ".", r"\w", r"\d", r"\s", r"\W", "[a-c]", "[^a]",
    r"[\w-]",
    r"\b", "^", "$", r"\.", "(?:ab|a)", "İ", "ſ", "[A-Z]", "(?=a)", "(?!b)", r"\1", "(a)", "(b|c)", "(?i:a)", r"\Z",
]  # fmt: skip
_REPEATS = ["*", "+", "?", "{2}", "{1,3}", "*?", "+?"]
_WORDS = [
    "rain", "a", "ab", "abc", "I", "K", "ß", "ss", "é", "1", "12", " ", ",", ". ", ".", "-", "\n", "aaaa", "bca",
    "İ", "ſ", "AB", "_",
]  # fmt: skip
Spans = list[tuple[int, int]]


def pattern(rng: random.Random, depth: int = 0) -> str:
    pieces = []
    for _ in range(rng.randint(1, 4)):
        chance = rng.random()
        if depth < 2 and chance < 0.18:
            piece = f"({pattern(rng, depth + 1)})"
        elif depth < 2 and chance < 0.26:
            piece = f"(?:{pattern(rng, depth + 1)}|{pattern(rng, depth + 1)})"
        else:
            piece = rng.choice(_ATOMS)
        pieces.append(piece + (rng.choice(_REPEATS) if rng.random() < 0.35 else ""))
    return "".join(pieces)


def text(rng: random.Random) -> str:
    return "".join(rng.choice(_WORDS) for _ in range(rng.randint(0, 25)))


def spans_of_re(compiled: "re.Pattern[str]", words: str) -> Spans | None:
    """Return None after `_LIMIT_S`: the C code of `re` checks for signals while it backtracks."""
    signal.setitimer(signal.ITIMER_REAL, _LIMIT_S)
    try:
        return [match.span() for match in compiled.finditer(words)]
    except TimeoutError:
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def spans_of_regex(compiled: Any, words: str) -> Spans | None:
    try:
        return [match.span() for match in compiled.finditer(words, timeout=SECONDS)]
    except TimeoutError:
        return None


def class_of(source: str) -> str:
    try:
        return "cheap" if compile_pattern(source)._cheap else "timed"
    except PatternError as error:
        return "refused" if "exponential" in str(error) else "unusable"


def count(pairs: int) -> Counter[str]:
    rng, counts = random.Random(_SEED), Counter[str]()
    while counts["pairs"] < pairs:
        source = pattern(rng)
        kind = class_of(source)
        if kind == "unusable":
            continue
        by_re = re.compile(source, re.IGNORECASE)
        by_regex = regex.compile(source, regex.IGNORECASE | regex.VERSION0 | regex.UNICODE)
        counts[f"{kind}: patterns"] += 1
        for words in (text(rng) for _ in range(_TEXTS)):
            expected, other = spans_of_re(by_re, words), spans_of_regex(by_regex, words)
            written = spans_of_regex(for_text(source, int(re.IGNORECASE), words), words)
            counts["pairs"] += 1
            counts[f"{kind}: pairs"] += 1
            counts[f"{kind}: re takes more than {_LIMIT_S:.0f} s"] += expected is None
            counts[f"{kind}: regex runs out of {SECONDS} s"] += other is None
            if expected is not None and other is not None:
                counts[f"{kind}: other spans"] += expected != other
                counts[f"{kind}: only one engine matches"] += bool(expected) != bool(other)
            if expected is not None and written is not None:
                counts[f"{kind}: other spans as written"] += expected != written
                counts[f"{kind}: only one matches as written"] += bool(expected) != bool(written)
    return counts


def _stop(*_: object) -> None:
    raise TimeoutError


def main() -> None:
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, _stop)
    for name, number in sorted(count(int(sys.argv[1]) if len(sys.argv) > 1 else 40_000).items()):
        print(f"{name:<40} {number:8,}")


if __name__ == "__main__":
    main()
