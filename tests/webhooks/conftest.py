"""Fixtures of webhooks: a receiver that the operator allows."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.webhooks.receiver import Receiver, receiving


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.PRIVATE_WEBHOOK_HOSTS = ["127.0.0.1"]
    with receiving() as served:
        yield served
