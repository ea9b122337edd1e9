"""Parity with IFBench's official verdicts, strict and loose: on its sample responses, on our texts, on mutations.

The numbers are asserted, so that a pair dropped by mistake is noticed.
"""

from collections import Counter
from collections.abc import Sequence

import pytest

from annotator.constraints import ConstraintSpec, check
from annotator.constraints.ifbench import CHECKERS, UNVERIFIABLE
from tests.constraints.ifbench.cases import Case
from tests.constraints.ifbench.examples import EXAMPLES
from tests.constraints.ifbench.golden import Verdicts, needs_wheel, own_golden, sample_golden, wheel_rows

KINDS = 58
SAMPLES = 294  # responses in the wheel
SAMPLE_PAIRS = 335  # of a response and a constraint
SAMPLE_PAIRS_UNVERIFIABLE = 6  # words:start_verb
SAMPLE_PAIRS_DRAWN = 1  # repeat:repeat_span from a place of 0, which the official code replaces by a random one
OFFICIAL = {"1": True, "0": False, "E": None, "R": None}


def differences(kind: str, golden: Sequence[tuple[Case, Verdicts]], counts: Counter[str]) -> list[str]:
    """Compare the verdicts; where the official code gives none, ours must say that it cannot be told."""
    lines = []
    for case, official in golden:
        decision = check(ConstraintSpec(kind, case.kwargs), case.text)
        for reading, verdict in (("strict", decision.strict), ("loose", decision.loose)):
            wanted = getattr(official, reading)
            counts[wanted] += 1
            if verdict.obeyed is not OFFICIAL[wanted] or (verdict.obeyed is not True and not verdict.note):
                lines.append(f"{case.source} {reading}: ours {verdict.obeyed}, official {wanted}: {case.text[:200]!r}")
    return lines


def test_57_of_the_58_kinds_are_decided() -> None:
    kinds = {checker.kind for checker in CHECKERS}
    assert len(kinds) == len(CHECKERS) == KINDS
    assert UNVERIFIABLE == ("words:start_verb",)
    assert sorted(EXAMPLES) == sorted(kinds - set(UNVERIFIABLE))


@needs_wheel
def test_every_sample_response_of_the_wheel_gets_the_official_verdicts() -> None:
    counts: Counter[str] = Counter()
    sample = {kind: [pair for pair in sample_golden(kind) if pair[0].source == "sample"] for kind in EXAMPLES}
    assert [line for kind, golden in sample.items() for line in differences(kind, golden, counts)] == []
    assert counts.total() == 2 * (SAMPLE_PAIRS - SAMPLE_PAIRS_UNVERIFIABLE)
    assert (counts["E"], counts["R"]) == (0, 2 * SAMPLE_PAIRS_DRAWN)


@needs_wheel
def test_the_wheel_has_the_responses_that_the_figures_speak_of() -> None:
    kinds = [kind for row in wheel_rows("IFBench_test.jsonl") for kind in row["instruction_id_list"]]
    assert len(wheel_rows("sample_output.jsonl")) == SAMPLES
    assert len(kinds) == SAMPLE_PAIRS
    assert Counter(kinds)["words:start_verb"] == SAMPLE_PAIRS_UNVERIFIABLE


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_our_texts_and_their_mutations_get_the_official_verdicts(kind: str) -> None:
    counts: Counter[str] = Counter()
    golden = own_golden(kind)
    assert differences(kind, golden, counts) == []
    assert counts["1"] >= 10
    assert counts["0"] >= 20


@needs_wheel
@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_mutated_and_foreign_sample_responses_get_the_official_verdicts(kind: str) -> None:
    golden = [pair for pair in sample_golden(kind) if pair[0].source != "sample"]
    assert differences(kind, golden, Counter()) == []
    assert len(golden) >= 80


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_the_first_of_our_texts_obey_and_the_others_do_not(kind: str) -> None:
    _, obeying, violating = EXAMPLES[kind]
    examples = [official.strict for case, official in own_golden(kind) if case.source == "example"]
    assert examples == ["1"] * len(obeying) + ["0"] * len(violating)
    assert min(len(obeying), len(violating)) >= 2


def test_a_wrong_verdict_would_be_noticed() -> None:
    (case, official), *_ = own_golden("count:numbers")
    assert official == Verdicts("1", "1")
    assert differences("count:numbers", [(case, Verdicts("0", "1"))], Counter()) != []


def test_a_kind_that_cannot_be_verified_says_why() -> None:
    decision = check(ConstraintSpec("words:start_verb", {}), "Run home.")
    assert (decision.strict.obeyed, decision.loose.obeyed) == (None, None)
    assert "part-of-speech tagger" in decision.strict.note
