"""Property tests of IFBench's kinds: no text raises, evidence lies in the text, no text takes long."""

from functools import partial

import pytest
from hypothesis import given, settings

from annotator.constraints import ConstraintSpec, check, check_all, locate, title, validate
from annotator.constraints.ifbench import CHECKERS
from tests.constraints.ifbench.examples import EXAMPLES
from tests.constraints.test_messages import english
from tests.constraints.test_properties import HOSTILE, any_text
from tests.timing import quickest_s

SPECS = [ConstraintSpec(kind, EXAMPLES[kind][0]) for kind in sorted(EXAMPLES)]
TEXTS = [text for _, obeying, violating in EXAMPLES.values() for text in (*obeying, *violating)]


def assert_sound(text: str) -> None:
    for decision in check_all(SPECS, text, prompt=text):
        for verdict in (decision.strict, decision.loose):
            assert list(verdict.spans) == sorted(set(verdict.spans)), decision.kind
            assert all(0 <= start < end <= len(text) for start, end in verdict.spans), decision.kind
            assert verdict.observed, decision.kind
            assert verdict.required, decision.kind
            assert verdict.note or verdict.obeyed is True, decision.kind
            for text_for_people in (verdict.observed, verdict.required, verdict.note):
                assert english(text_for_people) == text_for_people, decision.kind
        assert decision.loose.obeyed is not False or decision.strict.obeyed is False, decision.kind


@settings(max_examples=60, deadline=None)
@given(text=any_text)
def test_any_text_gets_a_verdict_with_evidence_inside_it(text: str) -> None:
    assert_sound(text)


@pytest.mark.parametrize("text", TEXTS[::6])
def test_a_text_of_another_kind_gets_a_verdict_with_evidence_inside_it(text: str) -> None:
    assert_sound(text)


@pytest.mark.parametrize("checker", CHECKERS, ids=lambda checker: checker.kind)
def test_a_kind_has_a_sentence_for_people_and_accepts_null_padding(checker: type) -> None:
    padding = dict.fromkeys(("N", "keyword1", "max_words", "min_words", "sep", "small_n", "num_highlights", "relation"))
    kwargs = EXAMPLES.get(checker.kind, ({},))[0]  # type: ignore[attr-defined]
    kind: str = checker.kind  # type: ignore[attr-defined]
    assert validate(kind, {**padding, **kwargs}) == kwargs
    assert title(kind, kwargs)
    assert not title(kind, kwargs).endswith("(cannot be verified)")


@pytest.mark.slow
@pytest.mark.parametrize("text", sorted(HOSTILE))
def test_no_checker_takes_three_seconds_on_100_kb_of_hostile_text(text: str) -> None:
    slow = []
    for spec in SPECS:
        if (seconds := quickest_s(partial(check, spec, HOSTILE[text]), enough_s=3)) > 3:
            slow.append((spec.kind, round(seconds, 2)))
    assert slow == []


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["keyword ", "at least ", "between 1 and ", "Include exactly ", "a", "use "])
def test_no_prompt_makes_locating_slow(piece: str) -> None:
    prompt = piece * (20_000 // len(piece))
    slow = [spec.kind for spec in SPECS if quickest_s(partial(locate, prompt, spec), enough_s=1) > 1]
    assert slow == []
