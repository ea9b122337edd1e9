"""Fixtures that every test may use: plain static files and the cast (alice and bob annotate, mallory must get 404)."""

from typing import Any

import pytest

pytest_plugins = ["tests.cast"]


@pytest.fixture(autouse=True)
def plain_static_files(settings: Any) -> None:
    """Tests need no collected, hashed static files."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.WHITENOISE_AUTOREFRESH = True  # else each test's client looks at hundreds of collected files first
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
