"""Template values of the case page: marked texts, the annotation as typed, and refusals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from annotator.sampling import CUT_OFF
from annotator.studies.models import Annotation, Assignment
from annotator.studies.selectors.sheet import CaseSheet, SheetConstraint, SheetSide
from annotator.studies.selectors.sheet_verdicts import SheetVerdict
from annotator.web.case.drafts import DraftState
from annotator.web.case.form import AnnotationInput
from annotator.web.labels import label_for
from annotator.web.marks.evidence import answer_marks, mention_marks, prompt_marks
from annotator.web.marks.segments import Mark
from annotator.web.spans_field import form_spans

_SPLIT_WELL = ("clean", "", "empty")  # of an empty answer the page says so in its place


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the two answers: a side of the case, and the marks on its answer and reasoning."""

    side: SheetSide
    marks: Sequence[Mark]
    reasoning_marks: Sequence[Mark]

    @property
    def mentioned(self) -> Sequence[int]:
        """The numbers of the constraints that the reasoning mentions."""
        return sorted({mark.number for mark in self.reasoning_marks})

    @property
    def split_badly(self) -> bool:
        return self.side.split_status not in _SPLIT_WELL

    @property
    def cut_short(self) -> bool:
        """Whether the model ran out of tokens, unless the split status says so already."""
        return self.side.finish_reason in CUT_OFF and self.side.split_status != "truncated"


@dataclass(frozen=True, slots=True)
class Cell:
    """A verdict in the table of constraints."""

    verdict: SheetVerdict
    place: str  # its name in the form: `left-2`
    why: str | None  # the reason of a dispute, None without one


@dataclass(frozen=True, slots=True)
class Row:
    """A constraint in the table: its two verdicts and the effect that the annotator chose."""

    constraint: SheetConstraint
    effect: str
    left: Cell
    right: Cell


@dataclass(frozen=True, slots=True)
class CaseScreen:
    """The values of one case page. `typed` fills the fields; `refusal` is why the last submission was refused.

    `contradiction` asks once whether a label against all effects is meant.
    """

    sheet: CaseSheet
    typed: AnnotationInput
    draft: DraftState
    refusal: str = ""
    contradiction: str = ""
    complete: bool = False  # other annotators have filled every slot: only the next case is left
    submission_key: UUID = field(default_factory=uuid4)

    @property
    def step(self) -> str:
        """The controls to show: `blind`, `annotate`, `practised` (expected annotation shown) or `skipped` (none)."""
        if self.sheet.status == Assignment.Status.SKIPPED:
            return "skipped"
        if self.sheet.expected is not None:
            return "practised"
        return "annotate" if self.sheet.revealed else "blind"

    @property
    def revising(self) -> bool:
        return self.sheet.revision > 0

    @property
    def labels(self) -> Sequence[tuple[str, str]]:
        """(value, screen label) of each label."""
        return [(label, label_for("label", label)) for label in Annotation.Label.values]

    @property
    def spans_json(self) -> str:
        """The typed evidence as JSON, without patterns that the codebook no longer has: no annotation can name them."""
        known = {pattern.slug for pattern in self.sheet.patterns}
        spans = [{**span, "pattern": span["pattern"] if span["pattern"] in known else ""} for span in self.typed.spans]
        return form_spans(spans)

    @property
    def rows(self) -> Sequence[Row]:
        effects = [*self.typed.effects, *[""] * len(self.sheet.constraints)]
        return [
            Row(row, effect, self._cell("left", row.number, row.left), self._cell("right", row.number, row.right))
            for row, effect in zip(self.sheet.constraints, effects, strict=False)
        ]

    def _cell(self, side: str, number: int, verdict: SheetVerdict) -> Cell:
        place = f"{side}-{number}"
        return Cell(verdict, place, self.typed.disputes.get(place))

    @property
    def prompt_marks(self) -> Sequence[Mark]:
        return list(prompt_marks((row.number, row.span) for row in self.sheet.constraints))

    @property
    def answers(self) -> Sequence[Answer]:
        constraints = self.sheet.constraints
        left = answer_marks((row.number, row.left) for row in constraints)
        right = answer_marks((row.number, row.right) for row in constraints)
        return self._answer(self.sheet.left, left), self._answer(self.sheet.right, right)

    def _answer(self, side: SheetSide, marks: Iterable[Mark]) -> Answer:
        return Answer(side, list(marks), mention_marks(side.reasoning, self.sheet.prompt_text, self.sheet.constraints))


def case_screen(sheet: CaseSheet) -> CaseScreen:
    """The page as it opens: with the draft if there is one, else with the last submission."""
    return CaseScreen(sheet=sheet, typed=AnnotationInput.from_sheet(sheet), draft=DraftState.of(sheet.draft))
