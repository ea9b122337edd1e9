"""The adjudication form: fields read from a request, a draft or the last decision, in one shape."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from annotator.studies.models import Adjudication, Annotation
from annotator.web.case.drafts import spans_in, text_in, texts_in
from annotator.web.typed_text import TypedText, typed_text

_CHOOSE_FIRST = _("Choose helped, hurt, no difference or can’t tell first.")
_RELOAD = _("This page is damaged or too old; load it again. What you typed is kept in this browser.")


@dataclass(frozen=True, slots=True)
class DecisionInput:
    """The fields of a decision as typed, valid or not. `spans` has whatever JSON list was sent, unchecked."""

    label: str = ""
    patterns: tuple[str, ...] = ()
    other_text: str = ""
    reason: str = ""
    spans: tuple[Any, ...] = ()

    @classmethod
    def from_request(cls, data: QueryDict) -> Self:
        return cls(
            label=data.get("label", ""),
            patterns=tuple(data.getlist("patterns")),
            other_text=data.get("other_text", ""),
            reason=typed_text(data.get("reason", "")),
            spans=_json_list(data.get("spans", "")),
        )

    @classmethod
    def from_decision(cls, row: Adjudication | None) -> Self:
        """The values of the last decision without its reason, which every decision states anew; empty without one."""
        if row is None:
            return cls()
        slugs = tuple(pattern.slug for pattern in row.patterns.all())
        return cls(row.label, slugs, row.other_text, spans=tuple(row.spans))

    @classmethod
    def from_draft(cls, content: Mapping[str, Any]) -> Self:
        """The values of a stored draft. Another version may have written it: values that do not fit are left out."""
        return cls(
            label=text_in(content.get("label")),
            patterns=texts_in(content.get("patterns")),
            other_text=text_in(content.get("other_text")),
            reason=text_in(content.get("reason")),
            spans=spans_in(content.get("spans")),
        )

    def as_draft(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "patterns": list(self.patterns),
            "other_text": self.other_text,
            "reason": self.reason,
            "spans": list(spans_in(list(self.spans))),
        }


class DecisionForm(forms.Form):
    """Checks of a decision that need kind sentences; the service checks everything else."""

    label = forms.ChoiceField(
        choices=Annotation.Label.choices,
        error_messages={"required": _CHOOSE_FIRST, "invalid_choice": _CHOOSE_FIRST},
    )
    reason = TypedText(error_messages={"required": _("Say in a few words why; the reason stays with the case.")})
    seen = forms.CharField(required=False)
    codebook = forms.IntegerField(required=False, error_messages={"invalid": _RELOAD})
    base_revision = forms.IntegerField(
        min_value=0, error_messages={"required": _RELOAD, "invalid": _RELOAD, "min_value": _RELOAD}
    )


def _json_list(text: str) -> tuple[Any, ...]:
    """The items of a JSON list; anything else becomes one invalid item, which the service refuses."""
    try:
        value = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return (None,)
    return tuple(value) if isinstance(value, list) else (None,)
