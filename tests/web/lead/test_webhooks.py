"""The pages of webhooks: registered with a secret that is shown once, tested, switched, removed, and their log."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.webhooks.models import Delivery, Webhook
from annotator.webhooks.services import webhook_ping
from annotator.webhooks.signatures import secret_of
from tests.cast import World, make_world
from tests.webhooks.rows import make_webhook

PAGE = "/studies/pilot/webhooks/"
LOCAL = "http://127.0.0.1:9/hook"


@pytest.fixture
def browser(world: World, client: Client, lena: User, settings: Any) -> Client:
    settings.PRIVATE_WEBHOOK_HOSTS = ["127.0.0.1"]
    client.force_login(lena)
    return client


def shown(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_webhook_is_registered_and_its_secret_is_shown_this_once(browser: Client) -> None:
    answer = browser.post(f"{PAGE}new/", {"url": LOCAL, "kinds": ["gold.decided", "run.failed"]})
    webhook = Webhook.objects.get()
    assert secret_of(webhook.secret_id) in shown(answer)
    assert webhook.site == "http://testserver"
    for page in (PAGE, f"{PAGE}{webhook.pk}/"):
        assert LOCAL in shown(browser.get(page))
        assert "whsec_" not in shown(browser.get(page))


def test_a_refused_form_is_shown_again_as_typed(browser: Client, settings: Any) -> None:
    settings.PRIVATE_WEBHOOK_HOSTS = []
    answer = browser.post(f"{PAGE}new/", {"url": LOCAL, "kinds": ["run.failed"]})
    html = shown(answer)
    assert answer.status_code == 422
    assert "a private address that PRIVATE_WEBHOOK_HOSTS does not list" in html
    assert f'value="{LOCAL}"' in html
    assert re.search(r'value="run.failed" checked', html)
    assert not Webhook.objects.exists()


def test_a_hostile_address_is_escaped(browser: Client, world: World) -> None:
    make_webhook(world.study, 'https://x.example/"><script>alert(1)</script>')
    for page in (PAGE, f"{PAGE}{Webhook.objects.get().pk}/"):
        assert "<script>alert" not in shown(browser.get(page))


def test_the_log_shows_status_time_and_tries_and_sends_again(browser: Client, world: World) -> None:
    webhook = make_webhook(world.study)
    delivery = webhook_ping(webhook=webhook)
    Delivery.objects.update(
        status="failed", attempts=6, error="The receiver answered 500.", tried_at="2026-12-01T00:00Z"
    )
    html = shown(browser.get(f"{PAGE}{webhook.pk}/"))
    for part in ("given up", "The receiver answered 500.", ">6<", "2026-12-01 00:00", delivery.header_id):
        assert part in html
    browser.post(f"{PAGE}{webhook.pk}/deliveries/{delivery.pk}/again/")
    assert Delivery.objects.get().status == "queued"
    Delivery.objects.update(
        status="claimed", claim="00000000-0000-4000-8000-000000000000", lease_until="2030-01-01T00:00Z"
    )
    answer = browser.post(f"{PAGE}{webhook.pk}/deliveries/{delivery.pk}/again/", follow=True)
    assert "It is being sent at this moment" in shown(answer)


def test_a_webhook_is_tested_switched_off_and_on_and_removed(browser: Client, world: World) -> None:
    webhook = make_webhook(world.study)
    page = f"{PAGE}{webhook.pk}/"
    browser.post(f"{page}test/")
    assert Delivery.objects.get().kind == "ping"
    assert "nothing is sent to it" in shown(browser.post(f"{page}disable/", follow=True))
    assert "Switch on" in shown(browser.get(page))
    browser.post(f"{page}enable/")
    assert "whsec_" in shown(browser.post(f"{page}secret/"))
    browser.post(f"{page}remove/")
    assert not Webhook.objects.exists()


def test_a_webhook_that_was_switched_off_says_why(browser: Client, world: World) -> None:
    make_webhook(world.study)
    Webhook.objects.update(disabled_at="2026-12-01T00:00Z", disabled_reason="5 deliveries in a row were given up.")
    assert "5 deliveries in a row were given up." in shown(browser.get(PAGE))


def test_messages_that_nobody_sends_are_noticed_on_the_page(browser: Client, world: World) -> None:
    webhook_ping(webhook=make_webhook(world.study))
    assert "no process sends them" not in shown(browser.get(PAGE))
    Delivery.objects.update(due_at="2026-01-01T00:00Z")
    assert "no process sends them" in shown(browser.get(PAGE))


def test_the_webhook_of_another_study_is_not_found(browser: Client) -> None:
    other = make_webhook(make_world("elsewhere").study)
    assert browser.get(f"{PAGE}{other.pk}/").status_code == 404
    assert browser.post(f"{PAGE}{other.pk}/remove/").status_code == 404
    assert Webhook.objects.exists()
