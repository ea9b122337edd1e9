"""Kinds of messages that a webhook can ask for, and those that each event of the record becomes."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models


class Kind(models.TextChoices):
    """`<entity>.<past participle>`, as in the record of events."""

    RUN_FINISHED = "run.finished"
    RUN_FAILED = "run.failed"
    CASE_LABELLED = "case.labelled"
    GOLD_DECIDED = "gold.decided"
    CASE_ADJUDICATED = "case.adjudicated"
    EXEMPLAR_APPROVED = "exemplar.approved"
    SNAPSHOT_BUILT = "snapshot.built"
    STUDY_COMPLETED = "study.completed"


PING = "ping"
"""The kind of a test message, which every webhook gets when its lead sends one."""


def kinds_of(event_kind: str, payload: Mapping[str, Any]) -> Sequence[Kind]:
    """Return the kinds of messages that an event becomes; none for an event that no webhook can ask for.

    A decision of a person is a message about the gold and one about the adjudication.
    """
    if event_kind == "annotation.submitted":
        return [Kind.CASE_LABELLED] if payload.get("completed") else []
    if event_kind == Kind.GOLD_DECIDED and not payload.get("by_rule"):
        return [Kind.GOLD_DECIDED, Kind.CASE_ADJUDICATED]
    return [Kind(event_kind)] if event_kind in Kind.values else []
