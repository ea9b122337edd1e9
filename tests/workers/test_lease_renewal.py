"""Lease renewal: leases are renewed while a model works, also after a database error."""

import threading
import uuid
from typing import Any

import pytest
from django.db import OperationalError

from workers import lease_renewal


def test_a_renewal_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch, settings: Any, caplog: Any) -> None:
    settings.GENERATION_LEASE_S = 0.03
    renewed, again, own_claim = [], threading.Event(), uuid.uuid4()

    def renew(claim: uuid.UUID) -> int:
        renewed.append(claim)
        if len(renewed) == 1:
            raise OperationalError("database is locked")
        again.set()
        return 1

    monkeypatch.setattr(lease_renewal, "renew_claims", renew)
    with lease_renewal.renewing_leases(own_claim):
        assert again.wait(timeout=10)
    assert set(renewed) == {own_claim}
    assert "the leases could not be renewed (database is locked); trying again" in caplog.text
    assert not [thread for thread in threading.enumerate() if thread.name == "leases"]
