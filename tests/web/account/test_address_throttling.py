"""Guesses are counted per address too, of names that nobody has as well, and lock out nobody who works there."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from annotator.accounts.addresses import REMEMBERED
from annotator.accounts.models import KnownAddress
from tests.web.account.test_login import minutes_ago, tries

SENTENCE = "Too many wrong passwords from your address. Come back in 15 minutes."
TOKEN = "/api/v1/token/"


@pytest.fixture(autouse=True)
def few(settings: Any) -> None:
    settings.ADDRESS_LOGIN_FAILURES = 10


def flood(client: Any, n: int = 10, **headers: Any) -> list[int]:
    """Wrong passwords for names that nobody has, each once."""
    return [tries(client, f"nobody{number}", "wrong", **headers).status_code for number in range(n)]


def token(name: str, password: str, **headers: Any) -> Any:
    return APIClient().post(TOKEN, {"username": name, "password": password}, format="json", **headers)


def test_names_that_nobody_has_are_counted_and_the_address_is_refused(db: None, alice: User) -> None:
    assert flood(Client()) == [200] * 9 + [429]
    refused = tries(Client(), "alice", "alice-password-1")
    assert (refused.status_code, SENTENCE in refused.content.decode()) == (429, True)


def test_the_token_route_shares_the_count_and_says_when_to_come_back(db: None, alice: User) -> None:
    flood(Client(), 9)
    assert token("mallory", "wrong").status_code == 429
    refused = token("alice", "alice-password-1")
    assert refused.status_code == 429
    assert refused.json()["detail"].startswith(SENTENCE)
    assert 14 * 60 < int(refused["Retry-After"]) <= 15 * 60


def test_whoever_logged_in_from_there_before_is_not_locked_out(db: None, alice: User, bob: User) -> None:
    assert tries(Client(), "alice", "alice-password-1").status_code == 302
    assert token("bob", "bob-password-1").status_code == 200
    flood(Client(), 30)
    assert tries(Client(), "alice", "alice-password-1").status_code == 302
    assert tries(Client(), "bob", "bob-password-1").status_code == 302
    assert token("alice", "alice-password-1").status_code == 200


def test_a_known_account_keeps_a_count_of_its_own(db: None, alice: User) -> None:
    tries(Client(), "alice", "alice-password-1")
    flood(Client())
    for _ in range(5):
        assert tries(Client(), "alice", "wrong").status_code == 429
    assert tries(Client(), "alice", "alice-password-1").status_code == 429


def test_beyond_the_bound_a_refusal_does_not_say_which_names_exist(db: None, alice: User, bob: User) -> None:
    tries(Client(), "alice", "alice-password-1")
    flood(Client())
    pages = [tries(Client(), name, "wrong") for name in ("alice", "bob", "nobody")]
    assert {page.status_code for page in pages} == {429}
    assert all(SENTENCE in page.content.decode() for page in pages)


def test_another_address_is_not_concerned_and_has_to_be_known_itself(db: None, alice: User) -> None:
    tries(Client(REMOTE_ADDR="192.0.2.7"), "alice", "alice-password-1")
    flood(Client())
    assert tries(Client(REMOTE_ADDR="192.0.2.7"), "alice", "alice-password-1").status_code == 302
    assert tries(Client(), "alice", "alice-password-1").status_code == 429


def test_the_wait_ends_and_trying_meanwhile_does_not_make_it_longer(db: None, alice: User) -> None:
    flood(Client())
    minutes_ago(9)
    assert set(flood(Client(), 5)) == {429}
    assert "Come back in 6 minutes" in tries(Client(), "alice", "alice-password-1").content.decode()
    minutes_ago(16)
    assert tries(Client(), "alice", "alice-password-1").status_code == 302


def test_a_forged_header_gives_no_other_address(db: None, alice: User) -> None:
    for number in range(10):
        tries(Client(), f"nobody{number}", "wrong", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
    assert tries(Client(), "alice", "alice-password-1", HTTP_X_FORWARDED_FOR="10.9.9.9").status_code == 429


def test_the_addresses_of_one_ipv6_subscriber_count_as_one(db: None, alice: User) -> None:
    for number in range(10):
        tries(Client(REMOTE_ADDR=f"2001:db8:1:2::{number:x}"), f"nobody{number}", "wrong")
    assert tries(Client(REMOTE_ADDR="2001:db8:1:2:ffff::9"), "alice", "alice-password-1").status_code == 429
    assert tries(Client(REMOTE_ADDR="2001:db8:1:3::9"), "alice", "alice-password-1").status_code == 302


def test_an_own_account_does_not_wipe_the_guesses_at_others(db: None, alice: User, mallory: User) -> None:
    for number in range(10):
        tries(Client(), f"nobody{number}", "wrong")
        tries(Client(), "mallory", "mallory-password-1")
    assert tries(Client(), "alice", "alice-password-1").status_code == 429


def test_addresses_are_stored_as_keyed_hashes_and_forgotten(db: None, alice: User) -> None:
    tries(Client(REMOTE_ADDR="192.0.2.7"), "alice", "alice-password-1")
    assert "192.0.2.7" not in repr(list(KnownAddress.objects.values()))
    KnownAddress.objects.update(seen_at=timezone.now() - REMEMBERED)
    flood(Client(REMOTE_ADDR="192.0.2.7"))
    assert tries(Client(REMOTE_ADDR="192.0.2.7"), "alice", "alice-password-1").status_code == 429
    tries(Client(), "alice", "alice-password-1")
    assert KnownAddress.objects.count() == 1
