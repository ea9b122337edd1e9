"""Requested trainings: how far each is, and whether a process is at work."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models.functions import Now
from django.utils import timezone

from annotator.background import seconds_left
from annotator.routing.models import Training

_STARTS_WITHIN = timedelta(minutes=1)
_UNFINISHED = (Training.Status.QUEUED, Training.Status.CLAIMED)


@dataclass(frozen=True, slots=True)
class TrainingState:
    """A requested training with the seconds left, None where nothing says.

    `stalled`: it is not finished, and no process is at work that would finish it. The same request starts one.
    """

    training: Training
    seconds_left: float | None
    stalled: bool

    @property
    def unfinished(self) -> bool:
        """Whether it waits or is under way."""
        return self.training.status in _UNFINISHED


def is_worked_on() -> bool:
    """Whether a process carries out a training now; it looks for others when that one is finished."""
    return Training.objects.filter(status=Training.Status.CLAIMED, lease_until__gte=Now()).exists()


def training_state(training: Training) -> TrainingState:
    """Return one training, joined with its study and router, with how far it is."""
    return training_states([training])[0]


def training_states(trainings: Iterable[Training]) -> list[TrainingState]:
    """Return trainings, joined with their study and router, with how far each is."""
    rows, worked_on = list(trainings), is_worked_on()
    return [_state(row, worked_on) for row in rows]


def _state(training: Training, worked_on: bool) -> TrainingState:
    unfinished = training.status in _UNFINISHED
    due = training.created_at < timezone.now() - _STARTS_WITHIN
    claimed = training.status == Training.Status.CLAIMED
    left = seconds_left(training.started_at, training.trained, training.expected) if claimed else None
    return TrainingState(training, left, stalled=unfinished and not worked_on and (due or claimed))
