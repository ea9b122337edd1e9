"""Progress of one training: the step at work, and how many models of all are trained. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from annotator.routing.deciders import Decider, Trainer
from annotator.routing.labelled_prompts import LabelledPrompt

READING = "reading"
"""The step that reads the cases."""
WHOLE = "whole"
"""The step that trains on all prompts."""


@dataclass(slots=True)
class Progress:
    """How far a training is. `folds` are those of each split to report on, by its name; each trains a model.

    A training changes it, and another thread may read it: every change is of one value.
    """

    step: str = READING
    done: int = 0
    folds: Mapping[str, int] = field(default_factory=dict)

    @property
    def expected(self) -> int:
        """How many models there will be: one a fold, and the router itself; 0 while that is not known."""
        return sum(self.folds.values()) + 1 if self.folds else 0

    def enter(self, step: str) -> None:
        """Begin the report of a split, or WHOLE. What was left out of the splits before counts as done."""
        before = list(self.folds)
        before = before[: before.index(step)] if step in self.folds else before
        self.done = sum(self.folds[split] for split in before)
        self.step = step

    def counting(self, trainer: Trainer) -> Trainer:
        """Return the trainer that counts each model that it trains."""

        def train(prompts: Sequence[LabelledPrompt]) -> Decider:
            router = trainer(prompts)
            self.done += 1
            return router

        return train
