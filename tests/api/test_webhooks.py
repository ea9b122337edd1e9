"""Webhooks over REST, for the leads of a study."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.webhooks.models import Delivery, Webhook
from annotator.webhooks.services import webhook_ping
from annotator.webhooks.signatures import digest_of
from tests.api.client import client_of
from tests.cast import World
from tests.webhooks.rows import make_webhook

ROUTE = "/api/v1/studies/pilot/webhooks/"
BODY = {"url": "http://127.0.0.1:9/hook", "kinds": ["study.completed"]}


@pytest.fixture
def api(world: World, lena: User, settings: Any) -> Any:
    settings.PRIVATE_WEBHOOK_HOSTS = ["127.0.0.1"]
    return client_of(lena)


def test_a_webhook_is_registered_and_read_without_its_secret(api: Any) -> None:
    made = api.post(ROUTE, BODY, format="json").json()
    assert Webhook.objects.get().secret_digest == digest_of(made["secret"])
    (read,) = api.get(ROUTE).json()["results"]
    assert read == made["webhook"]
    assert (read["url"], read["kinds"], read["disabled_at"]) == (BODY["url"], BODY["kinds"], None)
    assert "secret" not in read


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"url": "http://169.254.169.254/"}, "an address that is never asked"),
        ({"kinds": []}, "kinds"),
        ({"kinds": ["case.opened"]}, "case.opened"),
        ({"secret": "mine"}, "secret"),
        ({"url": "x" * 501}, "url"),
    ],
)
def test_what_cannot_be_registered_is_refused_in_words(api: Any, change: dict[str, Any], problem: str) -> None:
    refused = api.post(ROUTE, {**BODY, **change}, format="json")
    assert refused.status_code == 400
    assert problem in refused.content.decode()
    assert not Webhook.objects.exists()


def test_deliveries_are_listed_filtered_and_sent_again(api: Any, world: World) -> None:
    webhook = make_webhook(world.study)
    delivery = webhook_ping(webhook=webhook)
    Delivery.objects.update(status="failed", attempts=6, error="The receiver answered 500.", response_status=500)
    listed = f"{ROUTE}{webhook.pk}/deliveries/"
    assert api.get(f"{listed}?status=done").json()["results"] == []
    (read,) = api.get(f"{listed}?status=failed").json()["results"]
    assert (read["message"], read["response_status"], read["attempts"]) == (delivery.header_id, 500, 6)
    assert "body" not in read
    again = api.post(f"{listed}{delivery.pk}/again/")
    assert (again.status_code, again.json()["status"]) == (200, "queued")
    Delivery.objects.update(
        status="claimed", claim="00000000-0000-4000-8000-000000000000", lease_until="2030-01-01T00:00Z"
    )
    assert api.post(f"{listed}{delivery.pk}/again/").status_code == 409


def test_a_webhook_is_tested_switched_renewed_and_removed(api: Any, world: World) -> None:
    webhook = make_webhook(world.study)
    assert api.post(f"{ROUTE}{webhook.pk}/test/").json()["kind"] == "ping"
    assert api.post(f"{ROUTE}{webhook.pk}/disable/").json()["disabled_at"]
    assert api.post(f"{ROUTE}{webhook.pk}/enable/").json()["disabled_at"] is None
    assert api.post(f"{ROUTE}{webhook.pk}/secret/").json()["secret"].startswith("whsec_")
    assert api.post(f"{ROUTE}{webhook.pk}/remove/").status_code == 204
    assert not Webhook.objects.exists()


def test_only_leads_of_the_study_reach_its_webhooks(api: Any, world: World, alice: User, mallory: User) -> None:
    webhook = make_webhook(world.study)
    for person in (alice, mallory):
        client = client_of(person)
        assert client.get(ROUTE).status_code == 404
        assert client.post(f"{ROUTE}{webhook.pk}/secret/").status_code == 404
