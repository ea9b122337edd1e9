"""A small login server (OpenID Connect) over HTTP: discovery, codes with PKCE, signed ID tokens, profiles.

It gives out what a test tells it to, also what no honest server would.
"""

import hashlib
import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
LIFETIME_S = 300


@dataclass
class LoginServer:
    """The server's state. `token` and `profile` replace what it would say honestly; `sign` makes the ID token."""

    issuer: str
    client_id: str
    client_secret: str
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    profiles: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    token: dict[str, Any] = field(default_factory=dict)
    profile: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    key: Any = KEY

    def authorize(self, address: str, **person: Any) -> dict[str, str]:
        """Log `person` in, whose browser was sent to `address`; return the query with which it is sent back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = token_urlsafe(12)
        self.codes[code] = {"asked": asked, "person": person}
        return {"code": code, "state": asked["state"]}

    def exchange(self, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """Answer the token endpoint: a code is good once, for who began the login."""
        issued = self.codes.pop(form.get("code", ""), None)
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return 401, {"error": "invalid_client"}
        if issued is None or not _proves(form.get("code_verifier", ""), issued["asked"]):
            return 400, {"error": "invalid_grant"}
        person, access_token = issued["person"], token_urlsafe(12)
        self.profiles[access_token] = {**person, **self.profile}
        claims = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": person["sub"],
            "exp": int(time.time()) + LIFETIME_S,
            "iat": int(time.time()),
            "nonce": issued["asked"]["nonce"],
            **self.token,
        }
        id_token = jwt.encode(claims, self.key, algorithm=self.algorithm, headers={"kid": "one"})
        return 200, {"access_token": access_token, "token_type": "Bearer", "id_token": id_token}

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/profile",
            "jwks_uri": f"{self.issuer}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
        }

    def keys(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        return {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]}


def _proves(verifier: str, asked: Mapping[str, str]) -> bool:
    digest = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return asked.get("code_challenge_method") == "S256" and asked.get("code_challenge") == digest


@contextmanager
def served(server: LoginServer) -> Iterator[LoginServer]:
    """Answer at the server's address while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
            pages = {
                "/.well-known/openid-configuration": server.configuration,
                "/keys": server.keys,
                "/profile": lambda: server.profiles[bearer],
            }
            self._answer(200, pages[self.path]())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(*server.exchange({name: values[0] for name, values in parse_qs(body).items()}))

        def _answer(self, status: int, content: Mapping[str, Any]) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *_args: Any) -> None:
            pass

    address = urlsplit(server.issuer)
    listening = ThreadingHTTPServer((str(address.hostname), int(address.port or 0)), Handler)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()
