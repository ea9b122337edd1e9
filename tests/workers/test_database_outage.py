"""Steps that outlast a lost database: tried again for as long as a lease, and never where that would hide a loss."""

from typing import Any

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction

from workers.database_outage import outlast_outage


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.time, self.sleeps = 0.0, list[float]()

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.time += seconds


class Failing:
    """A step that fails so many times before it succeeds."""

    def __init__(self, times: int, error: Exception) -> None:
        self.times, self.error, self.calls = times, error, 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self.times:
            raise self.error
        return "stored"


def outlast(step: Failing, clock: Clock, **options: Any) -> str:
    return outlast_outage(step, now=clock.now, sleep=clock.sleep, **options)


@pytest.fixture
def clock() -> Clock:
    return Clock()


AWAY = OperationalError("the connection is closed")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [AWAY, InterfaceError("connection already closed")])
def test_a_step_is_tried_again_after_growing_pauses_on_a_new_connection(
    clock: Clock, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[bool] = []
    monkeypatch.setattr(connection, "close", lambda: closed.append(True))
    assert outlast(Failing(7, error), clock) == "stored"
    assert clock.sleeps == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0]
    assert len(closed) == 7


@pytest.mark.django_db(transaction=True)
def test_after_a_lease_it_gives_the_error_to_the_caller(clock: Clock, settings: Any) -> None:
    settings.GENERATION_LEASE_S = 5
    with pytest.raises(OperationalError):
        outlast(Failing(99, AWAY), clock)
    assert 5 <= clock.time < 10


@pytest.mark.django_db(transaction=True)
def test_a_stopped_worker_tries_nothing_again_and_a_fault_of_the_program_is_no_outage(clock: Clock) -> None:
    with pytest.raises(OperationalError):
        outlast(Failing(1, AWAY), clock, keep_going=lambda: False)
    with pytest.raises(IntegrityError):
        outlast(Failing(1, IntegrityError("duplicate")), clock)
    assert clock.sleeps == []


@pytest.mark.django_db
def test_inside_a_transaction_the_error_is_passed_on_since_half_of_it_would_be_lost(clock: Clock) -> None:
    with pytest.raises(OperationalError), transaction.atomic():
        outlast(Failing(1, AWAY), clock)
    assert clock.sleeps == []
