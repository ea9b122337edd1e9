"""Appends gold decisions, also the automatic one: unanimous annotations are gold by rule."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from annotator.events.services import event_append
from annotator.studies import automatic_reasons
from annotator.studies.models import Adjudication, Case, Pattern
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
    """What an adjudication says. Without a label it withdraws the gold label that the rule gave."""

    label: str
    patterns: tuple[Pattern, ...]
    other_text: str
    spans: list[dict[str, Any]]
    reason: str

    def matches_row(self, row: Adjudication) -> bool:
        content = (row.label, {pattern.pk for pattern in row.patterns.all()}, row.other_text, row.spans, row.reason)
        return content == (self.label, {each.pk for each in self.patterns}, self.other_text, self.spans, self.reason)


def decision_append(
    *, case: Case, newest: Adjudication | None, decision: Decision, author: User | None
) -> Adjudication:
    """Add `decision` after the `newest` revision; the same by the same author again changes nothing.

    A decision of a person ends the wait for one. Call it under the case's lock.
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
    event_append("gold.decided", row, {"case": case.pk, "revision": row.revision, "label": row.label})
    if author is not None:
        _mark(case, undecided=False)
    return row


def adjudication_by_rule(*, case: Case) -> None:
    """Make the case gold where its annotators agree, and take that back where they no longer do.

    Call it under the case's lock after each submission. A case is gold by rule when it is complete and the newest
    annotations of all its annotators have one label and one set of patterns; with an overlap of 1 the one annotation
    stands, and the reason says so. When a revision ends the agreement a further adjudication, without a label,
    withdraws the gold. After a person has decided the rule says nothing more, whatever is revised: a person is
    overruled by people alone. A practice case has its answer already. What has no gold then, or has it against an
    annotator who says that a checker is wrong, is left undecided for a person.
    """
    if not case.complete or case.is_practice:
        return
    newest = newest_adjudication(case)
    if newest is not None and newest.author_id is not None:
        return
    decision = _agreed(case)
    if decision is not None:
        decision_append(case=case, newest=newest, decision=decision, author=None)
    elif newest is not None and newest.label:
        decision_append(case=case, newest=newest, decision=_WITHDRAWN, author=None)
    _mark(case, undecided=decision is None or open_disputes().filter(annotation__assignment__case=case).exists())


_WITHDRAWN = Decision("", (), "", [], automatic_reasons.NO_LONGER_AGREED)


def _mark(case: Case, *, undecided: bool) -> None:
    if case.undecided != undecided:
        case.undecided = undecided
        case.save(update_fields=["undecided"])


def _agreed(case: Case) -> Decision | None:
    annotations = newest_annotations(case.pk)
    if not unanimous(annotations.values()):
        return None
    one = next(iter(annotations.values()))
    words = dict.fromkeys(each.other_text for each in annotations.values() if each.other_text)
    return Decision(
        label=one.label,
        patterns=tuple(one.patterns.all()),
        other_text=" / ".join(words)[:MAX_OTHER_TEXT],
        spans=_all_spans(case, {letter: each.spans for letter, each in annotations.items() if each.spans}),
        reason=automatic_reasons.ALONE if len(annotations) == 1 else automatic_reasons.AGREED % {"n": len(annotations)},
    )


def _all_spans(case: Case, marked: dict[str, Any]) -> list[dict[str, Any]]:
    if not marked:
        return []
    texts = case_texts(Case.objects.select_related("prompt", "first", "second").get(pk=case.pk))
    return [span.as_span() for span in united_evidence(marked, texts) if span.inside]
