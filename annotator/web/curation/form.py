"""The forms of the repair editor: an edit as typed, a request to a model, a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from annotator.exemplars.models import Repair, RepairDraft
from annotator.exemplars.services.repair_requests import MAX_ROUNDS, MAX_SAMPLES
from annotator.runs.models import Generation, LanguageModel
from annotator.web.case.drafts import posted_number, text_in
from annotator.web.typed_text import TypedText, typed_text

_MAX_REASON = 400


@dataclass(frozen=True, slots=True)
class RepairInput:
    """An edit as typed. `parent` is the id of the attempt that it began on, None for the model's own answer.

    `ticked` has the positions of the constraints that no checker decides and that the curator decided.
    """

    reasoning: str = ""
    answer: str = ""
    parent: int | None = None
    ticked: tuple[int, ...] = ()
    prompt_set: int | None = None
    """The id of the prompt set that the exemplar is to join. No part of a draft: the session remembers it."""

    @classmethod
    def from_request(cls, data: QueryDict) -> Self:
        return cls(
            reasoning=typed_text(data.get("reasoning", "")),
            answer=typed_text(data.get("answer", "")),
            parent=posted_number(data, "parent"),
            ticked=tuple(sorted({int(text) for text in data.getlist("ticked") if _is_position(text)})),
            prompt_set=posted_number(data, "prompt_set"),
        )

    @classmethod
    def from_draft(cls, draft: RepairDraft) -> Self:
        """The values of a stored draft. Another version may have written it: values that do not fit are left out."""
        content: Mapping[str, Any] = draft.content
        parent, ticked = content.get("parent"), content.get("ticked")
        return cls(
            reasoning=text_in(content.get("reasoning")),
            answer=text_in(content.get("answer")),
            parent=parent if type(parent) is int else None,
            ticked=tuple(item for item in ticked if type(item) is int) if isinstance(ticked, list) else (),
        )

    @classmethod
    def from_attempt(cls, attempt: Repair) -> Self:
        return cls(typed_text(attempt.reasoning), typed_text(attempt.answer), attempt.pk)

    @classmethod
    def from_generation(cls, generation: Generation) -> Self:
        return cls(typed_text(generation.reasoning), typed_text(generation.answer))

    def as_draft(self) -> dict[str, Any]:
        return {
            "reasoning": self.reasoning,
            "answer": self.answer,
            "parent": self.parent,
            "ticked": list(self.ticked),
        }

    def repeats(self, attempt: Repair) -> bool:
        """Whether the texts are those of the attempt, unchanged."""
        return (self.reasoning, self.answer) == (typed_text(attempt.reasoning), typed_text(attempt.answer))


class ModelRequestForm(forms.Form):
    """A request for repairs by a language model: `samples` attempts in each of at most `rounds` rounds."""

    language_model = forms.ModelChoiceField(
        queryset=LanguageModel.objects.none(), to_field_name="slug", label=_("Language model"), empty_label=None
    )
    samples = forms.IntegerField(label=_("Attempts in a round"), initial=2, min_value=1, max_value=MAX_SAMPLES)
    rounds = forms.IntegerField(
        label=_("Rounds at most"),
        initial=2,
        min_value=1,
        max_value=MAX_ROUNDS,
        help_text=_("Each later round revises the best attempt before it, with what the checkers found."),
    )

    def __init__(self, data: Any, *, language_models: QuerySet[LanguageModel], prefers: str = "") -> None:
        super().__init__(data, initial={"language_model": prefers})
        field = self.fields["language_model"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = language_models


class ReasonForm(forms.Form):
    """The reason of a rejected candidate or a withdrawn exemplar; it stays with the row."""

    reason = TypedText(
        max_length=_MAX_REASON, error_messages={"required": _("Say in a few words why; the reason is kept.")}
    )


def _is_position(text: str) -> bool:
    return text.isdecimal() and len(text) < 5
