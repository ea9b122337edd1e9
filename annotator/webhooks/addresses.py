"""Check of an address when it is registered: its form, and where its host leads.

The addresses are checked again at every connection (`network.client`), since a name may lead elsewhere by then.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from annotator.network.addresses import RefusedAddress, refused_address, resolved
from annotator.webhooks.errors import WebhookError

MAX_URL = 500
_RESOLVE_S = 5.0


def checked_url(url: str) -> str:
    """Return the address without white space around it. Raises WebhookError for one that must not be registered."""
    url = url.strip()
    if problem := _problem(url):
        raise WebhookError(problem)
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        addresses = resolved(host, parts.port or (443 if parts.scheme == "https" else 80), timeout_s=_RESOLVE_S)
    except (OSError, UnicodeError):
        raise WebhookError(_("The address: the name of its server cannot be resolved; look at its spelling.")) from None
    for address in addresses:
        if refused := refused_address(host, address, settings.PRIVATE_WEBHOOK_HOSTS):
            raise WebhookError(_sentence(refused))
    return url


def _sentence(refused: RefusedAddress) -> str:
    if refused.never:
        message = _("The address leads to %(host)s at %(ip)s, an address that is never asked; name a server.")
    else:
        message = _(
            "The address leads to %(host)s at %(ip)s, a private address that PRIVATE_WEBHOOK_HOSTS does not list; "
            "name a public server, or ask whoever runs this server to add the host or its network there."
        )
    return message % {"host": refused.host, "ip": refused.ip}


def _problem(url: str) -> str:
    """Return a sentence on the form of an address that must not be registered; "" for a good one."""
    if len(url) > MAX_URL:
        return _("The address has %(n)d characters; at most %(most)d fit.") % {"n": len(url), "most": MAX_URL}
    if not url.isascii() or not url.isprintable() or " " in url:
        return _("The address has characters that no URL has; write names of hosts and paths in ASCII.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return _("The address is no URL; write it as in https://example.org/hook.")
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return _("The address is no URL of the web; write it as in https://example.org/hook.")
    if parts.username is not None or parts.password is not None:
        return _("The address holds a user name or a password; receivers check the signature instead.")
    return _("The address has a fragment (#), which is never sent; leave it out.") if parts.fragment else ""
