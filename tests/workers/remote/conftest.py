"""Fixtures of the remote backends: fakes of both providers, with a key in the environment."""

from collections.abc import Iterator

import pytest

from tests.workers.remote.fake_anthropic import KEY as ANTHROPIC_KEY
from tests.workers.remote.fake_anthropic import FakeAnthropic, fake_anthropic
from tests.workers.remote.fake_openai import KEY, FakeOpenAI, fake_openai


@pytest.fixture
def openai_fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOpenAI]:
    monkeypatch.setenv("FAKE_KEY", KEY)
    with fake_openai() as fake:
        yield fake


@pytest.fixture
def anthropic_fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAnthropic]:
    monkeypatch.setenv("FAKE_KEY", ANTHROPIC_KEY)
    monkeypatch.setattr("workers.engine.remote.message_batches.COLLECT_S", 0.1)
    with fake_anthropic() as fake:
        yield fake
