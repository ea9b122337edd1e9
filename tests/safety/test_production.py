"""A server as it runs in production: Django's own deployment checks, HTTPS behind a proxy, a path, and cookies."""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.paths import REPOSITORY

HOST = "cotrast.example.org"
TLS = {"BEHIND_TLS": "1", "CSRF_TRUSTED_ORIGINS": f"https://{HOST}"}
_PROGRAM = """
import json, sys
import django
django.setup()
from django.conf import settings
from django.test import Client, override_settings
plain = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
with override_settings(STORAGES=plain):
    client = Client(headers={"host": "cotrast.example.org"})
    answer = client.get(sys.argv[1], **json.loads(sys.argv[2]))
cookies = {name: dict(cookie) for name, cookie in client.cookies.items()}
names = [name for name in dir(settings) if name.endswith(("_SECURE", "_HTTPONLY", "_PATH", "_SAMESITE"))]
print(json.dumps({
    "status": answer.status_code, "headers": dict(answer.headers), "cookies": cookies,
    "secure": answer.wsgi_request.is_secure(), "settings": {name: str(getattr(settings, name)) for name in names},
}))
"""


def environment(folder: Path, **values: str) -> dict[str, str]:
    """The environment of a server, with nothing of that of the tests but its PATH."""
    (folder / "var").mkdir(mode=0o700, exist_ok=True)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "VAR_DIR": str(folder / "var"),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": HOST,
        "DJANGO_SETTINGS_MODULE": "annotator.settings",
        "LOG_LEVEL": "ERROR",
        **values,
    }


def program(folder: Path, arguments: list[str], **values: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, *arguments]
    variables = environment(folder, **values)
    return subprocess.run(command, cwd=REPOSITORY, env=variables, capture_output=True, text=True, check=False)


def answered(folder: Path, address: str, sent: dict[str, str], **values: str) -> dict[str, Any]:
    done = program(folder, ["-c", _PROGRAM, address, json.dumps(sent)], **values)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("prefix", ["", "/cotrast"])
def test_the_checks_of_a_deployment_find_nothing(tmp_path: Path, prefix: str) -> None:
    arguments = ["manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = program(tmp_path, arguments, **TLS, SCRIPT_NAME=prefix)
    assert done.returncode == 0, done.stderr


def test_a_server_without_tls_is_warned_of_by_them(tmp_path: Path) -> None:
    done = program(tmp_path, ["manage.py", "check", "--deploy", "--fail-level", "WARNING"])
    assert done.returncode == 1
    for check in ("security.W004", "security.W008", "security.W012", "security.W016"):
        assert check in done.stderr


def test_behind_tls_plain_requests_are_sent_to_https_and_browsers_are_told_to_stay(tmp_path: Path) -> None:
    plain = answered(tmp_path, "/login/", {}, **TLS, SCRIPT_NAME="/cotrast")
    assert (plain["status"], plain["headers"]["Location"]) == (301, f"https://{HOST}/cotrast/login/")
    proxied = {"HTTP_X_FORWARDED_PROTO": "https"}
    found = answered(tmp_path, "/login/", proxied, **TLS, SCRIPT_NAME="/cotrast")
    assert (found["status"], found["secure"]) == (200, True)
    assert found["headers"]["Strict-Transport-Security"].startswith("max-age=")
    cookie = found["cookies"]["csrftoken"]
    assert (cookie["secure"], cookie["httponly"], cookie["path"]) == (True, True, "/cotrast/")
    for name in ("SESSION", "CSRF", "LANGUAGE"):
        shown = {
            part: found["settings"][f"{name}_COOKIE_{part}"] for part in ("SECURE", "HTTPONLY", "PATH", "SAMESITE")
        }
        assert shown == {"SECURE": "True", "HTTPONLY": "True", "PATH": "/cotrast/", "SAMESITE": "Lax"}, name


def test_without_a_proxy_that_speaks_tls_no_header_of_a_client_is_believed(tmp_path: Path) -> None:
    forged = {
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_FORWARDED_HOST": "evil.example",
        "HTTP_X_FORWARDED_FOR": "1.2.3.4",
    }
    found = answered(tmp_path, "/login/", forged)
    assert (found["status"], found["secure"]) == (200, False)
    assert "Strict-Transport-Security" not in found["headers"]
    assert "evil.example" not in json.dumps(found)


def test_a_host_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    assert answered(tmp_path, "/login/", {"HTTP_HOST": "evil.example"}, **TLS)["status"] == 400


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "django-insecure-" + "x1y2z3w4" * 5}, "SECRET_KEY"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY repeats itself"),
        ({"SCRIPT_NAME": "cotrast/../x"}, "SCRIPT_NAME"),
        ({"BROKER_URL": "http://user:secret@host"}, "BROKER_URL: unknown scheme"),
        ({"DEBUG": "perhaps"}, "DEBUG"),
    ],
)
def test_a_setting_that_is_unsafe_stops_the_start_in_words(tmp_path: Path, values: dict[str, str], words: str) -> None:
    done = program(tmp_path, ["manage.py", "check"], **values)
    assert done.returncode != 0
    assert words in done.stderr
    assert "user:secret" not in done.stderr


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("DATABASE_URL", "postgres://cotrast:pa55word-0123@127.0.0.1:9/cotrast"),
        ("DATABASE_URL", "postgres://cotrast:pa55word-0123#/@127.0.0.1:5432/cotrast"),
        ("DATABASE_URL", "postgres://cotrast:se:pa55word-0123/x@127.0.0.1:5432/cotrast"),
        ("DATABASE_URL", "oracle9://cotrast:pa55word-0123@127.0.0.1/cotrast"),
        ("BROKER_URL", "nonsense://cotrast:pa55word-0123@127.0.0.1/0"),
    ],
)
def test_a_password_in_a_url_is_repeated_by_no_error(tmp_path: Path, name: str, url: str) -> None:
    done = program(tmp_path, ["manage.py", "migrate"], **{name: url})
    assert done.returncode != 0
    assert "pa55" not in done.stdout + done.stderr
    refused = done.stderr.strip().splitlines()[-1]
    assert name in refused or "127.0.0.1" in refused
