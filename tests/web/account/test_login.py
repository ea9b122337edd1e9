"""Login: one sentence for every wrong pair, and a pause after five of them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from annotator.studies.services import password_reset
from tests.studies.test_queue import at_once

WAIT = "Too many wrong passwords for alice. Come back in"


def tries(client: Client, name: str, password: str, **headers: Any) -> Any:
    return client.post("/login/", {"username": name, "password": password}, **headers)


def guess(client: Client, n: int, name: str = "alice", **headers: Any) -> list[int]:
    return [tries(client, name, "wrong", **headers).status_code for _ in range(n)]


def minutes_ago(minutes: int, **attempts: Any) -> None:
    AccessAttempt.objects.filter(**attempts).update(attempt_time=timezone.now() - timedelta(minutes=minutes))


def test_the_right_password_opens_and_a_wrong_one_is_refused_in_words(client: Client, alice: User) -> None:
    refused = tries(client, "alice", "wrong")
    assert (refused.status_code, "do not belong together" in refused.content.decode()) == (200, True)
    assert tries(client, "alice", "alice-password-1").url == "/"


def test_the_sixth_try_is_refused_even_with_the_right_password_and_says_when_to_come_back(
    client: Client, alice: User
) -> None:
    assert guess(client, 5) == [200] * 4 + [429]
    sixth = tries(client, "alice", "alice-password-1")
    assert sixth.status_code == 429
    assert f"{WAIT} 15 minutes" in sixth.content.decode()
    assert "_auth_user_id" not in client.session


def test_another_account_and_another_address_are_not_concerned(client: Client, alice: User, bob: User) -> None:
    guess(client, 6)
    assert tries(client, "bob", "bob-password-1").status_code == 302
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert tries(elsewhere, "alice", "alice-password-1").status_code == 302


def test_another_browser_or_a_forged_header_changes_nothing(client: Client, alice: User) -> None:
    for n in range(5):
        guess(client, 1, HTTP_USER_AGENT=f"browser {n}", HTTP_X_FORWARDED_FOR=f"10.0.0.{n}")
    assert tries(Client(), "alice", "alice-password-1", HTTP_USER_AGENT="another").status_code == 429


def test_the_wait_ends_and_trying_meanwhile_does_not_make_it_longer(client: Client, alice: User) -> None:
    guess(client, 5)
    minutes_ago(9)
    guess(client, 3)
    assert f"{WAIT} 6 minutes" in tries(client, "alice", "alice-password-1").content.decode()
    minutes_ago(16)
    assert tries(client, "alice", "alice-password-1").status_code == 302
    assert not AccessAttempt.objects.exists()


def test_the_wait_is_over_as_soon_as_fewer_than_five_failures_are_left(client: Client, alice: User) -> None:
    guess(client, 1, HTTP_USER_AGENT="early")
    minutes_ago(14)
    guess(client, 4, HTTP_USER_AGENT="late")
    said = tries(client, "alice", "alice-password-1").content.decode()
    assert f"{WAIT} 1 minute," in said
    minutes_ago(15, user_agent="early")
    assert tries(client, "alice", "alice-password-1").status_code == 302


def test_a_name_that_nobody_has_is_counted_like_one_that_is_known(client: Client, db: None) -> None:
    assert guess(client, 6, "nobody") == [200] * 4 + [429] * 2


def test_a_right_password_forgets_the_wrong_ones_before_it(client: Client, alice: User) -> None:
    guess(client, 4)
    assert tries(client, "alice", "alice-password-1").status_code == 302
    client.logout()
    assert guess(client, 4) == [200] * 4


def test_a_new_password_ends_the_wait(client: Client, alice: User, bob: User) -> None:
    guess(client, 5)
    guess(client, 5, "bob")
    assert tries(client, "alice", password_reset(name="alice")).status_code == 302
    assert tries(Client(), "bob", "bob-password-1").status_code == 429


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_through_many_connections_are_all_counted(alice: User) -> None:
    assert at_once(lambda _: guess(Client(), 1), range(8)) == []
    assert AccessAttempt.objects.get().failures_since_start >= settings.AXES_FAILURE_LIMIT
    assert tries(Client(), "alice", "alice-password-1").status_code == 429


def test_what_was_tried_is_not_written_down(client: Client, alice: User) -> None:
    tries(client, "alice", "s3cret-of-mine")
    assert "s3cret-of-mine" not in repr(list(AccessAttempt.objects.values()))


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "a" * 150, "alice' OR 1=1"])
def test_a_hostile_name_is_said_back_escaped(client: Client, db: None, hostile: str) -> None:
    guess(client, 5, hostile)
    page = tries(client, hostile, "x")
    assert page.status_code == 429
    assert "<script>alert" not in page.content.decode()


def test_the_settings_pass_djangos_own_checks(db: None, settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path  # `make setup` closes the checkout's own to others
    call_command("check", fail_level="WARNING")
