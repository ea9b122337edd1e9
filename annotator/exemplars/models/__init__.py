"""Candidates, repairs, exemplars with their proofs, and prompt sets."""

from annotator.exemplars.models.exemplars import Exemplar, ExemplarProof
from annotator.exemplars.models.prompt_sets import PromptSet, PromptSetMember, PromptSetUse
from annotator.exemplars.models.repairs import Candidate, Repair, RepairDraft

__all__ = [
    "Candidate",
    "Exemplar",
    "ExemplarProof",
    "PromptSet",
    "PromptSetMember",
    "PromptSetUse",
    "Repair",
    "RepairDraft",
]
