"""Drafts over REST: unsent text, saved on top of the version that its author read."""

from typing import Any

from rest_framework import serializers

from annotator.api.parsing import StrictSerializer


class EditDraftSerializer(StrictSerializer):
    version = serializers.IntegerField(min_value=0, max_value=10**9, help_text="Of the draft you read, 0 for none.")
    content = serializers.DictField(help_text="The fields as their page names them.")


class DraftSerializer(EditDraftSerializer):
    base_revision = serializers.IntegerField(
        min_value=0, max_value=10**9, default=0, help_text="The `revision` of the case as you read it."
    )


class SavedDraftSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField(help_text="Send it with the next save.")
    saved_at = serializers.DateTimeField()
