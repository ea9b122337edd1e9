"""Addresses that are never sent a request, and private ones that need to be listed.

Private and loopback addresses are reached only where the operator lists them; link-local ones, where clouds answer with
secrets, never. An IPv6 address that carries an IPv4 address is judged by that one.
"""

import ipaddress
import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

PRIVATE_HOSTS = ("127.0.0.1", "localhost", "[::1]")
"""The default of `PRIVATE_API_HOSTS`: servers on the worker's own machine."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_METADATA = frozenset(
    map(
        ipaddress.ip_address,
        ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"),
    )
)
"""Where clouds answer with secrets beside 169.254.169.254: Alibaba's, Azure's, Oracle's, Amazon's, Google's addresses.

Azure's looks like a public one.
"""
_SITE_LOCAL = ipaddress.ip_network("fec0::/10")
"""Private addresses of the first years of IPv6, which Python's `is_global` takes for public ones."""
_LOCAL_TRANSLATED = ipaddress.ip_network("64:ff9b:1::/48")
"""Networks of an organisation's own translators (RFC 8215), which Python's `is_global` takes for public ones."""
_TRANSLATED = (
    *map(ipaddress.ip_network, ("64:ff9b::/96", "::ffff:0:0:0/96", "::/96")),
    _LOCAL_TRANSLATED,
)
"""Networks of IPv6 whose last four bytes are an IPv4 address: of translators (RFC 6052, 7915), the oldest mapping."""
_LOWEST_32_BITS = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class RefusedAddress:
    """An address of a host that must not be sent a request: never, or not unless the operator lists it."""

    host: str
    ip: str
    never: bool

    def sentence(self, setting: str) -> str:
        """Return the refusal in English; `setting` is the operator's name of the list."""
        leads = f"The address leads to {self.host} at {self.ip}"
        if self.never:
            return f"{leads}, an address that is never asked; name a server."
        return (
            f"{leads}, a private address that {setting} does not list; add the host or its network there in every "
            "process, or name a public server."
        )


def refused_address(host: str, address: str, private_hosts: Sequence[str]) -> RefusedAddress | None:
    """Return why `address` of `host` must not be sent a request, None where it may.

    `private_hosts` lists the hosts and networks of private addresses that may.
    """
    outer = ipaddress.ip_address(address.partition("%")[0])
    listed = _is_listed(host, outer, private_hosts)
    for ip in _carried(outer):
        if ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip in _METADATA:
            return RefusedAddress(host, str(ip), never=True)
        private = not ip.is_global or ip in _SITE_LOCAL or outer in _LOCAL_TRANSLATED
        if private and not listed and not _is_listed(host, ip, private_hosts):
            return RefusedAddress(host, str(ip), never=False)
    return None


def resolved(host: str, port: int, *, timeout_s: float) -> list[str]:
    """Return the addresses of `host`, each once. Raises OSError where it has none, or none within `timeout_s`."""
    resolver = ThreadPoolExecutor(max_workers=1)
    try:
        found = resolver.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        return distinct(found.result(timeout_s))
    finally:
        resolver.shutdown(wait=False)


def distinct(found: Sequence[tuple[object, object, object, object, Sequence[object]]]) -> list[str]:
    """Return the addresses of what `getaddrinfo` found, each once, in their order."""
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _carried(ip: _Address) -> Iterator[_Address]:
    """Yield the address, or the IPv4 addresses that it carries."""
    if isinstance(ip, ipaddress.IPv4Address) or ip.is_loopback or ip.is_unspecified:
        yield ip
        return
    inner = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if any(ip in network for network in _TRANSLATED):
        inner.append(ipaddress.IPv4Address(int(ip) & _LOWEST_32_BITS))
    found = [address for address in inner if address is not None]
    yield from found or (ip,)


def _is_listed(host: str, ip: _Address, private_hosts: Sequence[str]) -> bool:
    for entry in private_hosts:
        name = entry.strip("[]").lower()
        if name == host.strip("[]").lower():
            return True
        try:
            if ip in ipaddress.ip_network(name):
                return True
        except ValueError:  # a host name
            continue
    return False
