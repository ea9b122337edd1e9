"""Content of an attempt to repair: texts, verdicts, and distance from the failing answer."""

from typing import Any

from django.utils.translation import gettext as _

from annotator.exemplars.edit_distance import word_edit_distance
from annotator.exemplars.errors import RepairError
from annotator.exemplars.mentions import unmentioned
from annotator.exemplars.models import Candidate
from annotator.exemplars.proof import constraints_of, prove_constraints
from annotator.text_cleaning import replace_unstorable

MAX_CHARACTERS = 100_000


def attempt_content(candidate: Candidate, *, reasoning: str, answer: str) -> dict[str, Any]:
    """Return the fields that decide what an attempt is worth, by their names in `Repair`; stores nothing.

    Reads the constraints of the candidate's prompt, in one query.
    """
    clean_answer, clean_reasoning = replace_unstorable(answer), replace_unstorable(reasoning)
    prompt = candidate.case.prompt
    constraints = constraints_of(prompt)
    proof = prove_constraints(prompt, constraints, clean_answer, clean_reasoning)
    return {
        "answer": clean_answer,
        "reasoning": clean_reasoning,
        "verdicts": proof.to_json(),
        "satisfied": proof.satisfied,
        "undecided": len(proof.undecided),
        "edit_distance": word_edit_distance(candidate.generation.answer, clean_answer),
        "unmentioned": list(unmentioned(constraints, clean_reasoning)),
        "checker_version": proof.checker_version,
    }


def refuse_too_long(candidate: Candidate, *texts: str) -> None:
    """Raise RepairError for a text above MAX_CHARACTERS, before a checker reads it."""
    longest = max(map(len, texts))
    if longest > MAX_CHARACTERS:
        raise RepairError(
            _("The repair of candidate %(candidate)d has a text of %(n)d characters; at most %(most)d fit.")
            % {"candidate": candidate.pk, "n": longest, "most": MAX_CHARACTERS}
        )
