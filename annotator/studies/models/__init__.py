"""Studies, codebooks, cases and their annotations. Knows nothing of exports or screens."""

from annotator.studies.models.annotations import Adjudication, Annotation, Dispute, Flag, FlagMessage, Practice
from annotator.studies.models.cases import AdjudicatorPresence, Assignment, Case, counted_cases, held_now
from annotator.studies.models.codebooks import Codebook, Pattern
from annotator.studies.models.drafts import BaseDraft, DecisionDraft, Draft
from annotator.studies.models.reworks import Rework
from annotator.studies.models.studies import ASSIGNABLE_ROLES, LEADING, EarlierRuns, Membership, Study

__all__ = [
    "ASSIGNABLE_ROLES",
    "LEADING",
    "Adjudication",
    "AdjudicatorPresence",
    "Annotation",
    "Assignment",
    "BaseDraft",
    "Case",
    "Codebook",
    "DecisionDraft",
    "Dispute",
    "Draft",
    "EarlierRuns",
    "Flag",
    "FlagMessage",
    "Membership",
    "Pattern",
    "Practice",
    "Rework",
    "Study",
    "counted_cases",
    "held_now",
]
