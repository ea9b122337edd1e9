"""Token counts of a generation: reasoning, answer and the rest, which add up to the completion's."""

from collections.abc import Callable, Mapping

from workers.engine import Usage
from workers.strategies import Outcome


def token_counts(outcome: Outcome, usage: Usage, count: Callable[[str], int]) -> Mapping[str, int]:
    """The counts by the names of the fields of `Generation`; `other_tokens` is what is neither reasoning nor answer.

    `usage` is that of all model calls. The completion's count is the backend's, and so is the reasoning's where it
    reports one, which it also does for reasoning that it keeps to itself. Else the texts are counted by `count` as they
    are: a text that is cut out of a completion may come to a token more or less than it took there, so that its count
    is bounded by what is left. Calls whose texts the outcome does not have (`Outcome.usage`) are all `other_tokens`.
    """
    taken = usage if outcome.usage is None else outcome.usage
    answer = count(outcome.answer)
    reasoning = taken.reasoning_tokens or count(outcome.reasoning)  # 0: it did not reason outside of its text
    bound = taken.completion_tokens or reasoning + answer  # 0: the backend does not count
    answer = min(answer, bound)
    reasoning = min(reasoning, bound - answer)
    total = max(usage.completion_tokens, reasoning + answer)
    return {
        "reasoning_tokens": reasoning,
        "answer_tokens": answer,
        "other_tokens": total - reasoning - answer,
        "completion_tokens": total,
    }
