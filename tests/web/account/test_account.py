"""The account page: tokens shown once, listed and revoked; the password changed; logged out everywhere."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.accounts.models import ApiToken
from annotator.accounts.selectors import tokens_of
from annotator.accounts.services import token_issue
from tests.api.client import client_of

NEW = "a-new-password-9"


@pytest.fixture
def hers(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def opens(token: str) -> bool:
    client = client_of(None)
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client.get("/api/v1/studies/").status_code == 200


def change(client: Client, **fields: str) -> Any:
    sent = {"current": "alice-password-1", "new": NEW, "again": NEW, **fields}
    return client.post("/account/password/", sent)


def test_a_new_token_is_shown_once_and_never_again(hers: Client) -> None:
    shown = hers.post("/account/tokens/", {"name": "notebook", "scopes": ["read"]})
    token = re.search(r"Authorization: Token (\w{64})", shown.content.decode())
    assert token
    assert opens(token[1])
    assert "no-store" in shown["Cache-Control"]
    listed = hers.get("/account/").content.decode()
    assert "notebook" in listed
    assert token[1] not in listed
    assert token[1][:15] not in listed


def test_a_token_without_a_name_is_refused_in_words(hers: Client) -> None:
    refused = hers.post("/account/tokens/", {"name": " "})
    assert (refused.status_code, "Name the token" in refused.content.decode()) == (422, True)
    assert not ApiToken.objects.exists()


def test_a_token_has_the_scopes_that_were_ticked_and_only_reads_to_begin_with(hers: Client) -> None:
    assert re.findall(r'value="(\w+)"[^>]*checked', hers.get("/account/").content.decode()) == ["read"]
    hers.post("/account/tokens/", {"name": "notebook", "scopes": ["annotate", "read"]})
    assert ApiToken.objects.get().scopes == ["read", "annotate"]
    assert "read, annotate" in hers.get("/account/").content.decode()


@pytest.mark.parametrize("scopes", [[], ["read", "everything"]])
def test_a_token_without_a_scope_or_with_an_unknown_one_is_refused(hers: Client, scopes: list[str]) -> None:
    assert hers.post("/account/tokens/", {"name": "notebook", "scopes": scopes}).status_code == 422
    assert not ApiToken.objects.exists()


def test_a_revoked_token_opens_nothing_and_the_others_stay(hers: Client, alice: User) -> None:
    lost, kept = token_issue(user=alice, name="<b>lost</b>"), token_issue(user=alice)
    assert hers.post(f"/account/tokens/{lost.token.public_id}/revoke/").status_code == 302
    assert (opens(lost.text), opens(kept.text)) == (False, True)
    assert "&lt;b&gt;lost" in hers.get("/account/").content.decode()


def test_nobody_revokes_the_token_of_somebody_else(hers: Client, bob: User) -> None:
    his = token_issue(user=bob)
    assert hers.post(f"/account/tokens/{his.token.public_id}/revoke/").status_code == 404
    assert opens(his.text)


def test_a_changed_password_ends_the_other_sessions_and_all_tokens(hers: Client, alice: User) -> None:
    other, token = Client(), token_issue(user=alice)
    other.force_login(alice)
    assert change(hers).status_code == 302
    assert hers.get("/account/").status_code == 200, "this session goes on"
    assert other.get("/").status_code == 302
    assert not opens(token.text)
    alice.refresh_from_db()
    assert alice.check_password(NEW)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"current": "wrong"}, "This is not your password."),
        ({"again": "another-one-123"}, "The two new passwords differ"),
        ({"new": "short", "again": "short"}, "at least 12 characters"),
        ({"current": ""}, "This field is required."),
    ],
)
def test_a_refused_password_changes_nothing_and_says_why(
    hers: Client, alice: User, fields: dict[str, str], sentence: str
) -> None:
    token = token_issue(user=alice)
    refused = change(hers, **fields)
    assert (refused.status_code, sentence in refused.content.decode()) == (422, True)
    assert opens(token.text)
    alice.refresh_from_db()
    assert alice.check_password("alice-password-1")


def test_a_stolen_session_cannot_guess_the_password_for_ever(hers: Client) -> None:
    for _ in range(5):
        change(hers, current="wrong")
    refused = change(hers)
    assert "Too many wrong passwords for alice" in refused.content.decode()


def test_logging_out_everywhere_ends_every_session_and_token_of_that_person_alone(
    hers: Client, alice: User, bob: User
) -> None:
    other, his, hers_token = Client(), Client(), token_issue(user=alice)
    other.force_login(alice)
    his.force_login(bob)
    assert hers.post("/account/logout/").url == "/login/"
    for client in (hers, other):
        assert client.get("/").status_code == 302
    assert his.get("/").status_code == 200
    assert not opens(hers_token.text)
    assert tokens_of(alice) == []
