"""Probes of load balancers: whatever their host header, without a session, with a sentence where something lacks."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotator.web import readiness

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    readiness.forget()
    monkeypatch.setattr(readiness, "broker_answers", lambda: True)
    yield
    readiness.forget()


def probe(path: str, **headers: str) -> tuple[int, str]:
    answer = Client(headers={"host": "10.0.0.7:8000", **headers}).get(path)
    assert answer["Cache-Control"] == "no-store"
    return answer.status_code, answer.content.decode()


def test_a_process_that_lives_says_so_without_the_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert probe("/healthz") == (200, "ok\n")


def test_behind_tls_a_probe_over_plain_http_is_answered_and_not_redirected(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert probe("/readyz") == (200, "ok\n")


def test_a_ready_process_looks_once_a_second_and_at_the_migrations_once() -> None:
    assert probe("/readyz") == (200, "ok\n")
    with CaptureQueriesContext(connection) as seen:
        assert probe("/readyz") == (200, "ok\n")
    assert len(seen) == 0
    readiness._last.until = 0.0  # a second later
    with CaptureQueriesContext(connection) as seen:
        assert probe("/readyz") == (200, "ok\n")
    assert [query["sql"] for query in seen] == ["SELECT 1"]


def test_without_a_broker_it_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "broker_answers", lambda: False)
    status, sentence = probe("/readyz")
    assert (status, sentence) == (503, "The broker does not answer; start it, or correct BROKER_URL.\n")
    assert probe("/healthz")[0] == 200


def test_without_a_database_it_is_not_ready_and_tells_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError('connection to server at "10.0.0.9" failed for user "cotrast"')

    monkeypatch.setattr(connection, "cursor", fails)
    monkeypatch.setattr(connection, "close", lambda: None)
    assert probe("/readyz") == (503, "The database does not answer; start it, or correct DATABASE_URL.\n")


def test_with_tables_of_an_older_version_it_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_is_migrated", lambda: False)
    status, sentence = probe("/readyz")
    assert status == 503
    assert "run .venv/bin/python manage.py migrate" in sentence


def test_a_broker_that_is_not_there_is_found_out_within_seconds(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from annotator.celery import app
    from annotator.runs import dispatch

    monkeypatch.setattr(app.conf, "broker_url", "redis://127.0.0.1:9/0")
    monkeypatch.setattr(app.conf, "broker_write_url", "redis://127.0.0.1:9/0")
    assert not dispatch.broker_answers()
    dispatch._send("generate.tiny", 1)  # a message that cannot leave is no error of the person who clicked
