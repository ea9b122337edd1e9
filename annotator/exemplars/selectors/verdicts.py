"""Verdicts on an attempt as the current checkers decide them, for readers who are to act on them."""

from typing import Any

from annotator.constraints import CHECKER_VERSION
from annotator.exemplars.models import Repair
from annotator.exemplars.proof import prove


def verdicts_now(repair: Repair) -> list[dict[str, Any]]:
    """Return the verdicts of a finished attempt: the stored ones, or new ones where the checkers changed since.

    An attempt that is not finished has none. New ones need the prompt's constraints, one query.
    """
    if repair.status != Repair.Status.DONE or repair.checker_version == CHECKER_VERSION:
        return list(repair.verdicts)
    return prove(repair.candidate.case.prompt, repair.answer, repair.reasoning).to_json()
