"""Login servers: the cases in `login_server_cases` with allauth's settings, and nothing of allauth without them."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from annotator import env
from tests.paths import REPOSITORY


def _run(code: list[str], **settings: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, **settings}
    return subprocess.run(
        [sys.executable, *code], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_people_log_in_by_a_real_login_server(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cases = ["-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", "tests/accounts/login_server_cases.py"]
    done = _run(
        cases,
        OIDC_ISSUER=f"http://127.0.0.1:{port}",
        OIDC_CLIENT_ID="cotrast",
        OIDC_CLIENT_SECRET="a-secret-of-the-tests",
        OIDC_NAME="the university",
        VAR_DIR=str(tmp_path),
        DATABASE_URL=f"sqlite:///{tmp_path / 'cotrast.sqlite3'}",
        SECRET_KEY="k3J9sQ0vZ7nB2xL5tR8wYc1uM4eH6gAp",
    )
    assert done.returncode == 0, done.stdout[-6_000:] + done.stderr[-2_000:]
    assert "[100%]" in done.stdout


def test_a_server_without_a_login_server_loads_nothing_of_allauth() -> None:
    code = (
        "import sys, annotator.wsgi, django.urls; django.urls.get_resolver().url_patterns; "
        "sys.exit('loaded' if 'allauth' in sys.modules else 0)"
    )
    done = _run(["-c", code])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"OIDC_ISSUER": "https://login.example.org"}, "OIDC_CLIENT_ID, OIDC_CLIENT_SECRET: not set, although"),
        ({"PASSWORD_LOGIN": "0"}, "PASSWORD_LOGIN=0 without OIDC_ISSUER: nobody could log in"),
        ({"OIDC_SIGNUP": "1"}, "OIDC_SIGNUP: name the domains of the e-mail addresses"),
    ],
)
def test_half_a_login_server_is_refused_at_the_start(settings: dict[str, str], sentence: str) -> None:
    done = _run(["-c", "import annotator.settings"], **settings)
    assert done.returncode != 0
    assert sentence in done.stderr


@pytest.mark.parametrize("address", ["login.example.org", "http://login.example.org", "ftp://x.org", "https://"])
def test_an_address_of_a_login_server_is_asked_by_https(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("OIDC_ISSUER", address)
    with pytest.raises(ImproperlyConfigured, match="is not the address of a login server"):
        env.issuer("OIDC_ISSUER")


@pytest.mark.parametrize("address", ["https://login.example.org/realms/x", "http://127.0.0.1:8080", ""])
def test_an_address_of_a_login_server_is_kept_without_its_last_slash(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("OIDC_ISSUER", f"{address}/")
    assert env.issuer("OIDC_ISSUER") == address
