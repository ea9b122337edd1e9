"""Bodies of messages: ids, kinds, counts and links; never a text, label or name of a person."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse

from annotator.events.models import Event
from annotator.webhooks.kinds import PING, Kind
from annotator.webhooks.models import Webhook


def message(kind: Kind, event: Event, webhook: Webhook) -> str:
    """Return the body of a message about an event, as JSON."""
    return _body(kind, event.created_at, webhook, _data(kind, event, webhook.study.slug))


def ping_message(webhook: Webhook, now: datetime) -> str:
    """Return the body of a test message, as JSON."""
    return _body(PING, now, webhook, {"path": reverse("study", args=[webhook.study.slug])})


def _body(kind: str, moment: datetime, webhook: Webhook, data: Mapping[str, Any]) -> str:
    inner = {"study": webhook.study_id, **data}
    inner["url"] = f"{webhook.site}{inner.pop('path')}"
    return json.dumps({"type": str(kind), "timestamp": moment.isoformat(), "data": inner}, separators=(",", ":"))


def _data(kind: Kind, event: Event, slug: str) -> dict[str, Any]:
    """The data of one kind; `path` is the page of its subject."""
    subject, payload = event.subject_id, event.payload
    if kind in (Kind.RUN_FINISHED, Kind.RUN_FAILED):
        return {"run": subject, "path": reverse("run", args=[subject])}
    if kind == Kind.EXEMPLAR_APPROVED:
        path = reverse("repair", args=[slug, payload["candidate"]])
        return {"exemplar": subject, "candidate": payload["candidate"], "path": path}
    if kind == Kind.SNAPSHOT_BUILT:
        return {"snapshot": payload["number"], "path": reverse("snapshots", args=[slug])}
    if kind == Kind.STUDY_COMPLETED:
        return {"cases": payload["cases"], "path": reverse("study", args=[slug])}
    path = reverse("case-history", args=[slug, payload["case"]])
    if kind == Kind.CASE_LABELLED:
        return {"case": payload["case"], "path": path}
    gold = {"revision": payload["revision"], "by_rule": payload["by_rule"], "withdrawn": payload["label"] == ""}
    return {"case": payload["case"], **gold, "path": path}
