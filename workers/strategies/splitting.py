"""Splitting of completions into reasoning and answer, by the rules of `annotator.constraints`.

Owns how reasoning that a backend returned separately and reasoning within the text become one outcome. Knows no
strategy.
"""

from annotator.constraints import split_completion
from workers.engine import Completion
from workers.strategies.protocol import Outcome


def outcome_of(completion: Completion, split_rule: str) -> Outcome:
    """Split the completion's text by `split_rule` into an outcome, with the status of the split.

    Where a backend returned reasoning separately, the text is the answer; markers in it are then optional. The stored
    completion is that reasoning, a blank line and the text: what the scope `completion` reads.
    """
    truncated, separate = completion.cut_off, completion.reasoned_separately
    split = split_completion(completion.text, split_rule, truncated=truncated, reasoned=separate)
    reasoning = joined(completion.reasoning, split.reasoning) if separate else split.reasoning
    status = "truncated" if separate and truncated and split.status == "empty" else split.status
    return Outcome(
        completion=joined(completion.reasoning, completion.text),
        reasoning=reasoning,
        answer=split.answer,
        split_status=status,
        finish_reason=completion.finish_reason,
        reasoning_kind=completion.reasoning_kind if separate else "raw" if reasoning else "none",
        usage=completion.usage,
    )


def joined(reasoning: str, text: str) -> str:
    """Return reasoning and text as one, a blank line between them."""
    return "\n\n".join(part for part in (reasoning, text) if part)
