"""Deliveries to a real receiver: signed, tried again, given up, and never with another id."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from annotator.events.services import event_append
from annotator.webhooks import sending
from annotator.webhooks.models import Delivery, Webhook
from annotator.webhooks.process import DeliveryLoop
from annotator.webhooks.selectors.deliveries import nobody_delivers
from annotator.webhooks.services import delivery_repeat, webhook_enable, webhook_ping, webhook_renew_secret
from annotator.webhooks.services.outbox import outbox_empty
from annotator.webhooks.services.retries import (
    FAILED_IN_A_ROW,
    RETRY_AFTER_S,
    deliveries_delete_old,
    delivery_claim,
    delivery_store,
)
from annotator.webhooks.signatures import secret_of
from tests.cast import World
from tests.webhooks.receiver import Receiver, Reply, receiving
from tests.webhooks.rows import make_webhook

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def webhook(world: World, receiver: Receiver) -> Webhook:
    return make_webhook(world.study, receiver.url)


def send_due() -> int:
    return DeliveryLoop(name="test").run_once()


def send_next(delivery: Delivery) -> Delivery:
    """Let the time of the next attempt come, and send."""
    Delivery.objects.filter(pk=delivery.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    send_due()
    delivery.refresh_from_db()
    return delivery


def test_a_receiver_verifies_the_message_with_the_secret_and_no_other(webhook: Webhook, receiver: Receiver) -> None:
    delivery = webhook_ping(webhook=webhook)
    assert send_due() == 1
    (request,) = receiver.received
    body = Verifier(secret_of(webhook.secret_id)).verify(request.body, request.headers)
    assert body == json.loads(delivery.body)
    assert body["type"] == "ping"
    with pytest.raises(WebhookVerificationError):
        Verifier("whsec_" + "A" * 44).verify(request.body, request.headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(secret_of(webhook.secret_id)).verify(request.body.replace(b"ping", b"pong"), request.headers)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.response_status, delivery.attempts) == ("done", 200, 1)


def test_a_failing_receiver_is_tried_again_after_growing_intervals_with_one_id_until_it_is_given_up(
    webhook: Webhook, receiver: Receiver
) -> None:
    receiver.replies = [Reply(500)]
    delivery = webhook_ping(webhook=webhook)
    for delay_s in RETRY_AFTER_S:
        delivery = send_next(delivery)
        assert (delivery.status, delivery.response_status) == ("queued", 500)
        waits = (delivery.due_at - timezone.now()).total_seconds()
        assert delay_s - 10 < waits <= delay_s
    delivery = send_next(delivery)
    assert (delivery.status, delivery.error, delivery.attempts) == ("failed", "The receiver answered 500.", 6)
    assert set(receiver.ids()) == {delivery.header_id}
    assert len({request.headers["webhook-timestamp"] for request in receiver.received}) >= 1
    assert len({request.body for request in receiver.received}) == 1
    webhook.refresh_from_db()
    assert (webhook.failed_in_a_row, webhook.disabled_at) == (1, None)


def test_a_receiver_that_asks_for_a_longer_delay_gets_it(webhook: Webhook, receiver: Receiver) -> None:
    receiver.replies = [
        Reply(429, {"Retry-After": "120"}),
        Reply(429, {"Retry-After": "9" * 8}),
        Reply(503, {"Retry-After": "-5"}),
    ]
    delivery = webhook_ping(webhook=webhook)
    waits = []
    for _ in range(3):
        delivery = send_next(delivery)
        waits.append(round((delivery.due_at - timezone.now()).total_seconds() / 60))
    assert waits == [2, 360, 10]


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (Reply(302, {"Location": "http://169.254.169.254/latest/"}), "answered 302, and no redirect is followed"),
        (Reply(404, body=b"<script>secret</script>"), "The receiver answered 404."),
        (Reply(closed=True), "closed the connection without an answer"),
        (Reply(200, {"Content-Encoding": "gzip"}), "packed as 'gzip'"),
        (Reply(delay_s=0.6), "did not answer within 0.3 s"),
    ],
)
def test_an_answer_that_does_not_count_is_said_in_a_sentence_without_its_body(
    webhook: Webhook, receiver: Receiver, reply: Reply, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TIME_LIMIT_S", 0.3)
    receiver.replies = [reply]
    delivery = send_next(webhook_ping(webhook=webhook))
    assert sentence in delivery.error
    assert "secret" not in delivery.error
    assert delivery.status == "queued"
    assert len(receiver.received) == 1


def test_a_body_without_end_is_not_read(webhook: Webhook, receiver: Receiver) -> None:
    receiver.replies = [Reply(200, endless=True)]
    assert send_next(webhook_ping(webhook=webhook)).status == "done"


def test_a_port_where_nobody_listens_is_said_in_a_sentence(webhook: Webhook) -> None:
    Webhook.objects.update(url="http://127.0.0.1:9/")
    delivery = send_next(webhook_ping(webhook=webhook))
    assert delivery.error == "The receiver cannot be reached: no connection could be made."


def test_an_address_is_checked_at_each_connection_and_not_only_when_it_was_registered(
    webhook: Webhook, receiver: Receiver, settings: Any
) -> None:
    settings.PRIVATE_WEBHOOK_HOSTS = []
    delivery = send_next(webhook_ping(webhook=webhook))
    assert "a private address that PRIVATE_WEBHOOK_HOSTS does not list" in delivery.error
    assert receiver.received == []


def test_many_deliveries_given_up_in_a_row_switch_a_webhook_off_with_a_sentence(
    webhook: Webhook, receiver: Receiver
) -> None:
    receiver.replies = [Reply(500)]
    for _ in range(FAILED_IN_A_ROW):
        give_up(webhook)
    webhook.refresh_from_db()
    assert webhook.disabled_at is not None
    assert webhook.disabled_reason == "5 deliveries in a row were given up. The last one: The receiver answered 500."
    waiting, requests = webhook_ping(webhook=webhook), len(receiver.received)
    assert send_due() == 0
    receiver.replies = [Reply()]
    webhook_enable(webhook=webhook, user=webhook.study.memberships.all()[0].user)
    assert send_due() == 1
    assert receiver.ids()[requests:] == [waiting.header_id]


def give_up(webhook: Webhook) -> None:
    delivery = webhook_ping(webhook=webhook)
    Delivery.objects.filter(pk=delivery.pk).update(attempts=len(RETRY_AFTER_S))
    assert send_next(delivery).status == "failed"


def test_a_delivery_that_succeeds_ends_the_row_of_failures(webhook: Webhook, receiver: Receiver) -> None:
    receiver.replies = [Reply(500), Reply()]
    give_up(webhook)
    send_next(webhook_ping(webhook=webhook))
    webhook.refresh_from_db()
    assert webhook.failed_in_a_row == 0


def test_a_receiver_that_is_gone_is_switched_off_at_once(webhook: Webhook, receiver: Receiver) -> None:
    receiver.replies = [Reply(410)]
    assert send_next(webhook_ping(webhook=webhook)).status == "failed"
    webhook.refresh_from_db()
    assert webhook.disabled_reason == "The receiver answered 410: it wants no more messages."


def test_a_process_that_died_after_the_request_sends_it_again_with_the_same_id(
    webhook: Webhook, receiver: Receiver
) -> None:
    delivery = webhook_ping(webhook=webhook)
    send_due()
    Delivery.objects.filter(pk=delivery.pk).update(
        status="claimed", claim="00000000-0000-4000-8000-000000000000", finished_at=None,
        lease_until=timezone.now() - timedelta(seconds=1),
    )  # fmt: skip
    send_due()
    assert receiver.ids() == [delivery.header_id] * 2


def test_an_answer_that_comes_after_the_lease_ended_changes_nothing(webhook: Webhook) -> None:
    webhook_ping(webhook=webhook)
    late = delivery_claim(claim=UUID(int=1), worker="slow")
    assert late is not None
    Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    current = delivery_claim(claim=UUID(int=2), worker="quick")
    assert current is not None
    assert not delivery_store(delivery=late, answer=sending.Answer(None, "late"))
    assert delivery_store(delivery=current, answer=sending.Answer(200))
    assert Delivery.objects.get().status == "done"


def test_two_processes_at_once_send_each_message_once(world: World, webhook: Webhook, receiver: Receiver) -> None:
    ids = {webhook_ping(webhook=webhook).header_id for _ in range(12)}
    start = threading.Barrier(2)

    def process(number: int) -> int:
        start.wait()
        try:
            return DeliveryLoop(name=f"process-{number}").run_once()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        attempts = sum(pool.map(process, range(2)))
    assert attempts == 12
    assert sorted(receiver.ids()) == sorted(ids)


def test_two_processes_at_once_make_one_delivery_of_each_event(world: World, webhook: Webhook) -> None:
    for _ in range(8):
        with transaction.atomic():
            event_append("run.finished", world.first_run, publish=True)
    start = threading.Barrier(2)

    def empty(_number: int) -> int:
        start.wait()
        try:
            return outbox_empty()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(empty, range(2))) == 8
    assert Delivery.objects.filter(kind="run.finished").count() == 8


def test_a_delivery_is_sent_again_by_hand_with_its_id(webhook: Webhook, receiver: Receiver) -> None:
    delivery = send_next(webhook_ping(webhook=webhook))
    assert delivery_repeat(delivery=delivery)
    send_due()
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == ("done", 1)
    assert receiver.ids() == [delivery.header_id] * 2


def test_a_renewed_secret_signs_what_waits_too(webhook: Webhook, receiver: Receiver, world: World) -> None:
    webhook_ping(webhook=webhook)
    secret = webhook_renew_secret(webhook=webhook, user=world.study.memberships.all()[0].user).secret
    send_due()
    (request,) = receiver.received
    assert Verifier(secret).verify(request.body, request.headers)


def test_another_secret_key_is_noticed_before_anything_is_sent(
    webhook: Webhook, receiver: Receiver, settings: Any
) -> None:
    settings.SECRET_KEY = "another-" + settings.SECRET_KEY
    delivery = send_next(webhook_ping(webhook=webhook))
    assert "SECRET_KEY changed since the secret was shown" in delivery.error
    assert receiver.received == []


def test_no_secret_stands_in_the_database(webhook: Webhook) -> None:
    stored = " ".join(str(value) for value in Webhook.objects.values_list().get())
    assert secret_of(webhook.secret_id).removeprefix("whsec_") not in stored


def test_a_slow_receiver_leaves_threads_to_the_others(world: World, webhook: Webhook, receiver: Receiver) -> None:
    with receiving() as other:
        receiver.replies = [Reply(until=other.came)]
        for _ in range(8):
            webhook_ping(webhook=webhook)
        webhook_ping(webhook=make_webhook(world.study, other.url))
        assert send_due() == 9, "the slow receiver timed out before the other one got its message"
    assert set(Delivery.objects.values_list("status", flat=True)) == {"done"}


def test_what_waits_too_long_is_said_and_what_was_delivered_is_deleted_after_a_month(webhook: Webhook) -> None:
    delivery = webhook_ping(webhook=webhook)
    assert not nobody_delivers(webhook.study)
    Delivery.objects.update(due_at=timezone.now() - timedelta(minutes=3))
    assert nobody_delivers(webhook.study)
    send_due()
    assert not nobody_delivers(webhook.study)
    Delivery.objects.filter(pk=delivery.pk).update(finished_at=timezone.now() - timedelta(days=31))
    assert deliveries_delete_old(before=timezone.now() - timedelta(days=30)) == 1
