"""Tokens: login by name and password, and throttling of wrong passwords."""

import pytest
from django.test import Client
from rest_framework.authtoken.models import Token

from tests.api.client import client_of

URL = "/api/v1/token/"
RIGHT = {"username": "alice", "password": "alice-password-1"}


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


WRONG = {**RIGHT, "password": "wrong"}
TOO_MANY = "Too many wrong passwords for alice."


def statuses(client, body, n):
    return [client.post(URL, body, format="json").status_code for _ in range(n)]


def test_after_five_wrong_passwords_the_right_one_has_to_wait_too_and_other_names_do_not(client, bob):
    assert statuses(client, WRONG, 4) == [400] * 4
    refused = client.post(URL, WRONG, format="json")
    again = client.post(URL, RIGHT, format="json")
    for response in (refused, again):
        assert response.status_code == 429
        assert response.json() == {
            "detail": f"{TOO_MANY} Come back in 15 minutes, or ask your lead for a new password."
        }
        assert 14 * 60 < int(response["Retry-After"]) <= 15 * 60
    assert client.post(URL, {"username": "bob", "password": "bob-password-1"}, format="json").status_code == 200


def test_who_writes_another_address_into_a_header_guesses_no_more_for_it(client):
    for n in range(5):
        client.post(URL, WRONG, format="json", HTTP_X_FORWARDED_FOR=f"10.0.0.{n}")
    assert client.post(URL, RIGHT, format="json", HTTP_X_FORWARDED_FOR="10.9.9.9").status_code == 429


def test_the_login_page_and_the_token_count_together(client):
    statuses(client, WRONG, 3)
    page = Client()
    assert [page.post("/login/", WRONG).status_code for _ in range(2)] == [200, 429]
    assert client.post(URL, RIGHT, format="json").status_code == 429


def test_a_token_forgets_the_wrong_passwords_before_it_and_counts_as_a_login(client, alice):
    statuses(client, WRONG, 4)
    assert statuses(client, RIGHT, 1) == [200]
    assert statuses(client, WRONG, 4) == [400] * 4
    alice.refresh_from_db()
    assert alice.last_login
