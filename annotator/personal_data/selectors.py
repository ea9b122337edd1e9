"""Reads of personal data: all rows that belong to an account, and the accounts closed long ago."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db.models import CharField, Model, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from annotator.events.models import Event
from annotator.events.services import subject_of
from annotator.studies.models import Annotation, Dispute, Draft, Flag, Rework

# `body`: an answer to an idempotency key may show a secret once.
_SECRETS = ("password", "digest", "secret", "token_key", "fingerprint", "body")
_ACCOUNT = ("username", "first_name", "last_name", "email", "date_joined", "last_login", "is_active", "is_staff")
# Rows that name their person through another row.
_THROUGH: Sequence[tuple[type[Model], str]] = (
    (Annotation, "assignment__annotator"),
    (Dispute, "annotation__assignment__annotator"),
    (Draft, "assignment__annotator"),
    (Flag, "assignment__annotator"),
    (Rework, "member__user"),
)


def personal_data_of(user: User) -> Mapping[str, Any]:
    """Return everything that is stored about a person, by table, without passwords, tokens and their digests."""
    tables = {"account": [{name: getattr(user, name) for name in _ACCOUNT}]}
    for model, field in references():
        tables[f"{model._meta.label_lower}.{field}"] = _rows(model._base_manager.filter(**{field: user.pk}))
    for model, path in _THROUGH:
        tables[f"{model._meta.label_lower}.{path}"] = _rows(model._base_manager.filter(**{path: user.pk}))
    tables["events.event.subject"] = _rows(Event.objects.filter(subject=subject_of(user)))
    tables["wrong passwords"] = list(
        AccessAttempt.objects.filter(username=user.get_username()).values(
            "ip_address", "user_agent", "attempt_time", "failures_since_start"
        )
    )
    tables["sessions"] = [{"ends": session.expire_date} for session in _sessions(user)]
    return tables


def references() -> Sequence[tuple[type[Model], str]]:
    """Return every column of every table that refers to an account, also those without a name on the account's side."""
    fields: list[Any] = User._meta.get_fields(include_hidden=True)
    return [(field.related_model, field.field.name) for field in fields if field.one_to_many or field.one_to_one]


def accounts_closed_before(moment: datetime) -> QuerySet[Any]:
    """The accounts that were closed before `moment`, not opened since, and not forgotten yet.

    When an account was closed is read from its events: one that came with a snapshot was never open, and stays.
    """
    subject = Concat(Value(f"{User._meta.label_lower}:"), Cast(OuterRef("pk"), CharField()))
    kinds = ("account.closed", "account.opened", "account.forgotten")
    newest = Event.objects.filter(subject=subject, kind__in=kinds).order_by("-pk")
    closed = User.objects.filter(is_active=False).annotate(
        newest=Subquery(newest.values("kind")[:1]), since=Subquery(newest.values("created_at")[:1])
    )
    return closed.filter(newest="account.closed", since__lt=moment).order_by("pk")


def _rows(rows: QuerySet[Any]) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in row.items() if not any(secret in name for secret in _SECRETS)}
        for row in rows.order_by("pk").values()
    ]


def _sessions(user: User) -> list[Session]:
    """Django's table does not say whose a session is, so that each one that has not ended is read."""
    open_ones = Session.objects.filter(expire_date__gt=timezone.now()).iterator()
    return [session for session in open_ones if session.get_decoded().get("_auth_user_id") == str(user.pk)]
