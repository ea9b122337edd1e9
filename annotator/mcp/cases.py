"""The tools `search_cases` and `read_case`: labelled cases of studies that a person leads or reads.

A case shows whose answer is whose. Only leads and readers of a study read its cases here, as on its pages: whoever
labels them blind, or may come to, gets none through this way, not even those that they labelled already.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.http import Http404

from annotator import access
from annotator import constraints as checkers
from annotator.analysis.results.kind_groups import GROUPS, kinds_of
from annotator.mcp.checking import bounded_evidence
from annotator.mcp.errors import Refused
from annotator.mcp.texts import NOTICE, cut
from annotator.runs.models import Generation, Verdict
from annotator.studies.models import Annotation, Case, Study
from annotator.studies.selectors.case_annotations import NamedAnnotation, annotations_by_case
from annotator.studies.selectors.case_search import CaseQuery, case_search
from annotator.studies.selectors.codebook_versions import patterns_of_all_versions
from annotator.studies.selectors.gold import Gold, gold_of

MOST_CASES = 20
_SEARCH_S = 1.0
_MOST_NAMED = 50
_EXCERPT, _PROMPT, _ANSWER, _REASONING = 300, 10_000, 20_000, 10_000  # characters
_MOST_QUERY = 200  # characters


def found_cases(
    user: User, *, study: str, label: str, pattern: str, kind: str, text: str, after: int, limit: int
) -> dict[str, Any]:
    """Return labelled cases that match every filter that is not empty, in the order of their ids. Raises Refused."""
    opened = _study(user, study)
    query = _query(opened, label=label, pattern=pattern, kind=kind, text=text)
    found = case_search(opened, query, after=max(after, 0), limit=min(max(limit, 1), MOST_CASES), budget_s=_SEARCH_S)
    labelled = [case for case in found.cases if case.submissions]
    ids = [case.pk for case in labelled]
    annotations, gold = annotations_by_case(opened, ids), gold_of(ids)
    return {
        "study": opened.slug,
        "notice": NOTICE,
        "cases": [_summary(case, annotations[case.pk], gold.get(case.pk)) for case in labelled],
        "next_after": found.after,
        "searched_percent": 100 if found.after is None else found.looked,
    }


def read_case(user: User, *, study: str, case: int) -> dict[str, Any]:
    """Return one labelled case with both answers, their verdicts and its labels. Raises Refused."""
    opened = _study(user, study)
    try:
        found = access.case_to_read(user, opened.slug, case)
    except Http404:
        raise Refused(f"Study {opened.slug!r} has no case {case}; search_cases lists those that it has.") from None
    if not found.submissions:
        raise Refused(f"Case {case} is not labelled yet; search_cases lists those that are.")
    annotations, gold = annotations_by_case(opened, [found.pk])[found.pk], gold_of([found.pk]).get(found.pk)
    rows = found.prompt.constraints.order_by("position")
    return {
        **_labels(found, annotations, gold),
        "study": opened.slug,
        "notice": NOTICE,
        "constraints": [
            {"kind": row.kind, "title": cut(str(row.title), _EXCERPT), "effect": effect}
            for row, effect in zip(rows, found.contrast, strict=False)
        ],
        "untrusted": {
            "prompt": cut(found.prompt.text, _PROMPT),
            "gold_reason": cut(gold.reason, _EXCERPT) if gold else "",
            "first": _side(opened.first_role, found.first),
            "second": _side(opened.second_role, found.second),
        },
    }


def _study(user: User, slug: str) -> Study:
    """Return the study of that short name, or the only one whose cases `user` may read for "". Raises Refused."""
    readable = access.studies_read_by(user)
    if slug:
        try:
            return access.study_to_read(user, slug)
        except Http404:
            pass
    elif readable.count() == 1:
        return access.study_to_read(user, readable.values_list("slug", flat=True)[0])
    known = ", ".join(readable.values_list("slug", flat=True)[:_MOST_NAMED])
    if not known:
        raise Refused("You lead no study and are a reader of none, and cases are read by leads and readers alone.")
    raise Refused(f"Name one of the studies that you lead or read: {known}.")


def _query(study: Study, *, label: str, pattern: str, kind: str, text: str) -> CaseQuery:
    patterns = patterns_of_all_versions(study.codebook)
    known = {"label": Annotation.Label.values, "pattern": list(patterns), "kind": [*GROUPS, *checkers.kinds()]}
    for name, value in (("label", label), ("pattern", pattern), ("kind", kind)):
        if value and value not in known[name]:
            raise Refused(f"The {name} {value[:_MOST_QUERY]!r} is unknown; choose one of {', '.join(known[name])}.")
    if len(text) > _MOST_QUERY or "\x00" in text:
        raise Refused(f"The text to look for has {len(text)} characters; at most {_MOST_QUERY} fit, without NUL.")
    return CaseQuery(label=label, pattern=pattern, kinds=kinds_of(kind) if kind else (), text=text)


def _summary(case: Case, annotations: Sequence[NamedAnnotation], gold: Gold | None) -> dict[str, Any]:
    return {**_labels(case, annotations, gold), "untrusted": {"prompt": cut(case.prompt.text, _EXCERPT)}}


def _labels(case: Case, annotations: Sequence[NamedAnnotation], gold: Gold | None) -> dict[str, Any]:
    """The labels of a case, without the names of people."""
    return {
        "case": case.pk,
        "outcome": case.outcome,
        "annotations": [
            {"label": row.label, "patterns": list(row.patterns)} for row in annotations if not row.left_out
        ],
        "gold": {"label": gold.label, "patterns": list(gold.patterns), "by": gold.by} if gold else None,
    }


def _side(role: str, generation: Generation) -> dict[str, Any]:
    rows = Verdict.objects.filter(generation=generation).select_related("constraint")
    return {
        "run": role,
        "reasoning": cut(generation.reasoning, _REASONING),
        "answer": cut(generation.answer, _ANSWER),
        "verdicts": [_verdict(row) for row in rows.order_by("constraint__position", "scope")],
    }


def _verdict(row: Verdict) -> Mapping[str, Any]:
    strict = row.evidence.get("strict") or {}
    evidence = {"observed": "", "required": "", "note": "", "spans": [], **strict}
    texts = {name: str(evidence[name]) for name in ("observed", "required", "note")}
    bounded = bounded_evidence({"obeyed": row.strict, **texts, "spans": evidence["spans"]})
    return {"constraint": row.constraint.position + 1, "scope": row.scope, "loose": row.loose, "strict": bounded}
