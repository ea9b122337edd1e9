"""The record of events: appended, never changed, with who did what in which study, and without secrets."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.accounts.services import password_change, token_issue, token_revoke
from annotator.events.kinds import KINDS
from annotator.events.models import Event, EventChangeError
from annotator.runs.services import run_archive
from annotator.studies.services import (
    account_close,
    account_open,
    member_add,
    member_deactivate,
    password_reset,
    person_create,
    study_archive,
    study_close,
    study_hand_over,
    study_reopen,
    study_show_verdicts,
)
from annotator.web.event_words import EVENT_WORDS
from tests.api.client import client_of
from tests.cast import World, make_world
from tests.paths import REPOSITORY

APPENDED = re.compile(r"\"([a-z_]+\.[a-z_]+)\"")


@pytest.fixture
def event(world: World, lena: User) -> Event:
    study_close(study=world.study, by=lena)
    return Event.objects.get(kind="study.closed")


WAYS_TO_CHANGE = {
    "save": lambda event: event.save(),
    "save one field": lambda event: event.save(update_fields=["kind"]),
    "delete": lambda event: event.delete(),
    "update": lambda event: Event.objects.filter(pk=event.pk).update(kind="x"),
    "delete many": lambda event: Event.objects.all().delete(),
    "update many": lambda event: Event.objects.bulk_update([event], ["kind"]),
    "update or create": lambda event: Event.objects.update_or_create(pk=event.pk, defaults={"kind": "x"}),
    "replace": lambda event: Event.objects.bulk_create(
        [Event(pk=event.pk, kind="x")], update_conflicts=True, update_fields=["kind"], unique_fields=["id"]
    ),
    "the base manager": lambda event: Event._base_manager.filter(pk=event.pk).update(kind="x"),
}


@pytest.mark.parametrize("way", WAYS_TO_CHANGE)
def test_an_event_is_never_changed_or_deleted(event: Event, way: str) -> None:
    event.kind = "study.opened"
    with pytest.raises(EventChangeError, match="never changed or deleted"):
        WAYS_TO_CHANGE[way](event)
    assert Event.objects.get(pk=event.pk).kind == "study.closed"


def test_who_did_it_and_in_which_study_is_kept(world: World, lena: User, carol: User, bob: User) -> None:
    Event.objects.all()
    member = member_add(study=world.study, user=carol, role="lead", by=lena)
    member_add(study=world.study, user=carol, role="curator", by=lena)
    member_deactivate(membership=world.study.memberships.get(user=bob), by=lena, reason="Moved on.")
    study_show_verdicts(study=world.study, when="never", by=lena)
    study_close(study=world.study, by=lena)
    study_close(study=world.study, by=lena)
    study_reopen(study=world.study, by=lena)
    study_archive(study=world.study, by=lena)
    study_hand_over(membership=member, by=lena)
    run_archive(run=world.first_run, by=lena)
    kinds = list(Event.objects.filter(actor=lena).order_by("pk").values_list("kind", "study"))
    assert kinds == [
        ("membership.added", world.study.pk),
        ("membership.role_changed", world.study.pk),
        ("membership.deactivated", world.study.pk),
        ("study.settings_changed", world.study.pk),
        ("study.closed", world.study.pk),
        ("study.reopened", world.study.pk),
        ("study.archived", world.study.pk),
        ("study.handed_over", world.study.pk),
        ("run.archived", None),
    ]


def test_who_creates_a_study_is_named_as_the_one_who_made_them_its_owner(db: None, lena: User) -> None:
    study = make_world("made-by-lena", lead=lena).study
    added = Event.objects.get(kind="membership.added", study=study.pk)
    assert (added.actor, added.payload["role"], added.payload["before"]) == (lena, "owner", "")
    assert study.memberships.get().role == "owner"


def test_no_event_has_a_secret_or_a_name(db: None, lena: User) -> None:
    person, password = person_create(name="erin.example")
    issued = token_issue(user=person, name="laptop")
    token_revoke(token=issued.token, by=lena)
    password_change(user=person, password="a-new-password-9")
    again = password_reset(name="erin.example")
    account_close(user=person, by=lena)
    account_open(user=person, by=lena)
    stored = json.dumps(list(Event.objects.values("kind", "subject", "payload")))
    for secret in (password, issued.text, "a-new-password-9", again, "erin.example", "lena"):
        assert secret not in stored
    assert Event.objects.count() >= 7


def test_every_kind_has_words_and_every_appended_one_is_a_kind() -> None:
    assert set(EVENT_WORDS) == set(KINDS)
    services = [*REPOSITORY.glob("annotator/*/services.py"), *REPOSITORY.glob("annotator/*/services/*.py")]
    found = {kind for file in services for kind in _appended(file)}
    assert found - set(KINDS) == set()


def _appended(file: Path) -> set[str]:
    text = file.read_text()
    calls = re.findall(r"events?_append\((?:\s*)([^,]*),", text)
    kinds = {kind for call in calls for kind in APPENDED.findall(call)}
    return kinds | {kind for kind in APPENDED.findall(text) if kind in KINDS}


# --- pages ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def busy(world: World, lena: User, carol: User) -> World:
    """A study with two events by lena, beside another one."""
    study_close(study=world.study, by=lena)
    study_reopen(study=world.study, by=lena)
    study_close(study=make_world("other").study, by=carol)
    return world


def test_a_lead_reads_the_events_of_their_study_and_filters_them(client: Client, busy: World, lena: User) -> None:
    client.force_login(lena)
    page = client.get("/studies/pilot/events/").content.decode()
    assert "study closed" in page
    assert "study opened again" in page
    assert "carol" not in page
    only = client.get("/studies/pilot/events/", {"kind": "study.closed", "person": "lena"}).content.decode()
    assert '<td class="whole">study opened again' not in only
    assert '<td class="whole">study closed' in only
    nobody = client.get("/studies/pilot/events/", {"person": "carol"}).content.decode()
    assert "No such event." in nobody
    assert client.get("/studies/pilot/events/", {"kind": "war"}).status_code == 400


def test_events_are_paged_by_key(client: Client, busy: World, lena: User) -> None:
    for _ in range(30):
        study_reopen(study=busy.study, by=lena)
        study_close(study=busy.study, by=lena)
    client.force_login(lena)
    first = client.get("/studies/pilot/events/", {"person": "lena"})
    after = first.context["shown"].after
    second = client.get("/studies/pilot/events/", {"person": "lena", "after": after})
    rows = [*first.context["shown"].rows, *second.context["shown"].rows]
    assert [row.pk for row in rows] == sorted({row.pk for row in rows}, reverse=True)
    assert len(first.context["shown"].rows) == 50
    assert f"person=lena&amp;after={after}" in first.content.decode()


def test_events_leave_as_lines_and_as_cells_that_no_spreadsheet_runs(client: Client, busy: World, lena: User) -> None:
    evil = User.objects.create_user("@SUM(1)")
    member_add(study=busy.study, user=evil, role="curator", by=lena)
    study_show_verdicts(study=busy.study, when="never", by=evil)
    client.force_login(lena)
    lines = b"".join(client.get("/studies/pilot/events.jsonl").streaming_content).decode().splitlines()
    records = [json.loads(line) for line in lines]
    assert [record["kind"] for record in records][-2:] == ["study.settings_changed", "export.downloaded"]
    assert (records[-2]["actor"], records[-2]["study"]) == ("@SUM(1)", "pilot")
    table = b"".join(client.get("/studies/pilot/events.csv", {"person": "@SUM(1)"}).streaming_content).decode()
    assert "'@SUM(1)" in table
    assert ",@SUM" not in table
    assert Event.objects.filter(kind="export.downloaded", actor=lena).count() == 2
    assert client.get("/studies/pilot/events.xlsx").status_code == 404


def test_a_site_lead_reads_all_events(client: Client, busy: World) -> None:
    root = User.objects.create_user("root", is_staff=True)
    client.force_login(root)
    page = client.get("/events/").content.decode()
    assert "carol" in page
    assert "lena" in page
    found = client_of(root).get("/api/v1/events/", {"kind": "study.closed"}).json()["results"]
    assert [(row["actor"], row["study"]) for row in found] == [("lena", "pilot"), ("carol", "other")]


def test_events_are_listed_over_rest(busy: World, lena: User) -> None:
    api = client_of(lena)
    found = api.get("/api/v1/studies/pilot/events/", {"kind": "study.reopened"}).json()["results"]
    assert [(row["kind"], row["actor"], row["subject"]) for row in found] == [
        ("study.reopened", "lena", f"studies.study:{busy.study.pk}")
    ]
    refused: Any = api.get("/api/v1/studies/pilot/events/", {"kind": "war"})
    assert refused.status_code == 400


def test_what_happens_to_the_runs_of_a_study_is_among_its_events(client: Client, busy: World, lena: User) -> None:
    run_archive(run=busy.first_run, by=lena)
    client.force_login(lena)
    assert "run archived" in client.get("/studies/pilot/events/").content.decode()


def test_a_download_of_an_export_is_an_event(busy: World, lena: User) -> None:
    b"".join(client_of(lena).get("/api/v1/studies/pilot/annotations.csv").streaming_content)
    event = Event.objects.get(kind="export.downloaded")
    assert (event.actor, event.study, event.payload) == (lena, busy.study.pk, {"file": "pilot-annotations.csv"})
