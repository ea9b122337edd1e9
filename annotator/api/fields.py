"""Serializer fields shared by several endpoints, with their types and descriptions.

The functions return Any on purpose: a serializer's base class has other attributes of some of these names until its
metaclass takes the fields off the class.
"""

from typing import Any

from django.db.models import BigIntegerField
from rest_framework import serializers

from annotator.api.parsing import Choice
from annotator.studies.models import Annotation


class VersionReference(serializers.Serializer[Any]):
    """A reference to one version of a dataset or codebook."""

    name = serializers.CharField()
    version = serializers.IntegerField()


def prompt_key(source: str | None = None) -> Any:
    return serializers.CharField(source=source, help_text="The prompt's key in its source.")


def constraint_place(source: str | None = None) -> Any:
    return serializers.IntegerField(source=source, help_text="The constraint's place in the prompt, from 0.")


def row_id() -> Any:
    """Return a field for an id in a list: a query for a list of ids takes only numbers that the database stores."""
    return serializers.IntegerField(min_value=1, max_value=BigIntegerField.MAX_BIGINT)


def side() -> Any:
    return serializers.ChoiceField(choices=["first", "second"], help_text="Of which run of the study the answer is.")


def role() -> Any:
    return serializers.CharField(help_text="What the study calls the run: its strategy, and what else tells it apart.")


def label(**options: Any) -> Any:
    return Choice(choices=Annotation.Label.choices, **options)


def pattern_slugs() -> Any:
    return serializers.ListField(child=serializers.CharField(), help_text="Slugs of the codebook.")


def effects() -> Any:
    return serializers.ListField(
        child=serializers.CharField(allow_null=True),
        help_text="How the second answer compares on each constraint, in order; null where that was not judged.",
    )
