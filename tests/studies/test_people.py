"""Passwords are drawn, shown once, and replaced on demand."""

import re
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from annotator.studies.services import person_create
from tests.cast import World

pytestmark = pytest.mark.django_db


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def signs_in(client: Client, name: str, password: str) -> bool:
    return client.post("/login/", {"username": name, "password": password}).status_code == 302


def test_a_new_person_gets_a_password_of_their_own(client: Client) -> None:
    (carol, first), (_, second) = person_create(name="carol"), person_create(name="dan")
    assert re.fullmatch(r"([a-z2-9]{4}-){3}[a-z2-9]{4}", first)
    assert first != second
    assert signs_in(client, "carol", first)
    assert carol.has_usable_password()


def test_somebody_who_is_there_keeps_their_password(alice: User) -> None:
    user, password = person_create(name="alice")
    assert (user.pk, password) == (alice.pk, "")
    assert user.check_password("alice-password-1")


def test_a_reset_prints_the_new_password_and_ends_the_sessions(client: Client, alice: User) -> None:
    client.force_login(alice)
    password = printed("reset_password", "alice").split()[-1]
    assert "_auth_user_id" in client.session
    assert client.get("/").status_code == 302, "the old session is worth nothing now"
    assert signs_in(client, "alice", password)


def test_a_reset_for_a_stranger_names_who_is_known(alice: User, bob: Any) -> None:
    with pytest.raises(CommandError, match="Nobody is called 'mallory'; known: alice, bob"):
        call_command("reset_password", "mallory")


def test_somebody_new_is_let_into_a_study_by_one_command(world: World, client: Client) -> None:
    line = printed("add_person", "erin", "--study", "pilot", "--role", "annotator")
    assert line.endswith("annotator in pilot\n")
    assert signs_in(client, "erin", re.search(r"password (\S+)", line)[1])
    assert world.study.memberships.get(user__username="erin").role == "annotator"


def test_a_site_lead_is_made_by_one_command(alice: User) -> None:
    assert "exists already and keeps the password" in printed("add_person", "alice", "--site-lead")
    alice.refresh_from_db()
    assert alice.is_staff


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["erin", "--study", "nowhere"], "No study is called 'nowhere'; known: none yet."),
        (["<script>"], "cannot sign in: use letters, digits"),
    ],
)
def test_nobody_is_made_where_something_is_refused(arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        printed("add_person", *arguments)
    assert not User.objects.exists()
