"""Which addresses a remote backend reaches: checked when it connects, whatever a name resolves to."""

import asyncio
import os
import socket
import threading
import time
from typing import Any

import httpx2
import pytest

from annotator.backends import BACKENDS
from annotator.network.addresses import PRIVATE_HOSTS
from annotator.network.client import RefusedAddressError, check_address, http_client
from annotator.options import OptionsError
from tests.workers.remote.fake_openai import FakeOpenAI
from workers.engine import PermanentEngineError, load_backend
from workers.engine.remote.keys import ApiKey, sdk_variables_hidden


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "fe80::1", "fe80::1%eth0", "::ffff:169.254.169.254", "0.0.0.0", "::", "224.0.0.1",  # noqa: S104
     "100.100.100.200", "fd00:ec2::254", "64:ff9b::a9fe:a9fe", "::a9fe:a9fe", "2002:a9fe:a9fe::1",
     "2001:0:5ef5:79fd:0:0:5601:5601", "168.63.129.16", "::ffff:168.63.129.16", "192.0.0.192",
     "64:ff9b:1::a9fe:a9fe", "::ffff:0:a9fe:a9fe"],
)  # fmt: skip
def test_link_local_and_metadata_addresses_are_never_asked(address: str) -> None:
    with pytest.raises(RefusedAddressError, match="an address that is never asked"):
        check_address("meta", address, ["0.0.0.0/0", "::/0", "meta"])


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.7",
        "192.168.1.1",
        "172.16.3.4",
        "100.64.0.1",
        "fd12::1",
        "127.0.0.2",
        "64:ff9b::a00:7",
        "fec0::1",
        "64:ff9b:1::5db8:d822",
        "64:ff9b:1::a00:7",
        "::ffff:0:a00:7",
    ],
)
def test_private_addresses_are_asked_only_where_they_are_listed(address: str) -> None:
    with pytest.raises(RefusedAddressError, match="that PRIVATE_API_HOSTS does not list"):
        check_address("gpu", address, PRIVATE_HOSTS)
    check_address("gpu", address, ["gpu"])
    check_address("gpu", address, [f"{address}/{128 if ':' in address else 32}"])


def test_the_own_machine_and_public_addresses_are_asked() -> None:
    for host, address in (("localhost", "127.0.0.1"), ("[::1]", "::1"), ("api.example", "93.184.216.34")):
        check_address(host, address, PRIVATE_HOSTS)
    for address in ("64:ff9b::5db8:d822", "2002:5db8:d822::1", "2606:2800:220:1:248:1893:25c8:1946"):
        check_address("api.example", address, PRIVATE_HOSTS)


def test_a_private_address_inside_another_one_is_private() -> None:
    for address in ("64:ff9b::a00:7", "::ffff:10.0.0.7", "2002:a00:7::1", "::a00:7"):
        with pytest.raises(RefusedAddressError, match=r"at 10\.0\.0\.7, a private address"):
            check_address("gpu", address, PRIVATE_HOSTS)


def test_a_name_that_leads_to_a_refused_address_is_refused_at_the_moment_of_connecting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def resolve(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(PermanentEngineError, match=r"leads to innocent\.example at 169\.254\.169\.254"):
        load_backend("openai", "m", "", {}, {"base_url": "http://innocent.example/v1", "api_key_env": ""})


def test_no_proxy_of_the_environment_is_used(openai_fake: FakeOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async def ask() -> int:
        async with http_client(timeout_s=5, concurrency=1, private_hosts=PRIVATE_HOSTS) as client:
            return (await client.get(f"{openai_fake.url}/v1/models")).status_code

    assert asyncio.run(ask()) == 401


def test_keys_of_any_letters_are_taken_out_of_texts_and_json_values() -> None:
    assert ApiKey('se"cret\\key').redacted('{"a": "se\\"cret\\\\key"}') == '{"a": "[key]"}'
    assert ApiKey("12345678").taken_out_of({"a": [12345678, 1, None, True]}) == {"a": ["[key]", 1, None, True]}


def test_what_the_sdks_would_send_stays_hidden_while_any_thread_builds_a_client(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "ours")
    hidden, seen = threading.Event(), []

    def build() -> None:
        with sdk_variables_hidden():
            hidden.set()
            time.sleep(0.05)
            seen.append(os.environ.get("OPENAI_ORG_ID"))

    threads = [threading.Thread(target=build) for _ in range(4)]
    for thread in threads:
        thread.start()
        hidden.wait()
        time.sleep(0.02)
    for thread in threads:
        thread.join()
    assert (seen, os.environ["OPENAI_ORG_ID"]) == ([None] * 4, "ours")


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("ftp://host/v1", "must begin with http"),
        ("file:///etc/passwd", "must begin with http"),
        ("http://user:secret@host/v1", "no user name and no password"),
        ("https://key@host/v1", "no user name and no password"),
        ("http:///v1", "names no host"),
        ("http://host:99999/v1", "is no URL"),
        ("http://host/v1?key=abc", "no query"),
        ("http://host/v1#x", "no query"),
        ("http://ho st/v1", "names no host"),
        ("http://a..b/v1", "names no host"),
        ("http://0251.0376.0251.0376/v1", "is no URL"),
        ("http://-a.example/v1", "names no host"),
        ("http://a\\b/v1", "names no host"),
        ("http://<b>/v1", "names no host"),
        ("http://[v1.x]/v1", "is no URL"),
        ("http://☃.example/v1", "characters that no URL has"),
        ("http://host/v\u00e9", "characters that no URL has"),
        ("http://host/a b", "characters that no URL has"),
        ("http://host/" + "a" * 500, "more than 500 characters"),
    ],
)
@pytest.mark.parametrize("backend", ["openai", "anthropic"])
def test_a_base_url_that_is_none_is_refused_without_being_repeated(backend: str, url: str, problem: str) -> None:
    with pytest.raises(OptionsError, match=problem) as refused:
        BACKENDS[backend].read_serving({"base_url": url})
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["http://[::1]:8000/v1", "https://gpu_7.lan", "http://10.0.0.7:8000/v1", "https://xn--bcher-kva.example./v1"]
)
def test_a_base_url_that_is_registered_is_taken_by_the_client(url: str) -> None:
    for backend in ("openai", "anthropic"):
        assert BACKENDS[backend].read_serving({"base_url": url}).base_url == url
    assert httpx2.URL(url).host


def test_a_key_in_the_place_of_a_variables_name_is_refused_without_being_repeated() -> None:
    with pytest.raises(OptionsError, match="api_key_env is the name of an environment variable") as refused:
        BACKENDS["openai"].read_serving({"api_key_env": "sk-0123-4567"})
    assert "sk-0123" not in str(refused.value)


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "OIDC_CLIENT_SECRET"])
def test_a_secret_of_the_site_is_no_key_for_a_model_server(name: str) -> None:
    for backend in ("openai", "anthropic"):
        with pytest.raises(OptionsError, match="a secret of Cotrast, which no server gets"):
            BACKENDS[backend].read_serving({"api_key_env": name})
