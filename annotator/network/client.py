"""HTTP client of requests to checked addresses, and the longest response that it reads.

An address is checked after its name is resolved, at the moment of connecting, so that no name can change its address in
between (`addresses`). No redirect is followed, no proxy of the environment is used, and a compressed body
is not read, since its size is unknown before it is unpacked.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from http import HTTPStatus

import httpcore2
import httpx2

from annotator.network.addresses import distinct, refused_address

MOST_BYTES = 32 * 1024 * 1024
"""The longest response that is read: 1 MB of reasoning is common, this is thirty times as much."""

_OF_THE_BODY = ("content-encoding", "content-length", "content-type", "transfer-encoding")

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


class RefusedAddressError(httpx2.RequestError):
    """An address that is not asked, in one sentence."""


class UnreadableResponseError(httpx2.RequestError):
    """A response that is too long or compressed, in one sentence."""


def http_client(
    *,
    timeout_s: float,
    concurrency: int,
    private_hosts: Sequence[str],
    setting: str = "PRIVATE_API_HOSTS",
    base_url: str = "",
    most_bytes: int = 0,
) -> httpx2.AsyncClient:
    """Return a client of at most `concurrency` connections, to allowed addresses.

    A response of more than `most_bytes` (0: `MOST_BYTES`) ends with an error.

    `private_hosts` is what the operator lists as `setting`. With a `base_url` its server alone is asked, since every
    request carries the key: a response may name an address of its own.
    """
    return httpx2.AsyncClient(
        transport=BoundedTransport(concurrency, CheckedNetwork(private_hosts, setting), most_bytes or MOST_BYTES),
        timeout=httpx2.Timeout(timeout_s, connect=min(timeout_s, 20.0)),
        headers={"Accept-Encoding": "identity"},
        follow_redirects=False,
        trust_env=False,
        event_hooks={"request": [_only_to(httpx2.URL(base_url))]} if base_url else None,
    )


def _only_to(server: httpx2.URL) -> Callable[[httpx2.Request], Awaitable[None]]:
    async def check(request: httpx2.Request) -> None:
        url = request.url
        if (url.scheme, url.host, url.port) != (server.scheme, server.host, server.port):
            raise RefusedAddressError("The server named an address on another server, which is not asked.")

    return check


class BoundedTransport(httpx2.AsyncHTTPTransport):
    """A transport with checked addresses and bounded responses."""

    def __init__(self, concurrency: int, network: "CheckedNetwork", most_bytes: int) -> None:
        super().__init__(trust_env=False)
        self._most_bytes = most_bytes
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=httpx2.create_ssl_context(trust_env=False),
            max_connections=concurrency + 2,  # questions about the model and its batches come beside the requests
            keepalive_expiry=30.0,
            network_backend=network,
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        encoding = response.headers.get("content-encoding") or "identity"
        if encoding.lower() != "identity":
            await response.aclose()
            return _without_body(response, f"a response that is packed as {encoding[:40]!r}")
        response.encoding = (
            "utf-8"  # no server may choose a codec; some of Python's raise what nobody expects of a text
        )
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _BoundedStream(response.stream, self._most_bytes)
        return response


def _without_body(response: httpx2.Response, reason: str) -> httpx2.Response:
    """Return a failure with the reason as its body. Raises UnreadableResponseError for a success."""
    if response.status_code < HTTPStatus.MULTIPLE_CHOICES:
        raise UnreadableResponseError(f"The server sent {reason}.")
    kept = [(name, value) for name, value in response.headers.multi_items() if name not in _OF_THE_BODY]
    return httpx2.Response(response.status_code, headers=kept, text=reason)


class _BoundedStream(httpx2.AsyncByteStream):
    """A response that ends with an error after `most_bytes`."""

    def __init__(self, stream: httpx2.AsyncByteStream, most_bytes: int) -> None:
        self._stream, self._most_bytes = stream, most_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for part in self._stream:
            read += len(part)
            if read > self._most_bytes:
                raise UnreadableResponseError(f"The server sent more than {self._most_bytes:,} bytes.")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


class CheckedNetwork(httpcore2.AnyIOBackend):
    """Connections to checked addresses alone: a name is resolved here, and the checked address is connected to."""

    def __init__(self, private_hosts: Sequence[str], setting: str) -> None:
        self._private_hosts, self._setting = private_hosts, setting

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        error: Exception | None = None
        for address in await self._addresses(host, port, timeout):
            try:
                return await super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as failed:
                error = failed
        raise error or httpcore2.ConnectError(f"{host} has no address.")

    async def _addresses(self, host: str, port: int, timeout: float | None) -> Sequence[str]:
        """Resolve `host`. Raises RefusedAddressError unless every address of it is allowed."""
        resolving = asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        try:
            found = await asyncio.wait_for(resolving, timeout)
        except TimeoutError:
            raise httpcore2.ConnectTimeout(f"{host} could not be resolved in time.") from None
        except OSError as error:
            raise httpcore2.ConnectError(f"{host} cannot be resolved: {error.strerror}") from None
        addresses = distinct(found)
        for address in addresses:
            check_address(host, address, self._private_hosts, setting=self._setting)
        return addresses


def check_address(host: str, address: str, private_hosts: Sequence[str], *, setting: str = "PRIVATE_API_HOSTS") -> None:
    """Raise RefusedAddressError for an address of `host` that must not be sent a request."""
    if refused := refused_address(host, address, private_hosts):
        raise RefusedAddressError(refused.sentence(setting))
