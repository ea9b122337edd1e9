"""Requests for repairs by a language model: their progress, and whether any attempt waits."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from annotator.exemplars.models import Candidate, Repair
from annotator.exemplars.selectors.candidates import attempts_of, best_of, violations
from annotator.runs.models import LanguageModel


@dataclass(frozen=True, slots=True)
class RepairRequest:
    """One request at one moment. `round` is the round it has reached, of at most `rounds` with `samples` each."""

    request: uuid.UUID
    language_model: LanguageModel
    samples: int
    rounds: int
    round: int
    done: int
    waiting: int
    failed: int
    best: Repair | None
    errors: Sequence[str]
    """The sentences of the failed attempts, each once."""

    @property
    def holds(self) -> bool:
        """Whether its best attempt violates no constraint; one that no checker decides may still need a tick."""
        return self.best is not None and not violations(self.best)


def repair_requests_of(candidate: Candidate) -> list[RepairRequest]:
    """Return the requests about a candidate, oldest first. One query."""
    by_request: dict[uuid.UUID, list[Repair]] = defaultdict(list)
    for repair in attempts_of(candidate).filter(method=Repair.Method.MODEL).defer("model_calls"):
        if repair.request is not None:
            by_request[repair.request].append(repair)
    return [_progress(request, attempts) for request, attempts in by_request.items()]


def repairs_wait(language_model_id: int) -> bool:
    """Whether any repair by this model could be claimed now."""
    waiting = Repair.objects.filter(Repair.free(), language_model=language_model_id)
    return waiting.filter(candidate__generation__run__over_budget=False).exists()


def _progress(request: uuid.UUID, attempts: Sequence[Repair]) -> RepairRequest:
    model = attempts[0].language_model
    assert model is not None  # `repair_names_its_maker`
    status = Repair.Status
    return RepairRequest(
        request=request,
        language_model=model,
        samples=attempts[0].parameters["samples"],
        rounds=attempts[0].parameters["rounds"],
        round=max(repair.round for repair in attempts),
        done=sum(repair.status == status.DONE for repair in attempts),
        waiting=sum(repair.status in (status.QUEUED, status.CLAIMED) for repair in attempts),
        failed=sum(repair.status == status.FAILED for repair in attempts),
        best=best_of(attempts),
        errors=list(dict.fromkeys(repair.error for repair in attempts if repair.status == status.FAILED)),
    )
