"""Tokens: login by name and password, and throttling of wrong passwords."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from annotator.accounts.models import ApiToken
from annotator.accounts.selectors import tokens_of
from annotator.accounts.services import token_issue
from annotator.accounts.services.tokens import MAX_TOKENS
from annotator.events.models import Event
from annotator.studies.services import password_reset
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


def opens(token):
    client = client_of(None)
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client.get("/api/v1/studies/").status_code == 200


def test_each_login_gives_a_token_of_its_own_and_none_ends_another(client):
    first, second = (client.post(URL, RIGHT, format="json").json()["token"] for _ in range(2))
    assert first != second
    assert opens(first)
    assert opens(second)


def test_a_token_has_a_name_and_says_when_it_expires(client, settings):
    settings.TOKEN_DAYS = 7
    body = client.post(URL, {**RIGHT, "name": "notebook"}, format="json").json()
    assert body["name"] == "notebook"
    days = datetime.fromisoformat(body["expires_at"]) - timezone.now()
    assert timedelta(days=6, hours=23) < days <= timedelta(days=7)


def test_the_database_holds_no_token(client):
    token = client.post(URL, RIGHT, format="json").json()["token"]
    stored = repr(list(ApiToken.objects.values())) + repr(list(Event.objects.values()))
    assert token not in stored
    assert token[15:] not in stored


def test_an_expired_token_opens_nothing_and_is_listed_no_more(alice):
    issued = token_issue(user=alice)
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert not opens(issued.text)
    assert tokens_of(alice) == []


def test_a_token_ends_with_the_password_however_it_is_changed(alice):
    issued = token_issue(user=alice)
    alice.set_password("another-password-9")
    alice.save()
    assert not opens(issued.text)
    assert tokens_of(alice) == []
    alice.set_password("alice-password-1")
    alice.save()
    assert not opens(issued.text), "the old password again, with another salt, revives no token"


def test_a_password_reset_ends_all_tokens_of_that_person_alone(alice, bob):
    hers, his = token_issue(user=alice).text, token_issue(user=bob).text
    password_reset(name="alice")
    assert (opens(hers), opens(his)) == (False, True)
    assert not ApiToken.objects.filter(user=alice).exists()


def test_a_logout_ends_the_session_and_no_token(alice):
    token, browser = token_issue(user=alice).text, Client()
    browser.force_login(alice)
    browser.post("/logout/")
    assert browser.get("/").status_code == 302
    assert opens(token)


def test_the_token_of_a_closed_account_opens_nothing(alice):
    token = token_issue(user=alice).text
    alice.is_active = False
    alice.save()
    assert not opens(token)


def test_the_last_use_is_kept_to_the_hour(alice):
    issued = token_issue(user=alice)
    opens(issued.text)
    used = ApiToken.objects.get().last_used
    opens(issued.text)
    assert ApiToken.objects.get().last_used == used
    ApiToken.objects.update(last_used=used - timedelta(hours=2))
    opens(issued.text)
    assert ApiToken.objects.get().last_used > used


def test_beyond_the_most_tokens_those_unused_longest_end(alice):
    used = token_issue(user=alice).text
    opens(used)
    for _ in range(MAX_TOKENS + 2):
        token_issue(user=alice)
    assert len(tokens_of(alice)) == MAX_TOKENS
    assert opens(used)


@pytest.mark.parametrize(
    "header", ["Token", "Token a b", "Token \xff\xfe", "Token " + "x" * 5000, "Token nothing", "token  "]
)
def test_what_is_no_token_is_refused_in_words(db, header):
    client = client_of(None)
    client.credentials(HTTP_AUTHORIZATION=header)
    response = client.get("/api/v1/studies/")
    assert response.status_code == 401
    assert response.json()["detail"]
    assert response["WWW-Authenticate"] == "Token"


def test_the_schema_describes_the_header(client):
    schema = client.get("/api/v1/schema/?format=json").json()
    assert schema["components"]["securitySchemes"]["tokenAuth"]["in"] == "header"
    assert {"tokenAuth": ["read"]} in schema["paths"]["/api/v1/studies/"]["get"]["security"]


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({**RIGHT, "password": "wrong"}, "Name and password do not match an open account; ask your lead for one."),
        ({**RIGHT, "username": "zoe"}, "Name and password do not match an open account; ask your lead for one."),
        ({"username": "alice"}, "password: This field is required."),
        ({**RIGHT, "is_staff": True}, "Unknown field 'is_staff'; known fields: username, password, name, scopes."),
        ({"username": ["alice"], "password": "x"}, "username: Not a valid string."),
        ({"username": "a\x00", "password": "x"}, "username: Null characters are not allowed."),
        ([], "Invalid data. Expected a dictionary, but got list."),
    ],
)
def test_anything_else_is_refused_in_one_sentence(client, body, complaint):
    response = client.post(URL, body, format="json")
    assert (response.status_code, response.json()["detail"]) == (400, complaint)
    assert not ApiToken.objects.exists()


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
        sentence = f"{TOO_MANY} Come back in 15 minutes, or ask your lead for a new password."
        assert response.json()["detail"] == sentence
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
