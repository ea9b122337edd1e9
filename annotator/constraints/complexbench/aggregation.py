"""Statistics of ComplexBench: dependent marks, DRFR in every grouping, coherence for Selection.

DRFR (Decomposed Requirements Following Ratio) is the share of scoring questions that are obeyed and whose direct
prerequisites are obeyed. A mark is the result of one question: True, False, 2 for a rule with an
unknown verb, None for a reply that could not be parsed. As in the official code, an unparsed reply counts as False, and
2 counts as obeyed in the shares by dimension and composition and in coherence, but not in the others; `undecided` and
`unparsed` report how many there are, and `bounds` counts unparsed replies both ways. Knows nothing of how a mark is
made.
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
        """The marks, False where a prerequisite failed."""
        return dependent_marks(self.instance.questions, self.marks)


@dataclass(frozen=True, slots=True)
class Share:
    """A share as its two counts."""

    obeyed: int
    total: int

    @property
    def value(self) -> float | None:
        """The share as a number from 0 to 1, or None where `total` is 0."""
        return self.obeyed / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Coherence:
    """The share of instances obeyed in every question, and the share of groups whose instances all are."""

    origin: Share  # instances
    coherent: Share  # groups

    @property
    def drop(self) -> float | None:
        """The relative loss, (origin - coherent) / origin; None where no instance is obeyed or there is none."""
        origin, coherent = self.origin.value, self.coherent.value
        return None if not origin or coherent is None else (origin - coherent) / origin


@dataclass(frozen=True, slots=True)
class Statistics:
    """Every published statistic of one model's marks. `undecided` counts marks of 2, `unparsed` marks of None."""

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
    """Return `r'` of each question: False where a direct prerequisite is False or unparsed, else its own mark."""
    failed = {index for index, mark in enumerate(marks) if not mark}
    pairs = zip(questions, marks, strict=True)
    return tuple(False if failed.intersection(question.dependencies) else mark for question, mark in pairs)


def aggregate(marked: Sequence[MarkedInstance]) -> Statistics:
    """Compute the statistics of one model's marks.

    The first instance of each group decides the group's Selection depth.
    """
    rows = [
        (marked_instance.instance, question, mark)
        for marked_instance in marked
        for question, mark in zip(marked_instance.instance.questions, marked_instance.dependent_marks, strict=True)
    ]
    without_verdict = Counter(mark for instance in marked for mark in instance.marks if type(mark) is not bool)
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
        undecided=without_verdict[UNKNOWN_VERB],
        unparsed=without_verdict[None],
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
    """Return the groups whose first instance has one Selection question, and those where it has more.

    As in the official code, all instances without a group are one group.
    """
    groups = dict[str | None, list[MarkedInstance]]()
    for marked_instance in marked:
        groups.setdefault(marked_instance.instance.group, []).append(marked_instance)
    depths = [(_selection_depth(group[0].instance), group) for group in groups.values()]
    return [group for depth, group in depths if depth == 1], [group for depth, group in depths if depth >= 2]


def _selection_depth(instance: Instance) -> int:
    return sum("Selection" in question.compositions for question in instance.questions)


def _coherence(groups: Sequence[Sequence[MarkedInstance]]) -> Coherence:
    obeyed = [[all(instance.dependent_marks) for instance in group] for group in groups]
    return Coherence(
        origin=Share(sum(map(sum, obeyed)), sum(map(len, obeyed))),
        coherent=Share(sum(map(all, obeyed)), len(obeyed)),
    )
