"""Validation of an annotation's confidence, effects, evidence spans and disputed verdicts.

Knows the rows of one case and the shapes that are stored; does not know revisions, drafts or screens. Every function
raises AnnotationRefused with a sentence for the annotator.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from annotator.datasets.models import Constraint
from annotator.runs.models import Verdict
from annotator.studies.errors import AnnotationRefused
from annotator.studies.models import Annotation, Case
from annotator.studies.selectors.blinded_annotations import case_texts
from annotator.text_cleaning import replace_unstorable

Json = dict[str, Any]
MAX_SPANS = 100
MAX_SPAN = 5_000  # characters, like those below
QUOTE_SENT = 100
MAX_REASON = 500


def check_confidence(confidence: str) -> None:
    """Accept a known confidence, or "" for none."""
    if confidence and confidence not in Annotation.Confidence.values:
        raise AnnotationRefused(
            _("Confidence %(value)r is unknown; choose one of %(known)s.")
            % {"value": confidence, "known": ", ".join(Annotation.Confidence.values)}
        )


def checked_effects(effects: Sequence[str], case: Case) -> list[str | None]:
    """Return the effects as stored: a label for each constraint of the prompt, in order, None for "" (not judged).

    No effects at all are stored as none.
    """
    expected = Constraint.objects.filter(prompt=case.prompt_id).count() if effects else 0
    if len(effects) != expected:
        raise AnnotationRefused(
            _("Case %(case)d has %(asked)d constraints, but %(came)d effects came; load the page again.")
            % {"case": case.pk, "asked": expected, "came": len(effects)}
        )
    for number, effect in enumerate(effects, start=1):
        if effect and effect not in Annotation.Label.values:
            raise AnnotationRefused(
                _("The effect on constraint %(number)d is %(effect)r; choose one of %(known)s.")
                % {"number": number, "effect": effect, "known": ", ".join(Annotation.Label.values)}
            )
    return [effect or None for effect in effects]


def checked_spans(spans: Sequence[Mapping[str, Any]], case: Case, known: Iterable[str]) -> list[Json]:
    """Return the spans as they are stored, without duplicates, with their full quotes.

    A span is sent with its quote, or with the first QUOTE_SENT characters of a longer one: so offsets that were counted
    in another text, or in other units than code points, are refused and never stored.
    """
    if len(spans) > MAX_SPANS:
        raise AnnotationRefused(
            _("The annotation has %(n)d pieces of evidence; at most %(most)d fit.")
            % {"n": len(spans), "most": MAX_SPANS}
        )
    if not spans:
        return []
    texts = {name: replace_unstorable(text) for name, text in case_texts(case).items()}
    slugs = set(known)
    checked_once: list[Json] = []
    for number, span in enumerate(spans, start=1):
        checked = _checked_span(number, span, texts, slugs)
        if checked not in checked_once:
            checked_once.append(checked)
    return checked_once


def disputed_verdicts(disputes: Sequence[Mapping[str, Any]], case: Case) -> list[tuple[Verdict, str]]:
    """Return (verdict, reason) of each disputed verdict, once. `constraint` counts from 1.

    They are those that a case page shows: on the answer, or on the reasoning where the constraint is about that.
    """
    if not disputes:
        return []
    sides = {case.first_id: "first", case.second_id: "second"}
    rows = Verdict.objects.filter(generation__in=sides).select_related("constraint")
    verdicts = {
        (sides[row.generation_id], row.constraint.position + 1): row
        for row in rows
        if row.scope == row.constraint.counted_scope(Verdict.Scope.ANSWER)
    }
    disputed: dict[int, tuple[Verdict, str]] = {}
    for dispute in disputes:
        side, number = dispute.get("side"), dispute.get("constraint")
        verdict = verdicts.get((side, number)) if isinstance(side, str) and isinstance(number, int) else None
        if verdict is None:
            raise AnnotationRefused(
                _("Case %(case)d has no verdict of that side and constraint to call wrong; load the page again.")
                % {"case": case.pk}
            )
        disputed[verdict.pk] = verdict, _checked_reason(dispute.get("reason"))
    return list(disputed.values())


def _checked_span(number: int, span: Mapping[str, Any], texts: Mapping[str, str], slugs: set[str]) -> Json:
    name, start, end = span.get("text"), span.get("start"), span.get("end")
    pattern, quote = span.get("pattern"), span.get("quote")
    text = texts.get(name) if isinstance(name, str) else None
    if text is None or type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
        raise AnnotationRefused(
            _("Evidence %(number)d lies outside its text; remove it and mark it anew.") % {"number": number}
        )
    if end - start > MAX_SPAN:
        raise AnnotationRefused(
            _("Evidence %(number)d has %(n)d characters; at most %(most)d fit, mark the part that shows it.")
            % {"number": number, "n": end - start, "most": MAX_SPAN}
        )
    full_quote = text[start:end]
    if quote not in (full_quote, full_quote[:QUOTE_SENT]):
        raise AnnotationRefused(
            _("Evidence %(number)d does not match its text; remove it and mark it anew.") % {"number": number}
        )
    if not isinstance(pattern, str) or (pattern and pattern not in slugs):
        raise AnnotationRefused(
            _("Evidence %(number)d has pattern %(slug)r, which is not in the codebook; choose another one.")
            % {"number": number, "slug": pattern}
        )
    return {"text": name, "start": start, "end": end, "pattern": pattern, "quote": full_quote}


def _checked_reason(reason: object) -> str:
    text = replace_unstorable(reason.strip()) if isinstance(reason, str) else ""
    if len(text) > MAX_REASON:
        raise AnnotationRefused(
            _("%(field)s has %(n)d characters; at most %(most)d fit, shorten it.")
            % {"field": _("The reason why the checker is wrong"), "n": len(text), "most": MAX_REASON}
        )
    return text
