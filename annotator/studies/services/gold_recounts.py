"""Gold of many cases counted anew at once, after an annotator was left out or is back.

One statement a kind of row for a chunk of cases, whatever their number: a member may have judged thousands.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from annotator.events.services import events_append
from annotator.studies import automatic_reasons
from annotator.studies.models import Adjudication, Annotation, Assignment, Case
from annotator.studies.selectors.blinded_annotations import (
    case_texts,
    letters_of,
    newest_adjudications,
    open_disputes,
    unanimous,
)
from annotator.studies.services.gold import Decision, decision_by_rule, unanimous_decision


def adjudications_recount(*, cases: Sequence[Case], too_few: Collection[int]) -> Mapping[int, bool]:
    """Apply the rule anew; return case id -> whether its gold changed. Sets `undecided` of the cases, unsaved.

    Call it under the row locks of the cases, with the study joined, for cases that are neither practice nor checks. The
    gold of a case that was handed out again is withdrawn until it is complete once more; so is gold for which too few
    annotations are left: `too_few` are the ids of such cases.
    """
    ids = [case.pk for case in cases]
    newest, annotations = newest_adjudications(ids), _annotations(ids)
    agreed = _agreed([case for case in cases if case.complete and case.pk not in too_few], annotations)
    of_cases = open_disputes().filter(annotation__assignment__case__in=ids)
    disputed = set(of_cases.values_list("annotation__assignment__case", flat=True))
    decisions: list[tuple[Case, Decision]] = []
    for case in cases:
        row, unanimously = newest.get(case.pk), agreed.get(case.pk)
        if not case.complete:
            case.undecided = False
        elif row is None or row.author_id is None:  # a person's decision leaves it as it is
            case.undecided = unanimously is None or case.pk in disputed
        because = automatic_reasons.LEFT_OUT if case.complete else automatic_reasons.HANDED_OUT_AGAIN
        decision = decision_by_rule(row, unanimously, withdrawn_because=because)
        if decision is not None:
            decisions.append((case, decision))
    _append(decisions, newest)
    changed = {case.pk for case, _decision in decisions}
    return {case.pk: case.pk in changed for case in cases}


def _agreed(cases: Sequence[Case], annotations: Mapping[int, Mapping[str, Annotation]]) -> Mapping[int, Decision]:
    """case id -> the decision of those of these cases whose annotations agree."""
    unanimously = {case.pk: annotations[case.pk] for case in cases if unanimous(annotations[case.pk].values())}
    texts = _texts(unanimously)
    return {case_id: unanimous_decision(rows, texts.get(case_id, {})) for case_id, rows in unanimously.items()}


def _annotations(case_ids: Sequence[int]) -> Mapping[int, Mapping[str, Annotation]]:
    """case id -> letter -> newest annotation that counts, as `newest_annotations` reads them."""
    submitted = Assignment.objects.filter(case__in=case_ids, status=Assignment.Status.SUBMITTED)
    rows = Annotation.objects.newest().filter(assignment__in=submitted).prefetch_related("patterns")
    by_case: dict[int, dict[int, Annotation]] = defaultdict(dict)
    for row in rows.select_related("assignment"):
        by_case[row.assignment.case_id][row.assignment_id] = row
    named: dict[int, dict[str, Annotation]] = defaultdict(dict)
    for case_id, by_assignment in by_case.items():
        for pk, letter in letters_of(case_id, by_assignment).items():
            if not by_assignment[pk].assignment.left_out:
                named[case_id][letter] = by_assignment[pk]
    return named


def _texts(annotations: Mapping[int, Mapping[str, Annotation]]) -> Mapping[int, Mapping[str, str]]:
    """case id -> its texts, of the cases with evidence alone."""
    marked = [case_id for case_id, rows in annotations.items() if any(row.spans for row in rows.values())]
    cases = Case.objects.select_related("prompt", "first", "second").filter(pk__in=marked) if marked else ()
    return {case.pk: case_texts(case) for case in cases}


def _append(decisions: Sequence[tuple[Case, Decision]], newest: Mapping[int, Adjudication]) -> None:
    """Append automatic decisions, with their patterns and events."""
    rows = Adjudication.objects.bulk_create(
        Adjudication(
            case=case,
            revision=newest[case.pk].revision + 1 if case.pk in newest else 1,
            label=decision.label,
            other_text=decision.other_text,
            spans=decision.spans,
            reason=decision.reason,
        )
        for case, decision in decisions
    )
    through = Adjudication.patterns.through
    through.objects.bulk_create(
        through(adjudication_id=row.pk, pattern_id=pattern.pk)
        for row, (_case, decision) in zip(rows, decisions, strict=True)
        for pattern in decision.patterns
    )
    events_append(
        "gold.decided",
        (
            (row, {"case": case.pk, "revision": row.revision, "label": row.label, "by_rule": True}, case.study_id)
            for row, (case, _decision) in zip(rows, decisions, strict=True)
        ),
        publish=True,
    )
