"""ComplexBench's statistics: dependent marks, DRFR in every grouping, coherence for Selection.

A mark is what was judged for one question: True, False, 2 for a rule with an unknown verb, None for a reply that could
not be parsed. As in the official code, an unparsed reply counts as False, and 2 counts as obeyed in the shares by
dimension and composition and in coherence, but not in the others; both are counted so that nobody overlooks them.
Knows nothing of how a mark came about.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from annotator.constraints.complexbench.errors import JudgeReplyError
from annotator.constraints.complexbench.instances import Instance, Question
from annotator.constraints.complexbench.rules import UNKNOWN_VERB

Mark = bool | Literal[2] | None

DIMENSION_GROUPS: dict[str, tuple[str, ...]] = {
    "Lexical": ("Word Matching", "Keywords"),
    "Structure": (
        "JSON Format",
        "Markdown Format",
        "Bullets Format",
        "Length",
        "Start with",
        "End with",
        "Punctuation",
        "Template",
    ),
    "Semantic": ("Language Style", "Personalization", "Topic", "Sentiment"),
    "Utility": ("Helpfulness", "Target Language", "Supportiveness", "Consistency", "Factuality"),
}
OTHER_GROUP = "Others"
_GROUP_OF = {dimension: group for group, dimensions in DIMENSION_GROUPS.items() for dimension in dimensions}


@dataclass(frozen=True, slots=True)
class MarkedInstance:
    """An instance and one mark for each of its questions."""

    instance: Instance
    marks: tuple[Mark, ...]

    def __post_init__(self) -> None:
        if len(self.marks) != len(self.instance.questions):
            raise JudgeReplyError(
                f"main_id {self.instance.main_id}: {len(self.marks)} marks for {len(self.instance.questions)} "
                "questions; judge every question once"
            )

    @property
    def dependent_marks(self) -> tuple[Mark, ...]:
        """The marks after their prerequisites have been heeded."""
        return dependent_marks(self.instance.questions, self.marks)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    obeyed: int
    total: int

    @property
    def value(self) -> float | None:
        """The share, or None where there is nothing to share."""
        return self.obeyed / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Coherence:
    """Whole instances obeyed, against whole groups of them obeyed."""

    origin: Share
    coherent: Share

    @property
    def drop(self) -> float | None:
        """The relative loss from instances to groups, or None where no instance is obeyed or there is none."""
        origin, coherent = self.origin.value, self.coherent.value
        return None if not origin or coherent is None else (origin - coherent) / origin


@dataclass(frozen=True, slots=True)
class Statistics:
    """Every published statistic of one model's marks. `undecided` counts marks of 2, `unparsed` those of None."""

    drfr: Share
    by_category: dict[str, Share]
    by_category_prefix: dict[str, Share]
    by_task_type: dict[str, Share]
    by_nested_composition: dict[str, Share]
    by_dimension: dict[str, Share]
    by_dimension_group: dict[str, Share]
    by_composition: dict[str, Share]
    single_selection: Coherence
    multiple_selection: Coherence
    undecided: int
    unparsed: int


def dependent_marks(questions: Sequence[Question], marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """`r'`: False where a direct prerequisite was judged False (or was unparsed), else the question's own mark."""
    failed = {place for place, mark in enumerate(marks) if not mark}
    pairs = zip(questions, marks, strict=True)
    return tuple(False if failed.intersection(question.dependencies) else mark for question, mark in pairs)


def aggregate(marked: Sequence[MarkedInstance]) -> Statistics:
    """The statistics of one model's marks. The first instance of each group decides the group's Selection depth."""
    rows = [
        (one.instance, question, mark)
        for one in marked
        for question, mark in zip(one.instance.questions, one.dependent_marks, strict=True)
    ]
    own = Counter(mark for one in marked for mark in one.marks if type(mark) is not bool)
    single, multiple = _selection_groups(marked)
    return Statistics(
        drfr=Share(sum(mark is True for _, _, mark in rows), len(rows)),
        by_category=_shares((instance.category, mark is True) for instance, _, mark in rows),
        by_category_prefix=_shares((instance.category.split("_")[0], mark is True) for instance, _, mark in rows),
        by_task_type=_shares((instance.task_type, mark is True) for instance, _, mark in rows),
        by_nested_composition=_shares(
            ("_".join(sorted(instance.compositions)), mark is True) for instance, _, mark in rows
        ),
        by_dimension=_shares((name, bool(mark)) for _, question, mark in rows for name in question.dimensions),
        by_dimension_group=_shares(
            (_GROUP_OF.get(name, OTHER_GROUP), bool(mark)) for _, question, mark in rows for name in question.dimensions
        ),
        by_composition=_shares((name, bool(mark)) for _, question, mark in rows for name in question.compositions),
        single_selection=_coherence(single),
        multiple_selection=_coherence(multiple),
        undecided=own[UNKNOWN_VERB],
        unparsed=own[None],
    )


def _shares(judged: Iterable[tuple[str, bool]]) -> dict[str, Share]:
    totals, obeyed = Counter[str](), Counter[str]()
    for name, is_obeyed in judged:
        totals[name] += 1
        obeyed[name] += is_obeyed
    return {name: Share(obeyed[name], totals[name]) for name in sorted(totals)}


def _selection_groups(
    marked: Sequence[MarkedInstance],
) -> tuple[list[list[MarkedInstance]], list[list[MarkedInstance]]]:
    """The groups whose first instance has one Selection question, and those where it has more.

    As in the official code, all instances without a group are one group.
    """
    groups = dict[str | None, list[MarkedInstance]]()
    for one in marked:
        groups.setdefault(one.instance.group, []).append(one)
    depths = [(_selection_depth(group[0].instance), group) for group in groups.values()]
    return [group for depth, group in depths if depth == 1], [group for depth, group in depths if depth >= 2]


def _selection_depth(instance: Instance) -> int:
    return sum("Selection" in question.compositions for question in instance.questions)


def _coherence(groups: Sequence[Sequence[MarkedInstance]]) -> Coherence:
    obeyed = [[all(one.dependent_marks) for one in group] for group in groups]
    return Coherence(
        origin=Share(sum(map(sum, obeyed)), sum(map(len, obeyed))),
        coherent=Share(sum(map(all, obeyed)), len(obeyed)),
    )
