"""Tests that docs/ifbench.md is true: every kind with its arguments, the figures, the commands."""

import re

import pytest

from annotator.constraints.ifbench import CHECKERS, UNVERIFIABLE
from annotator.constraints.ifbench.ratio import stop_words
from tests.constraints.ifbench.examples import EXAMPLES
from tests.constraints.ifbench.golden import needs_wheel, own_golden, sample_golden
from tests.constraints.ifbench.test_parity import SAMPLE_PAIRS, SAMPLE_PAIRS_UNVERIFIABLE, SAMPLES
from tests.paths import REPOSITORY

TEXT = (REPOSITORY / "docs/ifbench.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| `([a-z]+:[a-z_-]+)` \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
ROWS = {row[0]: row[1:] for row in _ROW.findall(TEXT)}


def test_the_table_lists_every_kind_in_order() -> None:
    assert list(ROWS) == sorted(checker.kind for checker in CHECKERS)
    assert f"{len(CHECKERS) - len(UNVERIFIABLE)} of its {len(CHECKERS)} kinds" in TEXT


@pytest.mark.parametrize("checker", CHECKERS, ids=lambda checker: checker.kind)
def test_a_kind_is_listed_with_its_arguments(checker: type) -> None:
    names = [parameter.name for parameter in checker.parameters]  # type: ignore[attr-defined]
    names = ["keyword1", "keyword5"] if len(names) == 5 else names
    arguments = ROWS[checker.kind][0]  # type: ignore[attr-defined]
    assert re.findall("`(.+?)`", arguments) == names
    assert (arguments == "none") == (not names)


def test_what_cannot_be_verified_is_explained() -> None:
    section = TEXT.split("## What cannot be verified")[1].split("\n## ")[0]
    assert all(f"`{kind}`" in section for kind in UNVERIFIABLE)


@needs_wheel
def test_the_figures_are_those_of_the_tests() -> None:
    own = sum(len(own_golden(kind)) for kind in EXAMPLES)
    others = sum(case.source != "sample" for kind in EXAMPLES for case, _ in sample_golden(kind))
    assert f"{SAMPLES} sample responses" in TEXT
    assert f"{SAMPLE_PAIRS - SAMPLE_PAIRS_UNVERIFIABLE} of {SAMPLE_PAIRS}" in TEXT
    assert f"| {others:,} | 0 |" in TEXT
    assert f"| {own:,} | 0 |" in TEXT
    assert f"{len(stop_words())} stop words" in TEXT
