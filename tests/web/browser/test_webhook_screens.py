"""The pages of webhooks in a real browser: axe, a silent console, pictures."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from annotator.webhooks.models import Delivery, Webhook
from annotator.webhooks.services import webhook_ping
from tests.web.browser.gallery import make_gallery
from tests.web.browser.test_screens import LOOKS, looked_at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("look", LOOKS)
def test_a_webhook_is_registered_tested_and_its_log_read(
    visit: Callable[..., Any], alice: User, bob: User, lena: User, look: str, settings: Any
) -> None:
    settings.PRIVATE_WEBHOOK_HOSTS = ["127.0.0.1"]
    study = make_gallery(alice, bob, lena).study
    visitor = visit(lena, **LOOKS[look])
    page = visitor.opens(f"/studies/{study.slug}/webhooks/")
    looked_at(page, "webhooks-none", look)
    page.fill("#url", "http://127.0.0.1:9/hook")
    page.check("text=case.labelled")
    page.click("text=Register the webhook")
    page.wait_for_selector("#secret-title")
    looked_at(page, "webhooks", look)
    webhook = Webhook.objects.get()
    webhook_ping(webhook=webhook)
    Delivery.objects.update(attempts=2, error="The receiver answered 500.", tried_at=timezone.now())
    page = visitor.opens(f"/studies/{study.slug}/webhooks/{webhook.pk}/")
    page.click("text=Send a test message")
    page.wait_for_selector("text=A test message is on its way")
    looked_at(page, "webhook", look)
    assert Delivery.objects.count() == 2
    assert visitor.complaints == []
