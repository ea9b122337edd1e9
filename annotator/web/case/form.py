"""The annotation form: fields read from a request, a draft or an earlier annotation, in one shape."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from annotator.studies.contrast import contradicts_effects
from annotator.studies.models import Annotation, Assignment
from annotator.studies.selectors.sheet import CaseSheet
from annotator.studies.services import AnnotationContent
from annotator.web.case.drafts import spans_in, text_in, texts_in
from annotator.web.case.sides import shown_text, stored_side, stored_text
from annotator.web.typed_text import TypedText, typed_text

_CHOOSE_FIRST = _("Choose helped, hurt, no difference or can’t tell first.")
_RELOAD = _("This page is damaged or too old; load it again. What you typed is kept in this browser.")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AnnotationInput:
    """The fields of an annotation as typed, valid or not. Nothing is chosen for a person."""

    label: str = ""
    patterns: tuple[str, ...] = ()
    other_text: str = ""
    note: str = ""
    confidence: str = ""
    effects: tuple[str, ...] = ()  # one label per constraint, "" where none was chosen
    disputes: Mapping[str, str] = field(default_factory=dict)  # `left-2` (side, constraint number) -> reason
    spans: tuple[Json, ...] = ()  # named by side as on the page: `left.answer`
    questioned: str = ""  # "yes" once the page has asked whether a label that no effect supports is meant

    @property
    def chosen(self) -> bool:
        """Whether the annotator has made any choice; without one, the fields are the same for everybody."""
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
            spans=spans_in(_json(data.get("spans", ""))),
            questioned=data.get("questioned", ""),
        )

    @classmethod
    def from_sheet(cls, sheet: CaseSheet) -> Self:
        """The initial values: the draft, else the newest annotation, else nothing."""
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
        """The values of a stored draft. Another version or the API may have written it: misfits are left out."""
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
        """The fields of an `AnnotationContent` beside the form's, with left and right as first and second."""
        return {
            "patterns": self.patterns,
            "effects": self.effects,
            "spans": [
                {**span, "text": stored_text(span["text"], second_is_left=second_is_left)} for span in self.spans
            ],
            "disputes": [_dispute(place, why, second_is_left=second_is_left) for place, why in self.disputes.items()],
        }


class AnnotationForm(forms.Form):
    """Checks of an annotation that need kind sentences; the service checks everything else."""

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
    rework = forms.IntegerField(required=False, min_value=1, error_messages={"invalid": _RELOAD, "min_value": _RELOAD})
    base_revision = forms.IntegerField(
        min_value=0, error_messages={"required": _RELOAD, "invalid": _RELOAD, "min_value": _RELOAD}
    )
    seen = forms.CharField(required=False)

    def content(self, details: Json) -> AnnotationContent:
        """Return the content of a valid form, with the `details` that are no fields of it."""
        names = ("label", "other_text", "note", "confidence", "seconds")
        return AnnotationContent(**{name: self.cleaned_data[name] for name in names}, **details)

    @property
    def sent(self) -> Json:
        """The arguments of `annotation_submit` that a valid form carries besides."""
        return {name: self.cleaned_data[name] for name in ("submission_key", "base_revision", "rework", "seen")}


def first_problem(form: forms.Form) -> str:
    """The first error of an invalid form, as one sentence."""
    return str(next(iter(form.errors.values()))[0])


def says_what_was_submitted(typed: AnnotationInput, assignment: Assignment, revision: int) -> bool:
    """Whether the fields are those of the annotator's newest annotation, which has this revision."""
    newest = assignment.annotations.prefetch_related("patterns").order_by("-revision").first()
    if newest is None or newest.revision != revision:
        return False
    submitted = AnnotationInput.from_annotation(newest, second_is_left=assignment.second_is_left)
    return _comparable(typed) == _comparable(submitted)


def _comparable(typed: AnnotationInput) -> AnnotationInput:
    """The fields without what the page stores in more than one way."""
    effects = typed.effects if any(typed.effects) else ()
    return replace(typed, patterns=tuple(sorted(typed.patterns)), effects=effects, questioned="")


def _disputes(annotation: Annotation, *, second_is_left: bool) -> dict[str, str]:
    """The reasons of an annotation's disputes by their place on the screen (`left-2`)."""
    case = annotation.assignment.case
    left, right = (case.second_id, case.first_id) if second_is_left else (case.first_id, case.second_id)
    sides = {left: "left", right: "right"}
    rows = annotation.disputes.select_related("verdict__constraint")
    return {f"{sides[row.verdict.generation_id]}-{row.verdict.constraint.position + 1}": row.reason for row in rows}


def _dispute(place: str, why: str, *, second_is_left: bool) -> Json:
    side, _dash, number = place.partition("-")
    is_number = number.isdecimal() and len(number) < 9
    return {
        "side": stored_side(side, second_is_left=second_is_left),
        "constraint": int(number) if is_number else None,
        "reason": why,
    }


def _json(text: str) -> object:
    try:
        return json.loads(text or "[]")
    except (ValueError, RecursionError):
        return []
