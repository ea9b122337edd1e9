"""Backend protocol: sums of usage, transient failures, and invalid completions."""

import pytest

from workers.engine import Completion, Usage


def test_a_failure_is_transient_where_it_says_when_to_retry():
    assert not Completion.failed("1", "The model refused.").transient
    assert Completion.failed("1", "Too many requests.", retry_after_s=0.0).transient


def test_usage_is_summed_and_an_unknown_count_adds_nothing():
    assert Usage(1, 2) + Usage(3, 4, 5, None) == Usage(4, 6, 5, None)
    assert Usage(1, 2, 3, 4) + Usage(1, 2, 3, 4) == Usage(2, 4, 6, 8)


@pytest.mark.parametrize("kind", ["none", "omitted", "redacted"])
def test_reasoning_that_is_there_cannot_be_said_to_be_absent(kind):
    with pytest.raises(ValueError, match="raw or a summary"):
        Completion("1", "fig", "stop", Usage(), 0.1, reasoning="A fruit.", reasoning_kind=kind)
