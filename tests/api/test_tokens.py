"""Tokens: a name and a password in, a token out, and no endless guessing."""

import pytest
from django.core.cache import cache
from rest_framework.authtoken.models import Token

from tests.api.client import client_of

URL = "/api/v1/token/"
RIGHT = {"username": "alice", "password": "alice-password-1"}


@pytest.fixture(autouse=True)
def nobody_has_guessed_yet():
    cache.clear()


@pytest.fixture
def client(alice):
    return client_of(None)


def test_the_right_password_gives_a_token_that_opens_the_api(client):
    token = client.post(URL, RIGHT, format="json").json()["token"]
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert client.get("/api/v1/studies/").status_code == 200


def test_the_same_person_gets_the_same_token(client):
    first, second = (client.post(URL, RIGHT, format="json").json() for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({**RIGHT, "password": "wrong"}, "Name and password do not match an open account; ask your lead for one."),
        ({**RIGHT, "username": "zoe"}, "Name and password do not match an open account; ask your lead for one."),
        ({"username": "alice"}, "password: This field is required."),
        ({**RIGHT, "is_staff": True}, "Unknown field 'is_staff'; known fields: username, password."),
        ({"username": ["alice"], "password": "x"}, "username: Not a valid string."),
        ({"username": "a\x00", "password": "x"}, "username: Null characters are not allowed."),
        ([], "Invalid data. Expected a dictionary, but got list."),
    ],
)
def test_anything_else_is_refused_in_one_sentence(client, body, complaint):
    response = client.post(URL, body, format="json")
    assert (response.status_code, response.json()) == (400, {"detail": complaint})
    assert not Token.objects.exists()


def test_a_closed_account_gets_no_token(client, alice):
    alice.is_active = False
    alice.save()
    assert client.post(URL, RIGHT, format="json").status_code == 400


def test_a_body_that_is_not_json_is_refused(client):
    assert client.post(URL, "{", content_type="application/json").status_code == 400
    assert client.post(URL, "username=alice", content_type="application/x-www-form-urlencoded").status_code == 415


def test_the_eleventh_guess_at_a_name_has_to_wait_and_other_names_do_not(client, bob):
    wrong = {"username": "alice", "password": "wrong"}
    assert [client.post(URL, wrong, format="json").status_code for _ in range(11)] == [400] * 10 + [429]
    assert client.post(URL, {**RIGHT, "username": "ALICE"}, format="json").status_code == 429
    assert client.post(URL, {"username": "bob", "password": "bob-password-1"}, format="json").status_code == 200


def test_logging_in_from_another_address_does_not_reset_the_guesses(client):
    for n in range(10):
        client.post(URL, {**RIGHT, "password": "wrong"}, format="json", HTTP_X_FORWARDED_FOR=f"10.0.0.{n}")
    assert client.post(URL, RIGHT, format="json", HTTP_X_FORWARDED_FOR="10.9.9.9").status_code == 429
