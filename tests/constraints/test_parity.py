"""Parity with the official verdicts, wherever those are deterministic.

4,980 real (response, constraint) pairs of six models and 4,222 mutations, over all 25 kinds, strict and loose. The
counts are asserted, so that a pair dropped by mistake is noticed.
"""

from collections import Counter

import pytest

from annotator.constraints import check_all
from tests.constraints.golden import MODELS, Golden, golden_mutations, golden_responses
from tests.constraints.specs import COMPLETE
from tests.paths import needs_shared_data

pytestmark = needs_shared_data

REAL_PAIRS = {
    "change_case:capital_word_frequency": 150,
    "change_case:english_capital": 142,
    "change_case:english_lowercase": 233,
    "combination:repeat_prompt": 246,
    "combination:two_responses": 144,
    "detectable_content:number_placeholders": 162,
    "detectable_content:postscript": 156,
    "detectable_format:constrained_response": 60,
    "detectable_format:json_format": 102,
    "detectable_format:multiple_sections": 84,
    "detectable_format:number_bullet_lists": 186,
    "detectable_format:number_highlighted_sections": 288,
    "detectable_format:title": 222,
    "keywords:existence": 234,
    "keywords:forbidden_words": 294,
    "keywords:frequency": 252,
    "keywords:letter_frequency": 186,
    "language:response_language": 183,
    "length_constraints:nth_paragraph_first_word": 72,
    "length_constraints:number_paragraphs": 162,
    "length_constraints:number_sentences": 312,
    "length_constraints:number_words": 312,
    "punctuation:no_comma": 396,
    "startend:end_checker": 156,
    "startend:quotation": 246,
}
MUTATED_PAIRS = 4222


def differences(golden: Golden, counts: Counter[str]) -> list[str]:
    lines = []
    for index, decision in enumerate(check_all(golden.specs, golden.response, prompt=golden.prompt)):
        if index in golden.skipped:
            continue
        counts[decision.kind] += 1
        ours = (decision.strict.obeyed, decision.loose.obeyed)
        official = (golden.strict[index], golden.loose[index])
        if ours != official:
            lines.append(f"{golden.name} {golden.specs[index]}: ours {ours}, official {official}")
    return lines


def test_real_responses_of_six_models_get_the_official_verdicts():
    counts: Counter[str] = Counter()
    wrong = [line for model in MODELS for golden in golden_responses(model) for line in differences(golden, counts)]
    assert wrong == []
    assert dict(counts) == REAL_PAIRS
    assert sorted(counts) == sorted(COMPLETE)


def test_mutated_responses_and_arguments_get_the_official_verdicts():
    counts: Counter[str] = Counter()
    wrong = [line for golden, _ in golden_mutations() for line in differences(golden, counts)]
    assert wrong == []
    assert counts.total() == MUTATED_PAIRS
    assert sorted(counts) == sorted(COMPLETE)


def test_where_the_official_code_fails_or_draws_we_give_no_verdict():
    decided = []
    for golden, row in golden_mutations():
        failed = row.get("raises_strict") and row["mutator"] != "K:kw_extra_none"  # null padding, which we drop
        drawn = row.get("uses_random") and "letter" not in row["kwargs"]  # odd letters we take literally
        if failed or drawn:
            (decision,) = check_all(golden.specs, golden.response)
            if decision.strict.obeyed is not None or not decision.strict.note:
                decided.append(golden.name)
    assert decided == []


@pytest.mark.parametrize(("pairs", "obeyed"), [("strict", (417, 698)), ("loose", (431, 714))])
def test_the_totals_of_gpt_4_are_the_official_ones(pairs, obeyed):
    verdicts = [
        [bool(getattr(decision, pairs).obeyed) for decision in check_all(golden.specs, golden.response)]
        for golden in golden_responses("gpt4")
    ]
    assert (sum(map(all, verdicts)), sum(map(sum, verdicts))) == obeyed
