"""Gold: appends decisions, and decides automatically where annotations are unanimous."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from annotator.events.services import event_append
from annotator.studies import automatic_reasons
from annotator.studies.models import Adjudication, Annotation, Case, Pattern
from annotator.studies.selectors.blinded_annotations import (
    case_texts,
    newest_adjudication,
    newest_annotations,
    open_disputes,
    unanimous,
    united_evidence,
)

MAX_OTHER_TEXT = 500


@dataclass(frozen=True, slots=True)
class Decision:
    """Content of an adjudication. An empty label withdraws automatic gold."""

    label: str
    patterns: tuple[Pattern, ...]
    other_text: str
    spans: list[dict[str, Any]]
    reason: str

    def matches_row(self, row: Adjudication) -> bool:
        """Whether a stored adjudication has the same content."""
        content = (row.label, {pattern.pk for pattern in row.patterns.all()}, row.other_text, row.spans, row.reason)
        own_patterns = {pattern.pk for pattern in self.patterns}
        return content == (self.label, own_patterns, self.other_text, self.spans, self.reason)


def decision_append(
    *, case: Case, newest: Adjudication | None, decision: Decision, author: User | None
) -> Adjudication:
    """Append `decision` after the `newest` revision; the same one by the same author again changes nothing.

    `author` is None for an automatic decision. A person's decision makes the case decided. Call it under the case's
    row lock.
    """
    author_id = author.pk if author else None
    if newest is not None and newest.author_id == author_id and decision.matches_row(newest):
        return newest
    row = Adjudication.objects.create(
        case=case,
        revision=newest.revision + 1 if newest else 1,
        label=decision.label,
        other_text=decision.other_text,
        spans=decision.spans,
        reason=decision.reason,
        author=author,
    )
    row.patterns.add(*decision.patterns)
    payload = {"case": case.pk, "revision": row.revision, "label": row.label, "by_rule": author is None}
    event_append("gold.decided", row, payload, actor=author, study=case.study_id, publish=True)
    if author is not None:
        _set_undecided(case, undecided=False)
    return row


def adjudication_by_rule(*, case: Case) -> None:
    """Append gold where the annotators of a case agree, withdraw it where they no longer do, and set `undecided`.

    Call it under the case's row lock after each submission. A case is gold by rule when it is complete and the newest
    annotations of all its annotators have one label and one set of patterns; with an overlap of 1 the only annotation
    counts, and the reason says so. When a revision ends the agreement, an adjudication without a label withdraws the
    gold. After a person has decided, the rule changes nothing, whatever is revised: only people overrule a person.
    Practice cases and hidden checks have no gold. A case that then has no gold, or has a disputed verdict, is
    undecided: it waits for an adjudicator.
    """
    if case.complete and case.is_counted:
        _apply_rule(case)


def decision_by_rule(
    newest: Adjudication | None, unanimous_decision: Decision | None, *, withdrawn_because: str
) -> Decision | None:
    """Return what the rule appends after the `newest` decision, None for nothing: people are never overruled."""
    if newest is not None and newest.author_id is not None:
        return None
    if unanimous_decision is not None:
        stored = newest is not None and unanimous_decision.matches_row(newest)
        return None if stored else unanimous_decision
    has_gold = newest is not None and newest.label
    return Decision("", (), "", [], withdrawn_because) if has_gold else None


def _apply_rule(case: Case) -> None:
    """Append or withdraw gold, unless a person has decided; set `undecided`."""
    newest = newest_adjudication(case)
    if newest is not None and newest.author_id is not None:
        return
    unanimous_decision = _unanimous_decision(case)
    decision = decision_by_rule(newest, unanimous_decision, withdrawn_because=automatic_reasons.NO_LONGER_AGREED)
    if decision is not None:
        decision_append(case=case, newest=newest, decision=decision, author=None)
    disputes = open_disputes().filter(annotation__assignment__case=case)
    _set_undecided(case, undecided=unanimous_decision is None or disputes.exists())


def _set_undecided(case: Case, *, undecided: bool) -> None:
    if case.undecided != undecided:
        case.undecided = undecided
        case.save(update_fields=["undecided"])


def _unanimous_decision(case: Case) -> Decision | None:
    annotations = newest_annotations(case.pk)
    too_few = len(annotations) < case.study.overlap and case.assignments.filter(left_out=True).exists()
    if too_few or not unanimous(annotations.values()):
        return None
    has_evidence = any(row.spans for row in annotations.values())
    return unanimous_decision(annotations, case_texts(_with_texts(case)) if has_evidence else {})


def unanimous_decision(annotations: Mapping[str, Annotation], texts: Mapping[str, str]) -> Decision:
    """Return the decision of annotations that agree, by letter; `texts` of the case are read for their evidence."""
    annotation = next(iter(annotations.values()))
    other_texts = dict.fromkeys(row.other_text for row in annotations.values() if row.other_text)
    spans = {letter: row.spans for letter, row in annotations.items() if row.spans}
    evidence = united_evidence(spans, texts)
    return Decision(
        label=annotation.label,
        patterns=tuple(annotation.patterns.all()),
        other_text=" / ".join(other_texts)[:MAX_OTHER_TEXT],
        spans=[span.as_span() for span in evidence if span.inside],
        reason=automatic_reasons.ALONE if len(annotations) == 1 else automatic_reasons.AGREED % {"n": len(annotations)},
    )


def _with_texts(case: Case) -> Case:
    return Case.objects.select_related("prompt", "first", "second").get(pk=case.pk)
