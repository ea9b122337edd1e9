"""The page of a study's repairs: proposed cases with the reasons, and candidates with their state."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render

from annotator import access
from annotator.exemplars.selectors.candidates import CandidateState, candidate_states, candidates_in_order
from annotator.exemplars.selectors.picking import proposals
from annotator.studies.models import Case, Codebook, Study
from annotator.web.curation.reasons import ShownReasons, shown_reasons
from annotator.web.decorators import SignedInRequest, page
from annotator.web.paging import numbered_page

_PROPOSED = 50
_CANDIDATES = 25
_ORDER = ("proved", "open", "waiting", "approved", "rejected")  # what a curator can go on with comes first


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A case that is proposed, with the reasons."""

    case: Case
    reasons: ShownReasons


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A candidate, with the state of its repair."""

    state: CandidateState
    reasons: ShownReasons


@page
def repairs_page(request: SignedInRequest, slug: str) -> HttpResponse:
    study = access.study_to_curate(request.user, slug)
    candidates = numbered_page(request, candidates_in_order(study), size=_CANDIDATES)
    context = {
        "study": study,
        "proposed": _proposed(study),
        "candidates": _rows(candidate_states(candidates.rows), study.codebook),
        "pages": candidates,
    }
    return render(request, "repairs.html", context)


def _proposed(study: Study) -> Sequence[ProposalRow]:
    return [
        ProposalRow(proposal.case, shown_reasons(proposal.basis, proposal.reasons, study.codebook))
        for proposal in proposals(study, limit=_PROPOSED)
    ]


def _rows(states: Sequence[CandidateState], codebook: Codebook) -> Sequence[CandidateRow]:
    states = sorted(states, key=lambda state: (_ORDER.index(state.status), state.candidate.pk))
    return [
        CandidateRow(state, shown_reasons(state.candidate.basis, state.candidate.reasons, codebook)) for state in states
    ]
