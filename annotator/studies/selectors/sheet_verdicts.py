"""Verdicts of a case page: on the answers, and on the reasoning where a constraint is about it.

Knows neither studies nor people: `sheet` decides what an annotator may see.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from annotator.constraints.messages import msg
from annotator.datasets.models import Constraint
from annotator.runs.models import Verdict
from annotator.runs.selectors import read_evidence
from annotator.studies.blind_text import blind_text
from annotator.studies.models import Case

Span = tuple[int, int]
_Place = tuple[int, int]  # (generation id, constraint id)


@dataclass(frozen=True, slots=True)
class SheetVerdict:
    """The verdict on one answer: `obeyed` (strict) with its evidence, and `loose`. None means unverifiable.

    `judged` is false where no verdict is stored: then there is nothing to dispute.
    """

    obeyed: bool | None
    loose: bool | None
    observed: str
    note: str
    spans: tuple[Span, ...]
    judged: bool = True


NOT_JUDGED = SheetVerdict(obeyed=None, loose=None, observed="", note="not checked", spans=(), judged=False)
_SHOWN_LATER = replace(NOT_JUDGED, note=msg("it is about the reasoning, which is shown after the blind choice"))


def sheet_verdicts(
    constraints: Sequence[Constraint], generation_ids: Sequence[int], *, revealed: bool
) -> dict[_Place, SheetVerdict]:
    """(generation id, constraint id) -> its verdict on the answer, or on the reasoning where it is about that.

    A verdict on the reasoning has no spans: the page marks evidence in the answers.
    """
    scopes = {row.pk: row.counted_scope(Verdict.Scope.ANSWER) for row in constraints}
    shown = set(scopes.values()) if revealed else {Verdict.Scope.ANSWER.value}
    verdicts: dict[_Place, SheetVerdict] = {
        (generation_id, pk): _SHOWN_LATER
        for generation_id in generation_ids
        for pk, scope in scopes.items()
        if scope not in shown
    }
    for row in Verdict.objects.filter(generation__in=generation_ids, scope__in=shown).order_by("pk"):
        if row.scope == scopes[row.constraint_id]:
            verdict = _sheet_verdict(row.strict, row.loose, row.evidence)
            on_answer = row.scope == Verdict.Scope.ANSWER
            verdicts[row.generation_id, row.constraint_id] = verdict if on_answer else replace(verdict, spans=())
    return verdicts


def masked_as_the_answers(verdicts: Mapping[_Place, SheetVerdict], case: Case) -> dict[_Place, SheetVerdict]:
    """The verdicts with their evidence where it lies in the answers as the blind step shows them."""
    prompt = case.prompt.text
    shown = {generation.pk: blind_text(generation.answer, prompt) for generation in (case.first, case.second)}
    return {
        place: replace(verdict, spans=shown[place[0]].shown_spans(verdict.spans)) for place, verdict in verdicts.items()
    }


def _sheet_verdict(strict: bool | None, loose: bool | None, stored: Mapping[str, Any]) -> SheetVerdict:
    evidence = read_evidence(stored).strict
    return SheetVerdict(
        obeyed=strict, loose=loose, observed=evidence.observed, note=evidence.note, spans=evidence.spans
    )
