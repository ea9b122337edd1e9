"""Services of routing: every write. Callers import from here; each module owns one kind of change."""

from annotator.routing.services.routers import router_train
from annotator.routing.services.trainings import (
    trainer_start,
    training_request,
    trainings_carry_out,
    trainings_end,
)

__all__ = ["router_train", "trainer_start", "training_request", "trainings_carry_out", "trainings_end"]
