"""Environment variables: what cannot be used is refused with the variable, the reason and the way out."""

import secrets
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from annotator import env

RANDOM = secrets.token_urlsafe(50)


def test_a_random_secret_is_taken_from_the_environment_before_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secret_key").write_text(RANDOM)
    assert env.secret("COTRAST_SECRET", tmp_path / "secret_key") == RANDOM
    for other in (secrets.token_hex(16) * 2, secrets.token_hex(32), secrets.token_urlsafe(24)):
        monkeypatch.setenv("COTRAST_SECRET", other)
        assert env.secret("COTRAST_SECRET", tmp_path / "secret_key") == other


@pytest.mark.parametrize(
    ("weak", "reason"),
    [
        ("", "missing or shorter than 32"),
        ("Zx8-kQ_2", "missing or shorter than 32"),
        ("a" * 50, "repeats itself"),
        ("01" * 30, "repeats itself"),
        ("benchmark" * 5, "repeats itself"),
        ("qT7-vX2_mK9!" * 4, "repeats itself"),
        ("abcdefghijklmnopqrstuvwxyz0123456789", "repeats itself"),
        ("django-insecure-8k!x0v$w3z^q7m@p1t%r5y", "looks like an example"),
        ("please-Change-Me-before-you-go-live-1", "looks like an example"),
    ],
)
def test_a_weak_secret_is_refused_with_the_command_that_writes_a_random_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, weak: str, reason: str
) -> None:
    monkeypatch.setenv("COTRAST_SECRET", weak)
    with pytest.raises(ImproperlyConfigured, match=reason) as refused:
        env.secret("COTRAST_SECRET", tmp_path / "secret_key")
    assert "run `make setup`" in str(refused.value)
    assert ("unset COTRAST_SECRET" in str(refused.value)) == bool(weak)


def test_a_weak_secret_of_the_file_is_refused_with_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("COTRAST_SECRET", raising=False)
    file = tmp_path / "secret_key"
    file.write_text("x" * 40)
    with pytest.raises(ImproperlyConfigured, match=f"remove {file} and run `make setup`"):
        env.secret("COTRAST_SECRET", file)


@pytest.mark.parametrize(
    ("value", "prefix"), [("", ""), ("/", ""), ("/cotrast", "/cotrast"), ("/a/b-c_1/", "/a/b-c_1")]
)
def test_a_prefix_of_all_addresses_ends_without_a_slash(
    monkeypatch: pytest.MonkeyPatch, value: str, prefix: str
) -> None:
    monkeypatch.setenv("COTRAST_PREFIX", value)
    assert env.url_prefix("COTRAST_PREFIX") == prefix


@pytest.mark.parametrize("value", ["cotrast", "https://example.org/cotrast", "/a b", "//a", "/a;b", '/"'])
def test_a_prefix_that_is_no_path_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("COTRAST_PREFIX", value)
    with pytest.raises(ImproperlyConfigured, match="COTRAST_PREFIX=/cotrast"):
        env.url_prefix("COTRAST_PREFIX")
