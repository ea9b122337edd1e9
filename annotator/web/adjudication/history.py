"""The page of a case's history, for the leads, adjudicators and readers of its study."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.http import HttpResponse
from django.shortcuts import render

from annotator import access
from annotator.exemplars.selectors.candidates import candidate_of_case
from annotator.runs.models import Verdict
from annotator.studies.models import Case
from annotator.studies.selectors.half_judged import half_judged
from annotator.studies.selectors.history import case_history
from annotator.web.decorators import SignedInRequest, page
from annotator.web.runs.generation_screen import ShownVerdict, shown_scopes, shown_verdict


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """The verdicts on one constraint of one generation, by scope, with the versions of their checkers."""

    number: int
    title: str
    kind: str
    position: str  # "first" or "second"
    role: str  # what the study calls the run of that generation
    verdicts: Mapping[str, ShownVerdict | None]
    versions: Sequence[str]


@dataclass(frozen=True, slots=True)
class RefusedRework:
    """A rework that was refused, as it was typed."""

    rework_letter: str
    rework_note: str
    refusal: str


@page
def case_history_page(request: SignedInRequest, slug: str, case_id: int) -> HttpResponse:
    return render_history(request, access.case_with_history(request.user, slug, case_id))


def render_history(
    request: SignedInRequest, case: Case, refused: RefusedRework | None = None, *, status: int = 200
) -> HttpResponse:
    """Render the page. A lead can send annotations of a case back before all are in; `refused` is such a try."""
    rights = access.rights_on(case.study, request.user)
    leads, reads = "lead" in rights, "read" in rights
    history = case_history(case, with_annotations=reads or (case.complete and not case.is_check))
    scopes = shown_scopes(history.verdicts)
    context = {
        "study": case.study,
        "history": history,
        "scopes": scopes,
        "verdicts": _rows(case, history.verdicts, scopes),
        "leads": leads,
        "reads": reads,
        "decides": "decide" in rights,
        "curates": "curate" in rights,
        "candidate_id": candidate_of_case(case.pk),
        "half_judged": half_judged(case) if leads else None,
        "screen": refused,
    }
    return render(request, "history.html", context, status=status)


def _rows(case: Case, verdicts: Iterable[Verdict], scopes: Sequence[str]) -> Sequence[VerdictRow]:
    """One row per constraint and generation. `verdicts` are sorted by constraint, then by generation."""
    positions = {case.first_id: ("first", case.study.first_role), case.second_id: ("second", case.study.second_role)}
    rows: list[VerdictRow] = []
    for _key, group in groupby(verdicts, key=lambda row: (row.constraint_id, row.generation_id)):
        by_scope = {row.scope: row for row in group}
        any_verdict = next(iter(by_scope.values()))
        constraint = any_verdict.constraint
        position, role = positions[any_verdict.generation_id]
        rows.append(
            VerdictRow(
                number=constraint.position + 1,
                title=constraint.title,
                kind=constraint.kind,
                position=position,
                role=role,
                verdicts={scope: shown_verdict(by_scope.get(scope)) for scope in scopes},
                versions=sorted({row.checker_version for row in by_scope.values()}),
            )
        )
    return sorted(rows, key=lambda row: (row.number, row.position))
