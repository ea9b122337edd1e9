"""Template values of an edit as typed: proof, mentions in the reasoning, difference to the original."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from annotator.datasets.models import Constraint
from annotator.exemplars.edits import suggestions
from annotator.exemplars.mentions import unmentioned
from annotator.exemplars.models import Candidate, PromptSet
from annotator.exemplars.proof import prove_constraints
from annotator.exemplars.repetition import Repetition, most_repeated
from annotator.exemplars.selectors.joining import Joining, joining, sets_to_join
from annotator.web.curation.form import RepairInput
from annotator.web.curation.proof_screen import ProofRow, ProofScreen, ShownSuggestion, proof_screen
from annotator.web.marks.inline_difference import RevisedPiece, inline_difference


@dataclass(frozen=True)
class CheckedEdit:
    """An edit of a candidate's answer, checked."""

    candidate: Candidate
    constraints: Sequence[Constraint]
    typed: RepairInput
    proof: ProofScreen
    sets: Sequence[PromptSet] = ()
    """The prompt sets of the study that the exemplar may join."""

    @cached_property
    def joins(self) -> Joining | None:
        """The chosen set with this edit in it; None without one."""
        chosen = self.chosen_set
        typed = self.typed
        return joining(chosen, self.candidate, reasoning=typed.reasoning, answer=typed.answer) if chosen else None

    @property
    def chosen_set(self) -> PromptSet | None:
        return next((row for row in self.sets if row.pk == self.typed.prompt_set), None)

    @property
    def spoken_of(self) -> Sequence[tuple[ProofRow, bool]]:
        """Each constraint, and whether the reasoning speaks of it."""
        silent = unmentioned(self.constraints, self.typed.reasoning)
        return [(row, row.position not in silent) for row in self.proof.rows]

    @cached_property
    def repetition(self) -> Repetition | None:
        """The sentence that the answer says most often, from three times on: a proof does not say that it is good."""
        return most_repeated(self.typed.answer)

    @cached_property
    def reasoning_difference(self) -> Sequence[RevisedPiece] | None:
        return inline_difference(self.candidate.generation.reasoning, self.typed.reasoning)

    @cached_property
    def answer_difference(self) -> Sequence[RevisedPiece] | None:
        return inline_difference(self.candidate.generation.answer, self.typed.answer)


def checked_edit(candidate: Candidate, constraints: Sequence[Constraint], typed: RepairInput) -> CheckedEdit:
    """Check what was typed against all constraints of the prompt. Stores nothing."""
    proof = prove_constraints(candidate.case.prompt, constraints, typed.answer, typed.reasoning)
    offered = _suggestions(constraints, typed.answer) if proof.violated else {}
    shown = proof_screen(proof, ticked=typed.ticked, suggestions=offered)
    return CheckedEdit(candidate, constraints, typed, shown, sets_to_join(candidate.case.study))


def _suggestions(constraints: Sequence[Constraint], answer: str) -> Mapping[int, ShownSuggestion]:
    """The mechanical edit that is offered for each violated constraint, by its position."""
    return {
        found.position: ShownSuggestion(found.label, found.satisfies, tuple(place + 1 for place in found.breaks))
        for found in suggestions(constraints, answer)
    }
