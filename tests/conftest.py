"""Fixtures that every test may use: plain static files and the cast (alice and bob annotate, mallory must get 404)."""

from collections.abc import Iterator

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache, caches
from django.test import override_settings
from django.utils import translation

from annotator.private_files import keep_files_private

pytest_plugins = ["tests.cast"]

keep_files_private()  # pytest is an entry point like the others: the databases of tests are files too

# A crowded machine draws and runs examples slowly; what is fast or slow is measured by benchmarks.
hypothesis.settings.register_profile(
    "cotrast", max_examples=40, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("cotrast")


@pytest.fixture(autouse=True)
def nothing_left_over() -> None:
    """Rows of another test may have had the same ids, and a request leaves its language behind in the thread."""
    cache.clear()
    caches["rates"].clear()
    translation.deactivate()


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """No task is sent: a message only wakes workers, and there are none."""
    monkeypatch.setattr("annotator.runs.dispatch._send", lambda *args, **kwargs: None)


@pytest.fixture(autouse=True, scope="session")
def quick_settings() -> Iterator[None]:
    """No collected, hashed static files, and a hash of passwords that costs nothing.

    Once for all: a changed setting costs more than many a test.
    """
    plain = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    with override_settings(
        STORAGES=plain,
        WHITENOISE_AUTOREFRESH=True,  # else each test's client looks at hundreds of collected files first
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ):
        yield
