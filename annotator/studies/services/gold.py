"""Gold: appends decisions, and decides automatically where annotations are unanimous."""

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
    event_append("gold.decided", row, {"case": case.pk, "revision": row.revision, "label": row.label})
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
        _apply_rule(case, withdrawn_because=automatic_reasons.NO_LONGER_AGREED)


def adjudication_recount(*, case: Case, too_few: bool) -> bool:
    """Apply the rule anew to a case whose annotator was left out or is back. Returns whether its gold changed.

    Call it under the case's row lock, with the study joined, for a case that is neither practice nor a check. The gold
    of a case that was handed out again is withdrawn until it is complete once more, and so is gold for which `too_few`
    annotations are left.
    """
    if case.complete:
        return _apply_rule(case, withdrawn_because=automatic_reasons.LEFT_OUT, too_few=too_few)
    newest = newest_adjudication(case)
    _set_undecided(case, undecided=False)
    return _withdraw(case, newest, automatic_reasons.HANDED_OUT_AGAIN)


def _apply_rule(case: Case, *, withdrawn_because: str, too_few: bool = False) -> bool:
    """Append or withdraw gold, unless a person has decided; set `undecided`. Returns whether the gold changed."""
    newest = newest_adjudication(case)
    if newest is not None and newest.author_id is not None:
        return False
    decision = None if too_few else _unanimous_decision(case)
    if decision is not None:
        appended = decision_append(case=case, newest=newest, decision=decision, author=None)
        changed = newest is None or appended.pk != newest.pk
    else:
        changed = _withdraw(case, newest, withdrawn_because)
    disputes = open_disputes().filter(annotation__assignment__case=case)
    _set_undecided(case, undecided=decision is None or disputes.exists())
    return changed


def _withdraw(case: Case, newest: Adjudication | None, reason: str) -> bool:
    """Withdraw automatic gold, if the case has any."""
    if newest is None or not newest.label or newest.author_id is not None:
        return False
    decision_append(case=case, newest=newest, decision=Decision("", (), "", [], reason), author=None)
    return True


def _set_undecided(case: Case, *, undecided: bool) -> None:
    if case.undecided != undecided:
        case.undecided = undecided
        case.save(update_fields=["undecided"])


def _unanimous_decision(case: Case) -> Decision | None:
    annotations = newest_annotations(case.pk)
    if not unanimous(annotations.values()):
        return None
    if len(annotations) < case.study.overlap and case.assignments.filter(left_out=True).exists():
        return None  # fewer than the study asks for
    annotation = next(iter(annotations.values()))
    other_texts = dict.fromkeys(row.other_text for row in annotations.values() if row.other_text)
    return Decision(
        label=annotation.label,
        patterns=tuple(annotation.patterns.all()),
        other_text=" / ".join(other_texts)[:MAX_OTHER_TEXT],
        spans=_all_spans(case, {letter: row.spans for letter, row in annotations.items() if row.spans}),
        reason=automatic_reasons.ALONE if len(annotations) == 1 else automatic_reasons.AGREED % {"n": len(annotations)},
    )


def _all_spans(case: Case, spans_by_letter: dict[str, Any]) -> list[dict[str, Any]]:
    if not spans_by_letter:
        return []
    texts = case_texts(Case.objects.select_related("prompt", "first", "second").get(pk=case.pk))
    return [span.as_span() for span in united_evidence(spans_by_letter, texts) if span.inside]
