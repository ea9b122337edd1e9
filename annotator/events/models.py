"""Events: an append-only record of what services changed, and the outbox of webhooks."""

from collections.abc import Iterable
from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.db import models


class EventChangeError(TypeError):
    """Something tried to change or delete an event."""


def _refuse() -> NoReturn:
    raise EventChangeError("An event is never changed or deleted; append another one that says what is so now.")


class EventQuerySet(models.QuerySet["Event"]):
    """Events, which are read and appended."""

    def update(self, **_values: Any) -> NoReturn:
        _refuse()

    def delete(self) -> NoReturn:
        _refuse()

    def bulk_update(self, *_args: Any, **_values: Any) -> NoReturn:
        _refuse()

    def bulk_create(self, objs: Iterable["Event"], *args: Any, **options: Any) -> list["Event"]:
        """Append. What would change a row that is there already is refused."""
        if args or set(options) - {"batch_size"}:
            _refuse()
        return super().bulk_create(objs, **options)


class Event(models.Model):
    """One change. `kind` is `<entity>.<past participle>`, `subject` is `<app>.<model>:<id>`.

    `actor` is who did it, None for a command, a rule or a worker. A person is named by no other field: once they are
    forgotten, so are they here. `study` is the id of the study that it belongs to, None for what belongs to none; it
    stays when the study is deleted.
    """

    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=128)
    payload = models.JSONField(default=dict)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    study = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["subject", "id"], name="event_subject"),
            models.Index(fields=["study", "id"], name="event_study"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    def save(self, *args: Any, **options: Any) -> None:
        """Append the event, once."""
        if not self._state.adding or options.get("force_update") or options.get("update_fields"):
            _refuse()
        super().save(*args, **{**options, "force_insert": True})

    def delete(self, *_args: Any, **_options: Any) -> NoReturn:
        _refuse()

    @property
    def subject_id(self) -> int:
        """The id of the subject, which may have been deleted since."""
        return int(self.subject.rpartition(":")[2])


class OutboxEntry(models.Model):
    """An event from which no deliveries of webhooks have been made yet. It is deleted in the transaction that does.

    It commits with its event: a reader that takes whatever entries there are misses no late commit, as one would that
    remembers the last id it has read.
    """

    event = models.OneToOneField(Event, primary_key=True, on_delete=models.CASCADE, related_name="outbox_entry")

    def __str__(self) -> str:
        return f"{self.event_id} waits"
