"""Registration: which addresses and kinds a lead may register, and what is recorded."""

import socket
import threading
from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.events.models import Event
from annotator.network.addresses import resolved
from annotator.webhooks.errors import WebhookError
from annotator.webhooks.models import Webhook
from annotator.webhooks.services import (
    webhook_disable,
    webhook_enable,
    webhook_register,
    webhook_remove,
    webhook_renew_secret,
)
from annotator.webhooks.services.registration import MAX_WEBHOOKS
from annotator.webhooks.signatures import digest_of
from tests.cast import World

PUBLIC = "93.184.216.34"


def names_lead_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every name lead to these addresses."""

    def resolve(host: str, port: int, *_: Any, **__: Any) -> Any:
        family = {True: socket.AF_INET6, False: socket.AF_INET}
        return [(family[":" in address], socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def register(world: World, user: User, url: str = "https://hooks.example/in?key=k", **values: Any) -> Any:
    fields = {"kinds": ["run.failed", "case.labelled"], "site": "https://cotrast.example/", **values}
    return webhook_register(study=world.study, url=url, user=user, **fields)


def test_an_address_is_registered_with_its_kinds_and_a_secret(
    world: World, lena: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    names_lead_to(monkeypatch, PUBLIC)
    new = register(world, lena, " https://hooks.example/in?key=k ")
    stored = Webhook.objects.get()
    assert (stored.url, stored.kinds) == ("https://hooks.example/in?key=k", ["run.failed", "case.labelled"])
    assert stored.site == "https://cotrast.example"
    assert stored.secret_digest == digest_of(new.secret)
    event = Event.objects.get(kind="webhook.registered")
    assert event.payload == {"study": "pilot", "host": "hooks.example"}


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.9", "169.254.169.254", "100.100.100.200", "::1", "fd00::7",
     "::ffff:127.0.0.1", "64:ff9b::a9fe:a9fe", "0.0.0.0"],  # noqa: S104
)  # fmt: skip
def test_a_name_that_leads_inside_is_refused(
    world: World, lena: User, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names_lead_to(monkeypatch, PUBLIC, address)
    with pytest.raises(WebhookError, match=r"The address leads to hooks\.example at"):
        register(world, lena)
    assert not Webhook.objects.exists()


def test_private_hosts_are_registered_where_the_operator_lists_them(
    world: World, lena: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    names_lead_to(monkeypatch, "10.1.2.3")
    settings.PRIVATE_WEBHOOK_HOSTS = ["10.0.0.0/8"]
    assert register(world, lena).webhook.pk
    names_lead_to(monkeypatch, "169.254.169.254")
    settings.PRIVATE_WEBHOOK_HOSTS = ["0.0.0.0/0", "hooks.example"]
    with pytest.raises(WebhookError, match="an address that is never asked"):
        register(world, lena)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "no URL of the web"),
        ("hooks.example/in", "no URL of the web"),
        ("ftp://hooks.example/in", "no URL of the web"),
        ("javascript:alert(1)", "no URL of the web"),
        ("file:///etc/passwd", "no URL of the web"),
        ("https:///in", "no URL of the web"),
        ("https://hooks.example:0/", "no URL of the web"),
        ("https://hooks.example:99999/", "is no URL"),
        ("https://[::1/", "is no URL"),
        ("https://ada:secret@hooks.example/", "holds a user name or a password"),
        ("https://hooks.example/#part", "has a fragment"),
        ("https://hooks.example/a b", "characters that no URL has"),
        ("https://hooks.example/\r\nHost: x", "characters that no URL has"),
        ("https://hööks.example/", "characters that no URL has"),
        ("https://hooks.example/" + "a" * 500, "at most 500 fit"),
    ],
)
def test_what_is_no_address_of_a_receiver_is_refused_without_being_repeated(
    world: World, lena: User, url: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names_lead_to(monkeypatch, PUBLIC)
    with pytest.raises(WebhookError, match=problem) as refused:
        register(world, lena, url)
    assert "secret" not in str(refused.value)


def test_a_name_that_cannot_be_resolved_is_refused_in_time(
    world: World, lena: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(WebhookError, match="cannot be resolved; look at its spelling"):
        register(world, lena)


def test_the_resolver_is_waited_for_no_longer_than_said(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: released.wait(20))
    with pytest.raises(TimeoutError):
        resolved("hooks.example", 443, timeout_s=0.05)
    released.set()


@pytest.mark.parametrize(
    ("kinds", "problem"), [([], "No kind of message"), (["case.labeled"], "'case.labeled' is unknown")]
)
def test_kinds_that_nobody_sends_are_refused(world: World, lena: User, kinds: list[str], problem: str) -> None:
    with pytest.raises(WebhookError, match=problem):
        register(world, lena, kinds=kinds)


def test_a_study_has_so_many_webhooks_and_no_more(world: World, lena: User, monkeypatch: pytest.MonkeyPatch) -> None:
    names_lead_to(monkeypatch, PUBLIC)
    for _ in range(MAX_WEBHOOKS):
        register(world, lena)
    with pytest.raises(WebhookError, match="has 20 webhooks already"):
        register(world, lena)


def test_what_leads_do_to_a_webhook_is_recorded_once(world: World, lena: User, monkeypatch: pytest.MonkeyPatch) -> None:
    names_lead_to(monkeypatch, PUBLIC)
    new = register(world, lena)
    for _ in range(2):
        webhook_disable(webhook=new.webhook, user=lena)
    for _ in range(2):
        webhook_enable(webhook=new.webhook, user=lena)
    assert webhook_renew_secret(webhook=new.webhook, user=lena).secret != new.secret
    for _ in range(2):
        webhook_remove(webhook=new.webhook, user=lena)
    kinds = list(Event.objects.filter(kind__startswith="webhook.").order_by("pk").values_list("kind", flat=True))
    assert kinds == [f"webhook.{what}" for what in ("registered", "disabled", "enabled", "secret_renewed", "removed")]
