import re
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.constraints.safe_regex import Clock, PatternError, PatternTimeoutError, compile_pattern
from annotator.constraints.timed_pattern import for_text
from tests.timing import quickest_s

EXPONENTIAL = [
    "(a+)+$", "(a|a)*b", "(a|aa)+$", "(.*)*x", r"(\w+\s?)+x", "([a-z]+)*", "(x+x+)+y", "(a*)*", "(?:a|b|ab)*c",
    "^(([a-z])+.)+[A-Z]([a-z])+$", "(?=(a+)+)b", r"(\d+\.?)*x", "((ab)*)*",
]  # fmt: skip
POLYNOMIAL = [r"(\w+,\s)*x", r"\w+ing", ".*rain.*sun", "(foo|bar)+x", "(a?){30}a{30}", r"\s+$", r"(a)\1+b"]
CHEAP = ["rain", r"C\+\+", "colou?r", r"\d+", r"\s?Part\s?\d+\s?", "(cat|dog)s?", r"\bx\b", "a.c", "[^a]b", "x{3}"]


READ_OTHERWISE = [r"x*[[:alpha:]]", r"\w+\W", "z*ı+k*", "[[:digit:]]+x*y", r"\w+x*y", r"(?i:ſ+)t*u*", r"[^\W\d_]+-*x*",
                  r"\b\w+\b.*y", r"i*İ+x*", r"K+x*y*", r"^\w+$.*", r"x*[--a]+y*", r"x*[a||b]+y*",
                  r"x*[[a]+y*"]  # fmt: skip
"""Patterns that `regex`, left to itself, reads otherwise than `re` for some of `ODD_LETTERS`."""
ODD_LETTERS = "ſsSKkKiIıİ\u0307\u0345éßẞ𝐁🅱ⅣaΑпह\u093f中५²_-: \n[]dx"


def started_clock() -> Clock:
    clock = Clock()
    clock.start()
    return clock


@pytest.mark.parametrize("pattern", EXPONENTIAL)
def test_a_pattern_that_can_take_exponential_time_is_refused(pattern):
    with pytest.raises(PatternError, match="exponential time"):
        compile_pattern(pattern)


@pytest.mark.parametrize("pattern", POLYNOMIAL + CHEAP)
def test_other_patterns_are_taken(pattern):
    compile_pattern(pattern)


@pytest.mark.parametrize("pattern", ["(", "*", "[x", "\\", r"\b(?i)\b", "a{99999999999999999999}"])
def test_a_pattern_that_does_not_compile_is_refused_with_the_reason(pattern):
    with pytest.raises(PatternError, match="is not a regular expression: "):
        compile_pattern(pattern)


@pytest.mark.parametrize("pattern", ["a" * 900, "(" + "|".join(f"fruit{n}" for n in range(90)) + ")s?", "(ab|cd|ef)+"])
def test_long_phrases_and_alternatives_are_taken(pattern):
    compile_pattern(pattern)


def test_a_pattern_too_long_or_too_deep_is_refused():
    with pytest.raises(PatternError, match="longer than 1000 characters"):
        compile_pattern("a" * 1001)
    with pytest.raises(PatternError):
        compile_pattern("(" * 499 + ")" * 499 + "+")


@pytest.mark.parametrize("text", ["a" * 100_000, "a," * 50_000, " " * 100_000, "rain" * 25_000])
@pytest.mark.parametrize("pattern", POLYNOMIAL + CHEAP)
def test_no_pattern_runs_longer_than_its_clock(pattern, text):
    compiled = compile_pattern(pattern)

    def search() -> None:
        try:
            list(compiled.all(text, started_clock()))
        except PatternTimeoutError:
            assert pattern in POLYNOMIAL

    assert quickest_s(search, enough_s=1) < 1


@given(
    pattern=st.sampled_from(
        [p for p in POLYNOMIAL + CHEAP if "{30}" not in p] + [r"\w+", r"(\w)\1", "ra.*n$", r"\W+s"]
    ),
    text=st.text(st.sampled_from("raincats ,.12-éÉßC+\n"), max_size=40),
)
def test_both_engines_find_what_re_finds(pattern, text):
    expected = [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]
    assert [match.span() for match in compile_pattern(pattern).all(text, started_clock())] == expected
    first = compile_pattern(pattern).first(text, started_clock())
    assert (first.span() if first else None) == (expected[0] if expected else None)


@pytest.mark.parametrize("flags", [re.IGNORECASE, re.MULTILINE, re.NOFLAG], ids=str)
@pytest.mark.parametrize("pattern", READ_OTHERWISE)
@settings(max_examples=60)
@given(text=st.text(st.sampled_from(ODD_LETTERS), max_size=12))
def test_a_timed_pattern_matches_the_characters_that_re_matches(pattern, flags, text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = [match.span() for match in re.finditer(pattern, text, flags)]
        assert [match.span() for match in for_text(pattern, int(flags), text).finditer(text)] == expected


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?P<a>x)(?P=a)+", r"(x)?(?(1)y|z)+", r"(?>a+)b*", "a++b*", "a+?b*", r"(?<=x)y+z*", r"(?<!x)y+z*", "(?!y)z*x",
        r"\Ax+y*", r"x+\Z", "x{2,}y{1,3}", r"(?s:.)+y*", r"(?-i:X)+y*", r"\By+x*", "(x|y|)+z*",
        "(?:xy|x)*z+", "(?!)x*y*",
    ],
)  # fmt: skip
@settings(max_examples=40)
@given(text=st.text(st.sampled_from("xyzXYZab \n"), max_size=10))
def test_every_construct_of_re_is_written_for_the_timed_engine(pattern, text):
    expected = [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)]
    assert [match.span() for match in for_text(pattern, int(re.IGNORECASE), text).finditer(text)] == expected
