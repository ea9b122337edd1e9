"""Mechanical edits: deterministic, minimal rewritings of an answer that violates a constraint.

One function a kind, where a kind allows one without inventing text. Pure: no Django, no model.
"""

from annotator.exemplars.edits.registry import EDITS
from annotator.exemplars.edits.suggestions import LONGEST, Edited, Suggestion, edit_all, suggest, suggestions

__all__ = ["EDITS", "LONGEST", "Edited", "Suggestion", "edit_all", "suggest", "suggestions"]
