"""Template values of the repair editor: the original, the edit with its proof, and the attempts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.contrib.auth.models import User

from annotator.datasets.models import Constraint
from annotator.exemplars.models import Candidate, Exemplar, Repair, RepairDraft
from annotator.exemplars.proof import constraints_of, prove_constraints
from annotator.exemplars.selectors.candidates import CandidatePlace, attempts_of, best_of, place_of
from annotator.exemplars.selectors.drafts import draft_of
from annotator.exemplars.selectors.exemplars import exemplar_of
from annotator.web.case.drafts import DraftState
from annotator.web.curation.attempt_screen import AttemptList, attempt_list
from annotator.web.curation.checked_edit import CheckedEdit, checked_edit
from annotator.web.curation.form import RepairInput
from annotator.web.curation.proof_screen import ProofScreen, proof_screen
from annotator.web.curation.reasons import ShownReasons, shown_reasons


@dataclass(frozen=True, slots=True)
class RepairScreen:
    """The values of one page. `refusal` is why the last submission was refused."""

    candidate: Candidate
    constraints: Sequence[Constraint]
    edit: CheckedEdit
    original: ProofScreen
    attempts: AttemptList
    draft: DraftState
    exemplar: Exemplar | None
    reasons: ShownReasons
    place: CandidatePlace
    refusal: str = ""

    @property
    def typed(self) -> RepairInput:
        return self.edit.typed

    @property
    def closed(self) -> bool:
        """Whether nothing can be approved: the candidate is rejected, or has an exemplar."""
        return self.attempts.closed

    def with_edit(self, typed: RepairInput, *, refusal: str = "", draft: DraftState | None = None) -> "RepairScreen":
        """The page again with everything typed, and the reason of a refusal."""
        edit = checked_edit(self.candidate, self.constraints, typed)
        return replace(self, edit=edit, refusal=refusal, draft=draft or self.draft)


def repair_screen(
    candidate: Candidate,
    curator: User,
    *,
    begin: Repair | None = None,
    draft_version: int | None = None,
    prompt_set: int | None = None,
) -> RepairScreen:
    """The page as it opens: with the attempt `begin`, else the curator's draft, else the best attempt.

    `begin` takes the place of any draft; with `draft_version` of that one alone, 0 for none. Another one was saved
    since: it is shown, so that the next save does not overwrite it unseen. An exemplar that was approved is shown as
    it is. `prompt_set` is the id of the set that is chosen at first.
    """
    attempts, draft, exemplar = list(attempts_of(candidate)), draft_of(candidate, curator), exemplar_of(candidate)
    if draft is not None and draft_version not in (None, draft.version):
        begin = None
    typed = _opening(candidate, attempts, draft, exemplar.repair if exemplar else begin)
    typed = replace(typed, prompt_set=prompt_set)
    if exemplar is not None:
        typed = replace(typed, ticked=tuple(exemplar.ticked))
    constraints, generation = constraints_of(candidate.case.prompt), candidate.generation
    original = prove_constraints(candidate.case.prompt, constraints, generation.answer, generation.reasoning)
    closed = exemplar is not None or candidate.rejected_at is not None
    return RepairScreen(
        candidate=candidate,
        constraints=constraints,
        edit=checked_edit(candidate, constraints, typed),
        original=proof_screen(original),
        attempts=attempt_list(attempts, curator, parent=typed.parent, closed=closed),
        draft=DraftState.of(draft),
        exemplar=exemplar,
        place=place_of(candidate),
        reasons=shown_reasons(candidate.basis, candidate.reasons, candidate.case.study.codebook),
    )


def _opening(
    candidate: Candidate, attempts: Sequence[Repair], draft: RepairDraft | None, begin: Repair | None
) -> RepairInput:
    if begin is not None:
        return RepairInput.from_attempt(begin)
    if draft is not None:
        return RepairInput.from_draft(draft)
    best = best_of(attempts)
    return RepairInput.from_attempt(best) if best else RepairInput.from_generation(candidate.generation)
