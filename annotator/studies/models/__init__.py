"""Studies, their codebooks and cases, and what people say of them. Knows nothing of exports or screens."""

from annotator.studies.models.cases import Assignment, Case
from annotator.studies.models.codebooks import Codebook, Pattern
from annotator.studies.models.judgements import Adjudication, Annotation, Dispute, Draft, Flag, Practice
from annotator.studies.models.studies import Membership, Study

__all__ = [
    "Adjudication",
    "Annotation",
    "Assignment",
    "Case",
    "Codebook",
    "Dispute",
    "Draft",
    "Flag",
    "Membership",
    "Pattern",
    "Practice",
    "Study",
]
