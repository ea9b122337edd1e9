"""The annotation form: fields read from a request, a draft or an earlier annotation, in one shape."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from annotator.studies.contrast import contradicts_effects
from annotator.studies.models import Annotation
from annotator.studies.selectors.sheet import CaseSheet
from annotator.web.case.drafts import spans_in, text_in, texts_in
from annotator.web.case.sides import shown_text, stored_side, stored_text
from annotator.web.typed_text import TypedText, typed_text

_CHOOSE_FIRST = _("Choose helped, hurt, no difference or can’t tell first.")
_RELOAD = _("This page is damaged or too old; load it again. What you typed is kept in this browser.")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AnnotationInput:
    """The fields of an annotation as they stand on the screen, right or wrong.

    `effects` has one label for each constraint, "" where none was chosen: nothing is chosen for a person. `disputes`
    are the verdicts that are called wrong: `left-2`, for the left answer and constraint 2, with the reason. `spans`
    name their texts as the page does: `left.answer`.
    `questioned` is "yes" once the page has asked whether the label is meant although no effect supports it.
    """

    label: str = ""
    patterns: tuple[str, ...] = ()
    other_text: str = ""
    note: str = ""
    confidence: str = ""
    effects: tuple[str, ...] = ()
    disputes: Mapping[str, str] = field(default_factory=dict)
    spans: tuple[Json, ...] = ()
    questioned: str = ""

    @property
    def chosen(self) -> bool:
        """Whether any of the choices is made: then they are this person's, else the same for everybody."""
        return bool(self.label or self.patterns or self.other_text or self.confidence)

    @property
    def to_question(self) -> bool:
        """Whether the label is against all effects, and the page has not asked yet whether it is meant."""
        return not self.questioned and contradicts_effects(self.label, self.effects)

    @classmethod
    def from_request(cls, data: QueryDict) -> Self:
        return cls(
            label=data.get("label", ""),
            patterns=tuple(data.getlist("patterns")),
            other_text=data.get("other_text", ""),
            note=typed_text(data.get("note", "")),
            confidence=data.get("confidence", ""),
            effects=tuple(data.getlist("effects")),
            disputes={place: data.get(f"why-{place}", "") for place in data.getlist("disputes")},
            spans=spans_in(_loaded(data.get("spans", ""))),
            questioned=data.get("questioned", ""),
        )

    @classmethod
    def from_sheet(cls, sheet: CaseSheet) -> Self:
        """What the page starts with: the draft, else the newest annotation, else nothing."""
        if sheet.draft is not None:
            return cls.from_draft(sheet.draft.content)
        if sheet.annotation is not None:
            return cls.from_annotation(sheet.annotation, second_is_left=sheet.left.position == "second")
        return cls()

    @classmethod
    def from_annotation(cls, annotation: Annotation, *, second_is_left: bool) -> Self:
        shown = [{**span, "text": shown_text(span["text"], second_is_left=second_is_left)} for span in annotation.spans]
        return cls(
            label=annotation.label,
            patterns=tuple(pattern.slug for pattern in annotation.patterns.all()),
            other_text=annotation.other_text,
            note=annotation.note,
            confidence=annotation.confidence,
            effects=tuple(effect or "" for effect in annotation.effects),
            disputes=_disputes(annotation, second_is_left=second_is_left),
            spans=spans_in(shown),
        )

    @classmethod
    def from_draft(cls, content: Mapping[str, Any]) -> Self:
        """A draft may have been written by another version or by the API: what does not fit is left out."""
        disputes = content.get("disputes")
        return cls(
            label=text_in(content.get("label")),
            patterns=texts_in(content.get("patterns")),
            other_text=text_in(content.get("other_text")),
            note=text_in(content.get("note")),
            confidence=text_in(content.get("confidence")),
            effects=texts_in(content.get("effects")),
            disputes={place: text_in(why) for place, why in disputes.items()} if isinstance(disputes, dict) else {},
            spans=spans_in(content.get("spans")),
            questioned=text_in(content.get("questioned")),
        )

    def as_draft(self) -> Json:
        return {
            **asdict(self),
            "patterns": list(self.patterns),
            "effects": list(self.effects),
            "spans": list(self.spans),
        }

    def details(self, *, second_is_left: bool) -> Json:
        """What `annotation_submit` takes beside the fields of the form, with the sides as they are stored."""
        return {
            "patterns": self.patterns,
            "effects": self.effects,
            "spans": [
                {**span, "text": stored_text(span["text"], second_is_left=second_is_left)} for span in self.spans
            ],
            "disputes": [_dispute(place, why, second_is_left=second_is_left) for place, why in self.disputes.items()],
        }


class AnnotationForm(forms.Form):
    """The annotation as it is sent, but for what the service alone can check. Here refusals get kinder words."""

    label = forms.ChoiceField(
        choices=Annotation.Label.choices,
        error_messages={"required": _CHOOSE_FIRST, "invalid_choice": _CHOOSE_FIRST},
    )
    other_text = TypedText(required=False)
    note = TypedText(required=False, strip=False)
    confidence = forms.ChoiceField(
        required=False, choices=Annotation.Confidence.choices, error_messages={"invalid_choice": _RELOAD}
    )
    seconds = forms.IntegerField(required=False, min_value=0, error_messages={"invalid": _RELOAD, "min_value": _RELOAD})
    submission_key = forms.UUIDField(error_messages={"required": _RELOAD, "invalid": _RELOAD})
    base_revision = forms.IntegerField(
        min_value=0, error_messages={"required": _RELOAD, "invalid": _RELOAD, "min_value": _RELOAD}
    )


def first_problem(form: forms.Form) -> str:
    """The first thing that is wrong, as one sentence."""
    return str(next(iter(form.errors.values()))[0])


def _disputes(annotation: Annotation, *, second_is_left: bool) -> dict[str, str]:
    """The disputes of an annotation by their places on the screen."""
    case = annotation.assignment.case
    left, right = (case.second_id, case.first_id) if second_is_left else (case.first_id, case.second_id)
    sides = {left: "left", right: "right"}
    rows = annotation.disputes.select_related("verdict__constraint")
    return {f"{sides[row.verdict.generation_id]}-{row.verdict.constraint.position + 1}": row.reason for row in rows}


def _dispute(place: str, why: str, *, second_is_left: bool) -> Json:
    side, _dash, number = place.partition("-")
    known = number.isdecimal() and len(number) < 9
    return {
        "side": stored_side(side, second_is_left=second_is_left),
        "constraint": int(number) if known else None,
        "reason": why,
    }


def _loaded(sent: str) -> object:
    try:
        return json.loads(sent or "[]")
    except (ValueError, RecursionError):
        return []
