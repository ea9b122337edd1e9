"""Outcomes from completions, by the split rules that verdicts use too (`annotator.constraints`).

Owns how reasoning that a backend returned apart and reasoning that stands in the text become one outcome. Knows no
strategy.
"""

from annotator.constraints import split_completion
from workers.engine import Completion
from workers.strategies.protocol import Outcome


def outcome_of(completion: Completion, how: str) -> Outcome:
    """Split the completion's text by the rule `how` and record how that went.

    Reasoning that a backend returned apart is the reasoning, and the text is the answer; markers in the text are
    honoured but not expected then. The stored completion is the reasoning, a blank line and the text: the scope
    `completion`.
    """
    truncated, apart = completion.finish_reason == "length", completion.reasoned_apart
    split = split_completion(completion.text, how, truncated=truncated, reasoned=apart)
    reasoning = _joined(completion.reasoning, split.reasoning) if apart else split.reasoning
    status = "truncated" if apart and truncated and split.status == "empty" else split.status
    return Outcome(
        completion=_joined(completion.reasoning, completion.text),
        reasoning=reasoning,
        answer=split.answer,
        split_status=status,
        finish_reason=completion.finish_reason,
        reasoning_kind=completion.reasoning_kind if apart else "raw" if reasoning else "none",
    )


def _joined(reasoning: str, text: str) -> str:
    return "\n\n".join(part for part in (reasoning, text) if part)
