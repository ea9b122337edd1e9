"""A client of Cotrast's own REST interface, for scripts on this machine."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

_TIMEOUT_S = 60.0


class RestRefusalError(Exception):
    """A response other than success; the message is the interface's own sentence."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class RestClient:
    """Requests in JSON with a token. Paths are relative to `/api/v1/`; their parts are quoted by `path`."""

    def __init__(self, base_url: str, token: str) -> None:
        self._api = f"{base_url.rstrip('/')}/api/v1/"
        self._token = token

    def get(self, path: str, **parameters: str) -> Any:
        """Return the body of a GET."""
        return json.loads(self.text(path, **parameters))

    def text(self, path: str, **parameters: str) -> str:
        """Return the body of a GET as it is."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return self._send("GET", f"{self._api}{path}{query}")

    def rows(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a list, page after page."""
        address: str | None = f"{self._api}{path}"
        while address:
            page = json.loads(self._send("GET", address))
            yield from page["results"]
            address = page["next"]

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Send a body and return that of the response, None if it is empty."""
        text = self._send("POST", f"{self._api}{path}", json.dumps(body).encode())
        return json.loads(text) if text else None

    def _send(self, verb: str, address: str, body: bytes | None = None) -> str:
        headers = {"Authorization": f"Token {self._token}", "Content-Type": "application/json"}
        request = urllib.request.Request(address, data=body, headers=headers, method=verb)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as response:  # noqa: S310
                text: str = response.read().decode()
                return text
        except urllib.error.HTTPError as error:
            raise RestRefusalError(error.code, _detail(error)) from None


def path(*parts: str | int) -> str:
    """Join the parts of a path, each quoted: `path("studies", slug, "cases")` is `studies/SLUG/cases/`."""
    return "".join(f"{quote(str(part), safe='')}/" for part in parts)


def _detail(error: urllib.error.HTTPError) -> str:
    body = error.read().decode(errors="replace")
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{error.code} {error.reason}"
