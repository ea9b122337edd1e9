"""The history of one case, for those who lead or adjudicate its study."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from annotator import access
from annotator import constraints as checkers
from annotator.runs.models import Verdict
from annotator.studies.selectors.history import case_history
from annotator.web.doors import SignedInRequest, reads


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """Both verdicts on one constraint of one generation, and the checkers that gave them."""

    number: int
    title: str
    kind: str
    reasons: bool
    answer: Mapping[str, Any] | None
    completion: Mapping[str, Any] | None
    versions: Sequence[str]


@reads
def case_history_page(request: SignedInRequest, slug: str, case_id: int) -> HttpResponse:
    case = access.case_to_adjudicate(request.user, slug, case_id)
    leads = access.leads(request.user, case.study)
    history = case_history(case, telling=leads or case.filled)
    verdicts = _rows(history.verdicts, reasoned=case.second_id)
    context = {
        "study": case.study,
        "history": history,
        "verdicts": verdicts,
        "leads": leads,
    }
    return render(request, "history.html", context)


def _rows(verdicts: Iterable[Verdict], *, reasoned: int) -> Sequence[VerdictRow]:
    """`verdicts` come constraint by constraint, generation by generation; `reasoned` is the generation that did."""
    rows: list[VerdictRow] = []
    for _key, group in groupby(verdicts, key=lambda row: (row.constraint_id, row.generation_id)):
        found = {row.scope: row for row in group}
        one = next(iter(found.values()))
        constraint = one.constraint
        rows.append(
            VerdictRow(
                number=constraint.position + 1,
                title=checkers.title(constraint.kind, constraint.kwargs),
                kind=constraint.kind,
                reasons=one.generation_id == reasoned,
                answer=_shown(found.get(Verdict.Scope.ANSWER)),
                completion=_shown(found.get(Verdict.Scope.COMPLETION)),
                versions=sorted({row.checker_version for row in found.values()}),
            )
        )
    return sorted(rows, key=lambda row: (row.number, row.reasons))


def _shown(verdict: Verdict | None) -> Mapping[str, Any] | None:
    if verdict is None:
        return None
    strict: Mapping[str, Any] = verdict.evidence.get("strict", {})
    return {"obeyed": verdict.strict, "loose": verdict.loose, "note": checkers.stored_text(strict, "note")}
