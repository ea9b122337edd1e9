"""Fixtures that every test may use: plain static files and the cast (alice and bob annotate, mallory must get 404)."""

from typing import Any

import hypothesis
import pytest
from django.core.cache import cache

pytest_plugins = ["tests.cast"]

# A crowded machine draws and runs examples slowly; what is fast or slow is measured by benchmarks.
hypothesis.settings.register_profile("cotrast", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("cotrast")


@pytest.fixture(autouse=True)
def nothing_cached() -> None:
    """Rows of another test may have had the same ids."""
    cache.clear()


@pytest.fixture(autouse=True)
def plain_static_files(settings: Any) -> None:
    """Tests need no collected, hashed static files."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.WHITENOISE_AUTOREFRESH = True  # else each test's client looks at hundreds of collected files first
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
