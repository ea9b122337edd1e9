"""From a completion to an outcome, by the split rules that the verdicts use too (`annotator.constraints`)."""

from annotator.constraints import split_completion
from workers.engine import Completion
from workers.strategies.types import Outcome


def outcome_of(completion: Completion, how: str) -> Outcome:
    """Split the completion's text the way `how` says, and record how that went."""
    split = split_completion(completion.text, how, truncated=completion.finish_reason == "length")
    return Outcome(
        completion=completion.text,
        reasoning=split.reasoning,
        answer=split.answer,
        split_status=split.status,
        finish_reason=completion.finish_reason,
    )
