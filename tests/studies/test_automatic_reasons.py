"""Reasons of the rule that sets gold: translated when they are ours, and anything else is shown as it is stored."""

import pytest
from django.utils import translation

from annotator.studies.automatic_reasons import AGREED, ALONE, reason_by_rule


def test_a_reason_of_the_rule_is_translated() -> None:
    with translation.override("zh-hans"):
        assert reason_by_rule(AGREED % {"n": 3}) != AGREED % {"n": 3}
        assert "3" in reason_by_rule(AGREED % {"n": 3})
        assert reason_by_rule(ALONE) != ALONE


@pytest.mark.parametrize(
    "stored", ["", "%(x)s 7", "100 % of 2 %d", "%(n)999999999d 1", "By rule: all 3 annotations agree. <b>", "7"]
)
def test_any_other_text_stays_and_is_no_template(stored: str) -> None:
    for language in ("en", "zh-hans"):
        with translation.override(language):
            assert reason_by_rule(stored) == stored
