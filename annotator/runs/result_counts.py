"""Counts over the finished generations of a run, as values and as the JSON that is stored.

Pure; `annotator.runs.selectors.result_counts` counts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotator.datasets.accuracies import Accuracies, AccuracyShares, Share

TOKENS = ("prompt_tokens", "reasoning_tokens", "answer_tokens", "other_tokens", "completion_tokens")
_NOTES_KEPT = 100


@dataclass(frozen=True, slots=True)
class ResultCounts:
    """The counts of one run.

    `decisions` are counted by what was chosen, a choice that led to another one as both, in order. `probabilities` has
    the number of decisions by the probability of reasoning, in bins; [] if no decision has one. `accuracies` are by
    scope, without the kinds.
    """

    generations: int = 0
    splits: Mapping[str, int] = field(default_factory=dict)
    finish_reasons: Mapping[str, int] = field(default_factory=dict)
    tokens: Mapping[str, int] = field(default_factory=dict)
    decisions: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    probabilities: Sequence[int] = ()
    notes: Mapping[str, int] = field(default_factory=dict)
    accuracies: Mapping[str, Accuracies] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the counts as they are stored: of notes, which a run may have thousands of, the most frequent."""
        return {
            "generations": self.generations,
            "splits": dict(self.splits),
            "finish_reasons": dict(self.finish_reasons),
            "tokens": dict(self.tokens),
            "decisions": [[list(choices), n] for choices, n in self.decisions.items()],
            "probabilities": list(self.probabilities),
            "notes": dict(Counter(self.notes).most_common(_NOTES_KEPT)),
            "accuracies": {scope: _accuracies_json(one) for scope, one in self.accuracies.items()},
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ResultCounts":
        return cls(
            **{
                **stored,
                "decisions": {tuple(choices): n for choices, n in stored["decisions"]},
                "accuracies": {scope: _accuracies(one) for scope, one in stored["accuracies"].items()},
            }
        )


def _accuracies_json(accuracies: Accuracies) -> dict[str, Any]:
    return {
        name: [[share.obeyed, share.decided, share.unverifiable] for share in (shares.prompts, shares.constraints)]
        for name, shares in (("strict", accuracies.strict), ("loose", accuracies.loose))
    }


def _accuracies(stored: Mapping[str, Any]) -> Accuracies:
    return Accuracies(_shares(stored["strict"]), _shares(stored["loose"]))


def _shares(stored: Sequence[Sequence[int]]) -> AccuracyShares:
    prompts, constraints = (Share(*counts) for counts in stored)
    return AccuracyShares(prompts, constraints)
