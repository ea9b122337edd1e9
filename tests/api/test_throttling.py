"""Rate limits: so many requests in a minute by person, and by address without a login."""

import pytest

from tests.api.client import client_of

STUDIES = "/api/v1/studies/"
TOKEN = "/api/v1/token/"


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """A clock that stands 20 seconds into a minute."""
    now = [6_000_020.0 - 6_000_020.0 % 60 + 20]
    monkeypatch.setattr("annotator.api.throttling.time.time", lambda: now[0])
    return now


def statuses(client, n):
    return [client.get(STUDIES).status_code for _ in range(n)]


def test_beyond_the_limit_a_person_waits_for_the_next_minute_and_others_do_not(world, alice, bob, settings, clock):
    settings.API_REQUESTS_PER_MINUTE = 3
    client = client_of(alice)
    assert statuses(client, 4) == [200, 200, 200, 429]
    assert statuses(client_of(bob), 1) == [200]
    clock[0] += 40
    assert statuses(client, 1) == [200]


def test_the_refusal_says_when_to_go_on(world, alice, settings):
    settings.API_REQUESTS_PER_MINUTE = 1
    client = client_of(alice)
    refused = [client.get(STUDIES) for _ in range(2)][1]
    assert refused["Retry-After"] == "40"
    assert refused.json()["detail"] == "Too many requests in this minute; go on in 40 seconds."


def test_all_tokens_of_a_person_count_together(world, alice, settings):
    settings.API_REQUESTS_PER_MINUTE = 2
    clients = client_of(alice), client_of(alice)
    assert [statuses(client, 1) for client in (*clients, clients[0])] == [[200], [200], [429]]


def test_without_a_login_an_address_is_counted_whatever_it_says_of_itself(db, settings):
    settings.API_ANONYMOUS_PER_MINUTE = 2
    client = client_of(None)
    sent = [client.post(TOKEN, {}, format="json", HTTP_X_FORWARDED_FOR=f"10.0.0.{n}").status_code for n in range(3)]
    assert sent == [400, 400, 429]
    assert client.post(TOKEN, {}, format="json", REMOTE_ADDR="10.9.9.9").status_code == 400
