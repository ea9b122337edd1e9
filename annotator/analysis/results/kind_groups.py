"""Groups of IFEval's kinds by what they demand: planning, precision, or neither.

arXiv 2606.09662 separates kinds that need global counting, structure or coordination (planning), which gain under
thinking, from exact local form (precision), which loses. Its list of kinds is derived from its own results; this one
follows its definition instead, so that no result of ours chose it. Kinds of other benchmarks are neutral.
"""

from collections.abc import Mapping, Sequence

from annotator.analysis.results.values import Group
from annotator.constraints import kinds

_PLANNING = (
    "length_constraints:number_words",
    "length_constraints:number_sentences",
    "length_constraints:number_paragraphs",
    "length_constraints:nth_paragraph_first_word",
    "keywords:frequency",
    "keywords:letter_frequency",
    "change_case:capital_word_frequency",
    "combination:two_responses",
    "detectable_format:multiple_sections",
    "detectable_format:number_bullet_lists",
    "detectable_format:number_highlighted_sections",
    "detectable_content:number_placeholders",
)
_PRECISION = (
    "punctuation:no_comma",
    "change_case:english_capital",
    "change_case:english_lowercase",
    "combination:repeat_prompt",
    "detectable_content:postscript",
    "detectable_format:constrained_response",
    "detectable_format:json_format",
    "detectable_format:title",
    "startend:end_checker",
    "startend:quotation",
)
_GROUPS: Mapping[str, Group] = {
    **dict.fromkeys(_PLANNING, "planning"),
    **dict.fromkeys(_PRECISION, "precision"),
}
GROUPS: Sequence[Group] = ("planning", "precision", "neutral")


def kind_group(kind: str) -> Group:
    """Return the group of a kind of constraint."""
    return _GROUPS.get(kind, "neutral")


def kinds_of(name: str) -> tuple[str, ...]:
    """Return the kinds of a group, or the kind of that name alone."""
    return tuple(kind for kind in kinds() if kind_group(kind) == name) if name in GROUPS else (name,)
