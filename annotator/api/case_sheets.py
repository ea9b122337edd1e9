"""The case of an annotator in JSON: what its page shows them now, and nothing else.

It serializes the sheet of the page (`annotator.studies.selectors.sheet`), where blindness is enforced.
"""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from annotator import access
from annotator.api import fields
from annotator.api.adjudication import ShownVerdictSerializer
from annotator.api.studies import AnnotationSerializer
from annotator.studies.models import Assignment, Case, Draft, Flag, Pattern, Rework
from annotator.studies.selectors.sheet import (
    CaseSheet,
    SheetConstraint,
    SheetExpected,
    SheetSide,
    case_sheet,
)

_LATER = "Empty until the sides are revealed."


class SideSerializer(serializers.Serializer[SheetSide]):
    answer = serializers.CharField(help_text="Masked until the sides are revealed.")
    position = serializers.CharField(help_text=f"first or second: of which run it is. {_LATER}")
    role = serializers.CharField(help_text=_LATER)
    reasoning = serializers.CharField(help_text=_LATER)
    reasoning_tokens = serializers.IntegerField(allow_null=True)
    answer_tokens = serializers.IntegerField(allow_null=True)
    split_status = serializers.CharField(help_text=_LATER)
    finish_reason = serializers.CharField(help_text=_LATER)


class SheetConstraintSerializer(serializers.Serializer[SheetConstraint]):
    constraint = serializers.SerializerMethodField(help_text="The constraint's place in the prompt, from 0.")
    kind = serializers.CharField()
    kwargs = serializers.DictField()
    title = serializers.CharField()
    span = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
    left = ShownVerdictSerializer()
    right = ShownVerdictSerializer()
    effect = serializers.CharField(help_text=_LATER)

    def get_constraint(self, row: SheetConstraint) -> int:
        return row.number - 1


class PatternSerializer(serializers.ModelSerializer[Pattern]):
    class Meta:
        model = Pattern
        fields = ("slug", "name", "help", "examples", "hotkey", "needs_text")


class StoredDraftSerializer(serializers.ModelSerializer[Draft]):
    content = serializers.DictField()

    class Meta:
        model = Draft
        fields = ("version", "content", "saved_at")


class OwnFlagSerializer(serializers.ModelSerializer[Flag]):
    messages = serializers.SerializerMethodField(help_text="Yours and the answers, in order.")

    class Meta:
        model = Flag
        fields = ("reason", "settled_at", "messages")

    def get_messages(self, flag: Flag) -> list[str]:
        return [message.text for message in flag.messages.order_by("pk")]


class OwnReworkSerializer(serializers.ModelSerializer[Rework]):
    class Meta:
        model = Rework
        fields = ("id", "note")


class ExpectedSerializer(serializers.Serializer[SheetExpected]):
    label = fields.label()
    patterns = serializers.ListField(child=serializers.CharField(), help_text="Names of patterns.")
    feedback = serializers.CharField()
    same_label = serializers.BooleanField()
    same_patterns = serializers.BooleanField()


class CaseSheetSerializer(serializers.Serializer[CaseSheet]):
    id = serializers.IntegerField(source="case_id")
    study = serializers.CharField(source="study.slug")
    key = fields.prompt_key("prompt_key")
    status = serializers.ChoiceField(choices=Assignment.Status.values, help_text="Of your assignment.")
    skip_reason = serializers.CharField()
    revealed = serializers.BooleanField(help_text="Whether you may know which answer is of which run.")
    verdicts_shown = serializers.BooleanField(help_text="Whether you may see now what the checkers decided.")
    blind_choice = serializers.CharField(help_text="left, same or right; empty before it.")
    prompt = serializers.CharField(source="prompt_text")
    known_defects = serializers.ListField(child=serializers.DictField())
    constraints = SheetConstraintSerializer(many=True)
    left = SideSerializer()
    right = SideSerializer()
    outcome = serializers.ChoiceField(choices=Case.Outcome.choices, allow_blank=True, help_text=_LATER)
    no_answer = serializers.BooleanField(help_text="Whether an answer is empty or was cut off.")
    patterns = PatternSerializer(many=True, help_text="The failure patterns of the codebook.")
    annotation = AnnotationSerializer(allow_null=True, help_text="Your newest one.")
    revision = serializers.IntegerField(help_text="Send it as base_revision; 0 before the first annotation.")
    seen = serializers.CharField(
        source="study.shown_settings", help_text="Send it back: which codebook and setting the case was read with."
    )
    draft = StoredDraftSerializer(allow_null=True)
    flag = OwnFlagSerializer(allow_null=True)
    rework = OwnReworkSerializer(allow_null=True, help_text="Why it was sent back to you, if it was.")
    practising = serializers.BooleanField(help_text="Practice counts nowhere.")
    expected = serializers.SerializerMethodField(help_text="Of a practice case, once you have submitted.")
    done = serializers.IntegerField()
    total = serializers.IntegerField()

    @extend_schema_field(ExpectedSerializer(allow_null=True))
    def get_expected(self, sheet: CaseSheet) -> Any:
        return None if sheet.expected is None else ExpectedSerializer(sheet.expected).data


def shown_case(request: Request, case_id: int) -> Any:
    """Return the case as its annotator may see it now. Raises Http404 for a case that is not theirs."""
    return CaseSheetSerializer(case_sheet(access.assignment_to_read(request.user, case_id))).data
