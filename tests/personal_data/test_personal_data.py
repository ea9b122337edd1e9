"""Personal data: a person is forgotten and their labels stay; a copy has all that is stored, and no secret."""

import json
from collections.abc import Mapping
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from annotator import access
from annotator.accounts.models import ApiToken, KnownAddress
from annotator.accounts.services import address_remember, token_issue
from annotator.analysis.agreement import study_agreement
from annotator.events.models import Event
from annotator.personal_data.selectors import personal_data_of
from annotator.personal_data.services import closed_accounts_forget, person_forget
from annotator.releases.annotations import annotation_lines
from annotator.studies.errors import MemberRefused
from annotator.studies.models import Annotation, Draft
from annotator.studies.services import account_close, account_open, case_next, draft_save, study_hand_over
from tests.cast import World
from tests.studies.annotating import submit
from workers.heartbeat import Heartbeat


def output_of(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def everything() -> str:
    """Every row of every table that has a user, a name or an event, as one text."""
    tables = (User, ApiToken, KnownAddress, Event, Draft, Annotation)
    return json.dumps([list(QuerySet(table).values()) for table in tables], default=str)


@pytest.fixture
def worked(world: World, alice: User, lena: User) -> User:
    """alice has labelled a case, has a draft of another one, a token, a session and an address."""
    alice.email, alice.first_name, alice.last_name = "alice@example.org", "Alice", "Liddell"
    alice.save()
    submit(case_next(study=world.study, annotator=alice), seconds=42)
    held = case_next(study=world.study, annotator=alice)
    assert held is not None
    draft_save(assignment=held, content={"note": "half a thought"}, version=0)
    token_issue(user=alice, name="laptop")
    address_remember(user=alice, address="192.0.2.7")
    return alice


def test_a_forgotten_person_leaves_labels_and_no_trace_of_who_they_were(world: World, worked: User, lena: User) -> None:
    hers = Client()
    hers.force_login(worked)
    hers.post("/login/", {"username": "alice", "password": "wrong"})
    before = study_agreement(world.study)
    forgotten = person_forget(user=worked, by=lena)
    assert (forgotten.name, forgotten.drafts, forgotten.timings) == (f"person-{worked.pk}", 1, 1)
    stored = everything()
    for trace in ("alice", "Alice", "Liddell", "half a thought", "192.0.2.7"):
        assert trace not in stored
    assert hers.get("/").status_code == 302
    assert Client().post("/login/", {"username": forgotten.name, "password": "alice-password-1"}).status_code == 200
    assert Annotation.objects.get().seconds is None
    assert study_agreement(world.study) == before
    membership = world.study.memberships.get(user=worked)
    line = json.loads(next(iter(annotation_lines(access.study_led_by(lena, "pilot")))))
    assert line["annotator"] == membership.pseudonym


def test_events_name_a_forgotten_person_by_number(client: Client, world: World, worked: User, lena: User) -> None:
    person_forget(user=worked, by=lena)
    client.force_login(lena)
    page = client.get("/studies/pilot/events/", {"kind": "annotation.submitted"}).content.decode()
    assert f"person-{worked.pk}" in page
    assert "alice" not in page
    event = Event.objects.get(kind="account.forgotten")
    assert (event.actor, event.payload["drafts"]) == (lena, 1)


def test_the_owner_of_a_study_is_refused_until_it_is_handed_over(world: World, bob: User, lena: User) -> None:
    with pytest.raises(MemberRefused, match="lena owns study 'pilot'; hand it over to another member first"):
        person_forget(user=lena)
    lena.refresh_from_db()
    assert (lena.username, lena.is_active) == ("lena", True)
    study_hand_over(membership=world.study.memberships.get(user=bob), by=lena)
    assert person_forget(user=lena).name == f"person-{lena.pk}"


def test_the_last_site_lead_is_refused(db: None) -> None:
    root = User.objects.create_user("root", is_staff=True)
    with pytest.raises(MemberRefused, match="root is the only site lead"):
        person_forget(user=root)


def test_a_name_that_somebody_has_is_not_taken(mallory: User, alice: User) -> None:
    mallory.username = f"person-{alice.pk}"
    mallory.save()
    assert person_forget(user=alice).name == f"person-{alice.pk}-2"


def test_a_site_lead_forgets_a_person_once_their_name_is_typed(client: Client, worked: User) -> None:
    client.force_login(User.objects.create_user("root", is_staff=True))
    refused = client.post(f"/people/{worked.pk}/forget/", {"name": "bob"}, follow=True).content.decode()
    assert "Type the name alice to confirm; nothing was deleted." in refused
    done = client.post(f"/people/{worked.pk}/forget/", {"name": "alice"}, follow=True).content.decode()
    assert f"alice is person-{worked.pk} from now on" in done
    assert not User.objects.filter(username="alice").exists()


def test_the_command_asks_first(worked: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda _question: "no")
    with pytest.raises(CommandError, match=r"Nothing was deleted\."):
        output_of("forget", "alice")
    assert f"alice is person-{worked.pk} from now on: 1 draft," in output_of("forget", "alice", "--yes")
    with pytest.raises(CommandError, match="Nobody is called 'alice'"):
        output_of("forget", "alice", "--yes")


# --- retention ------------------------------------------------------------------------------------------------------


@pytest.fixture
def closed(worked: User, bob: User, mallory: User, lena: User) -> Mapping[str, User]:
    """Accounts closed 400 days ago (alice), closed and opened again (bob), and closed just now (mallory)."""
    account_close(user=worked, by=lena)
    account_close(user=bob, by=lena)
    account_open(user=bob, by=lena)
    QuerySet(Event).update(created_at=timezone.now() - timedelta(days=400))
    account_close(user=mallory, by=lena)
    return {"alice": worked, "bob": bob, "mallory": mallory}


def test_accounts_closed_for_long_are_forgotten_by_the_heartbeat(closed: Mapping[str, User], settings: Any) -> None:
    settings.FORGET_CLOSED_AFTER_DAYS = 365
    User.objects.create_user("imported", is_active=False)
    Heartbeat(name="w", model=None, busy=lambda: False).clean()  # type: ignore[arg-type]  # cleans without a model
    names = set(User.objects.values_list("username", flat=True))
    assert names == {f"person-{closed['alice'].pk}", "bob", "mallory", "lena", "imported"}
    assert closed_accounts_forget() == 0


def test_nobody_is_forgotten_unless_it_is_asked_for(closed: Mapping[str, User]) -> None:
    assert closed_accounts_forget() == 0
    assert User.objects.filter(username="alice").exists()


# --- a copy ---------------------------------------------------------------------------------------------------------


def test_a_copy_has_everything_of_a_person_and_no_secret(worked: User) -> None:
    tables = json.loads(output_of("personal_data", "alice"))
    assert tables["account"][0]["email"] == "alice@example.org"
    assert [row["seconds"] for row in tables["studies.annotation.assignment__annotator"]] == [42]
    assert [row["content"]["note"] for row in tables["studies.draft.assignment__annotator"]] == ["half a thought"]
    assert [row["name"] for row in tables["accounts.apitoken.user"]] == ["laptop"]
    assert {row["kind"] for row in tables["events.event.actor"]} == {"annotation.submitted", "token.issued"}
    text = json.dumps(tables)
    token, account = ApiToken.objects.get(), User.objects.get(username="alice")
    for secret in (token.digest, token.token_key, token.password_fingerprint, account.password):
        assert secret not in text


def test_a_copy_has_every_table_that_refers_to_an_account(worked: User) -> None:
    tables = personal_data_of(worked)
    columns = [
        f"{model._meta.label_lower}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.concrete and field.related_model is User
    ]
    assert len(columns) > 15
    assert set(columns) <= set(tables)
