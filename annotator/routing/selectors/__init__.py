"""Selectors of routing: every read. Callers import from here."""

from annotator.routing.selectors.labelled_studies import LabelledStudy, label_counts, labelled_study, studies_called
from annotator.routing.selectors.routers import frozen_router, newest_router, router_called, runs_with
from annotator.routing.selectors.trainings import TrainingState, is_worked_on, training_state, training_states

__all__ = [
    "LabelledStudy",
    "TrainingState",
    "frozen_router",
    "is_worked_on",
    "label_counts",
    "labelled_study",
    "newest_router",
    "router_called",
    "runs_with",
    "studies_called",
    "training_state",
    "training_states",
]
