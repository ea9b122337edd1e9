"""Removal of names, e-mail addresses and hosts of this installation from an anonymous snapshot.

Applies to what people wrote and to where things came from. Texts of prompts and models are never changed, because
spans, verdicts and hashes refer to them; a model knows no name of an installation.
"""

import re
import socket
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User

from annotator.releases.snapshots.columns import Clean
from annotator.runs.models import LanguageModel, Worker

REMOVED = "[removed]"
_ADDRESS = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_SHORTEST = 2


def cleaner() -> Clean:
    """Return a function that replaces every name, e-mail address and host in a text by REMOVED."""
    names = sorted({name for name in known_names() if len(name) >= _SHORTEST}, key=lambda name: (-len(name), name))
    whole = "|".join(re.escape(name) for name in names)
    pattern = re.compile(rf"{_ADDRESS}|(?<![^\W_])(?:{whole or '(?!)'})(?![^\W_])", re.IGNORECASE)
    return lambda text: pattern.sub(REMOVED, text)


def known_names() -> Iterator[str]:
    """Yield the names of this installation's people and hosts, as they are stored and configured."""
    for person in User.objects.order_by("pk").values_list("username", "first_name", "last_name", "email"):
        yield from filter(None, (*person, person[3].partition("@")[0]))
    yield from _hosts()


def _hosts() -> Iterator[str]:
    yield socket.gethostname()
    yield from (host.strip("[].*") for host in settings.ALLOWED_HOSTS)
    for host, name in Worker.objects.values_list("host", "name"):
        yield from filter(None, (host, host.partition("/")[0], name.partition("@")[2]))
    for serving in LanguageModel.objects.values_list("serving", flat=True):
        yield from _hosts_in(str(value) for value in serving.values())


def _hosts_in(values: Iterable[str]) -> Iterator[str]:
    for value in values:
        host = urlsplit(value).hostname if "://" in value else None
        if host:
            yield host
