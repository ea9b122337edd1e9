"""docs/webhooks.md is true: its kinds are all kinds, and its figures are those of the code."""

import re

from annotator.webhooks.kinds import Kind
from annotator.webhooks.sending import TIME_LIMIT_S
from annotator.webhooks.services.retries import DELIVERIES_KEPT, FAILED_IN_A_ROW, RETRY_AFTER_S
from tests.paths import REPOSITORY

PAGE = (REPOSITORY / "docs" / "webhooks.md").read_text()


def test_every_kind_has_a_row_in_their_order() -> None:
    assert re.findall(r"^\| `([a-z.]+)` \|", PAGE, re.M) == Kind.values


def test_the_figures_are_those_of_the_code() -> None:
    assert f"within {TIME_LIMIT_S:.0f} seconds" in PAGE
    assert f"stay there for {DELIVERIES_KEPT.days} days" in PAGE
    assert (FAILED_IN_A_ROW, "Five messages in a row" in PAGE) == (5, True)
    assert RETRY_AFTER_S == (5, 60, 600, 3_600, 21_600)
    assert "5 seconds, 1 minute, 10 minutes, 1 hour and 6 hours" in " ".join(PAGE.split())
