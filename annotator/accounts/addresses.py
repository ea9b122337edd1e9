"""Client addresses as logins are counted by: an IPv4 address, or the /64 network of an IPv6 one."""

from datetime import timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

REMEMBERED = timedelta(days=30)
"""How long an account counts as known at an address from which it logged in."""


def client_address(request: HttpRequest) -> str:
    """Return the address of the connection. One IPv6 subscriber has a whole /64, which counts as one address.

    X-Forwarded-For is not read: whoever sends a request can write anything into it.
    """
    remote = request.META.get("REMOTE_ADDR", "")
    try:
        address = ip_address(remote)
    except ValueError:
        return "127.0.0.1"  # a unix socket has no address
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or IPv6Network((address, 64), strict=False).network_address)
    return str(address)


def address_digest(address: str) -> str:
    """Hash an address with the site's secret: who logged in from where is nobody's business."""
    return salted_hmac("annotator.accounts.addresses", address, algorithm="sha256").hexdigest()
