"""Passwords, tokens, session keys and provider keys: in no log, no error, no row in clear, and no export."""

import json
import logging
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from annotator.web.account import account
from tests.workers.remote.fake_openai import KEY, FakeOpenAI, error, fake_openai
from workers.engine import EngineError, load_backend

pytestmark = pytest.mark.django_db
RIGHT, WRONG = "alice-password-1", "hunter2-hunter2-hunter2"


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> pytest.LogCaptureFixture:
    """All that is logged, at the level that an operator turns on to look for a fault."""
    caplog.set_level(logging.DEBUG)
    for name in ("django", "axes", "knox", "openai", "httpx2", "httpcore2", "annotator", "workers"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


def stored() -> str:
    """Every value of every row, as the database keeps it."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')  # noqa: S608 - a table's own name
            found.append(repr(cursor.fetchall()))
    return "\n".join(found)


def test_a_login_leaves_no_password_in_a_log_or_a_row(client: Client, alice: User, log: Any, capfd: Any) -> None:
    for password in (WRONG, RIGHT):
        client.post("/login/", {"username": "alice", "password": password})
        body = json.dumps({"username": "alice", "password": password})
        client.post("/api/v1/token/", body, content_type="application/json")
    assert AccessAttempt.objects.count() in (0, 1), "a right password ends the count"
    Client().post("/login/", {"username": "bob", "password": WRONG})  # whoever is logged in is sent home
    assert AccessAttempt.objects.filter(username="bob").exists()
    written = log.text + "".join(capfd.readouterr()) + stored()
    assert WRONG not in written
    assert RIGHT not in written


def test_a_token_and_a_session_are_in_no_log_and_no_row_in_clear(client: Client, alice: User, log: Any) -> None:
    body = json.dumps({"username": "alice", "password": RIGHT, "name": "laptop"})
    token = client.post("/api/v1/token/", body, content_type="application/json").json()["token"]
    for sent in (token, f"{token}x", f"{token[:-1]}"):
        Client().get("/api/v1/studies/", headers={"Authorization": f"Token {sent}"})
    client.force_login(alice)
    shown = client.post("/account/tokens/", {"name": "desk"}).content.decode()
    assert client.get("/account/").content.decode().count(token) == 0
    session = client.cookies["sessionid"].value
    assert token[:16] not in log.text
    assert session not in log.text
    assert token not in stored()
    assert token not in shown


def test_an_error_that_no_view_expects_logs_nothing_that_was_sent(
    alice: User, log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("out of cheese")

    monkeypatch.setattr(account, "tokens_of", fail)
    client = Client(raise_request_exception=False)
    client.force_login(alice)
    answer = client.post("/account/tokens/", {"name": WRONG}, headers={"Authorization": f"Token {WRONG}"})
    assert answer.status_code == 500
    assert "out of cheese" in log.text, "the error itself is logged"
    assert "out of cheese" not in answer.content.decode()
    assert WRONG not in log.text + answer.content.decode()
    assert client.cookies["sessionid"].value not in log.text


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_a_server_that_fails_and_repeats_the_key_puts_it_into_no_log_and_no_sentence(
    log: Any, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setenv("FAKE_KEY", KEY)
    with fake_openai() as fake:
        fake.models = lambda: error(status, f"You sent Authorization: Bearer {KEY}. {'x' * 250}{KEY}")
        sentence = _refusal(fake)
    assert KEY not in sentence + log.text
    assert KEY[:12] not in sentence


def _refusal(fake: FakeOpenAI) -> str:
    try:
        load_backend("openai", "m", "", {}, fake.serving()).close()
    except EngineError as refused:
        return str(refused)
    return ""
