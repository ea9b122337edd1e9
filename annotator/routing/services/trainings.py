"""Requested trainings, from request to router: carried out one at a time by a process of their own.

The process runs on the machine of the web server: a worker of language models may be busy for hours, and many
installations have none. `docs/design/snapshots.md` says more.
"""

import logging
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.background import claim_renewed, command_start
from annotator.claims import claim_rows, fail_exhausted, finish_row, stored_error
from annotator.embeddings import minilm, wordllama
from annotator.embeddings.wheels import EmbeddingsMissingError
from annotator.events.services import event_append
from annotator.routing.errors import RoutingError, StudyDeletedError, TrainingSettingsError
from annotator.routing.finetuned import FINETUNED
from annotator.routing.models import Router, Training
from annotator.routing.progress import Progress
from annotator.routing.selectors import is_worked_on, label_counts
from annotator.routing.services.routers import refuse_name, router_train
from annotator.routing.training import Settings, refuse_small_class
from annotator.studies.models import Study

logger = logging.getLogger(__name__)

MOST_WAITING = 5
"""Trainings of one study that may wait at the same time."""
COMMAND = "train_requested_routers"
_SETTINGS = ("features", "ties", "calibration")
_UNFINISHED = (Training.Status.QUEUED, Training.Status.CLAIMED)
_REPORT_EVERY_S = 1.0
_BROKE_OFF = "Training broke off with an error of the program ({error}); see the server's log, then train it again."
_DIED = "The process that trained it ended {n} times without a word; see the server's log, then train it again."
_EMBEDDINGS: Mapping[str, Callable[[], object]] = {
    Training.Features.WORDLLAMA: wordllama.find_files,
    Training.Features.MINILM: minilm.find_files,
}


class _ClaimLostError(Exception):
    """The training was claimed by another process, or its study deleted: its router is not to be stored."""


def training_request(
    *,
    study: Study,
    name: str,
    user: User | None,
    labels: str = Router.Labels.VERDICTS,
    settings: Settings | None = None,
) -> Training:
    """Queue a training and, on commit, start the process that carries it out. The same one that waits is returned.

    Raises TrainingSettingsError for a name that is none and for features that cannot be trained here, and RoutingError
    where the labels are too few or too many trainings of the study wait.
    """
    settings = settings or Settings()
    refuse_name(name)
    _refuse_features(settings.features)
    counts = label_counts(study, labels)
    learned = counts.total() - (counts["tie"] if settings.ties == "left_out" else 0)
    refuse_small_class(learned, helped=counts["helped"])
    chosen = {field: getattr(settings, field) for field in _SETTINGS}
    return _queued(study, user, {"name": name, "labels": labels, **chosen})


def trainer_start() -> None:
    """Start `manage.py train_requested_routers` in the background, unless a process is at work: it goes on with all."""
    if not is_worked_on():
        command_start(COMMAND)


def trainings_carry_out() -> int:
    """Carry out every training that waits, one after the other; return how many. It ends where another one is at work.

    That process looks for what waits when it is ready, after every commit that came before.
    """
    carried_out = 0
    while (claimed := _claimed()) is not None:
        _carry_out(*claimed)
        carried_out += 1
    return carried_out


def trainings_end(*, study: Study) -> None:
    """Fail the unfinished trainings of a study that is deleted, inside the transaction that deletes it."""
    error = stored_error(f"Its study {study.slug!r} was deleted before it was trained.")
    Training.objects.filter(study=study, status__in=_UNFINISHED).update(
        status=Training.Status.FAILED, error=error, claim=None, lease_until=None, finished_at=timezone.now()
    )


def _refuse_features(features: str) -> None:
    if features == FINETUNED:
        sentence = _(
            "Fine-tuning needs a GPU, and no page does it: run .venv/bin/python manage.py train_router NAME --study "
            "SLUG --features finetuned on a machine with one, or choose other features."
        )
        raise TrainingSettingsError("features", sentence)
    try:
        _EMBEDDINGS.get(features, lambda: None)()
    except EmbeddingsMissingError as error:
        raise TrainingSettingsError("features", str(error)) from None


@transaction.atomic
def _queued(study: Study, user: User | None, values: Mapping[str, str]) -> Training:
    Study.objects.select_for_update(no_key=True).get(pk=study.pk)
    unfinished = Training.objects.filter(study=study, status__in=_UNFINISHED)
    waiting = unfinished.filter(**values).first()
    if waiting is None:
        if unfinished.count() >= MOST_WAITING:
            sentence = _("%(n)d trainings of this study wait already; ask again when one of them is finished.")
            raise RoutingError(sentence % {"n": MOST_WAITING})
        waiting = Training.objects.create(study=study, created_by=user, **values)
        payload = {"study": study.slug, **values}
        event_append("router.requested", waiting, payload, actor=user, study=study.pk)
    transaction.on_commit(trainer_start)
    return waiting


def _claimed() -> tuple[Training, uuid.UUID] | None:
    """Claim the training that has waited longest, unless one is under way; return it with its claim."""
    claim = uuid.uuid4()
    with transaction.atomic():
        # Two processes that look at the same time look one after the other, so that only one of them begins.
        list(Training.objects.select_for_update().filter(status__in=_UNFINISHED).order_by("pk").only("pk"))
        waiting = Training.objects.filter(Training.free())
        fail_exhausted(waiting, died=_DIED)
        if is_worked_on():
            return None
        found = list(claim_rows(waiting, order=["pk"], claim=claim, worker=COMMAND, limit=1))
    if not found:
        return None
    # A second change in the transaction of the first would wait for the study, which a deletion locks before this row.
    mine = Training.objects.filter(pk=found[0].pk, claim=claim)
    mine.update(step="", trained=0, expected=0, started_at=timezone.now())
    return Training.objects.select_related("study", "created_by").get(pk=found[0].pk), claim


def _carry_out(training: Training, claim: uuid.UUID) -> None:
    """Train, and finish the row under its claim in the transaction that stores the router."""
    progress = Progress()

    def reached() -> dict[str, Any]:
        return {"step": progress.step, "trained": progress.done, "expected": progress.expected}

    def store() -> None:
        Training.objects.filter(claim=claim).update(**reached())

    def finish(router: Router) -> None:
        if not finish_row(training, claim=claim, status=Training.Status.DONE, router=router, **reached()):
            raise _ClaimLostError

    with claim_renewed(claim, store, every_s=_REPORT_EVERY_S):
        try:
            _train(training, progress, finish)
        except _ClaimLostError:
            return
        except (RoutingError, EmbeddingsMissingError) as error:
            finish_row(training, claim=claim, error=str(error), status=Training.Status.FAILED)
        except Exception as error:
            # The row would stay claimed, and the page would wait for a process that is no more.
            logger.exception("Training %s of %s", training.pk, training.name)
            reason = _BROKE_OFF.format(error=type(error).__name__)
            finish_row(training, claim=claim, error=reason, status=Training.Status.FAILED)


def _train(training: Training, progress: Progress, finish: Callable[[Router], object]) -> None:
    if training.study is None:
        raise StudyDeletedError("its study was deleted before it was trained.")
    chosen: dict[str, Any] = {field: getattr(training, field) for field in _SETTINGS}
    router_train(
        name=training.name,
        studies=[training.study],
        settings=Settings(**chosen),
        labels=training.labels,
        user=training.created_by,
        progress=progress,
        on_stored=finish,
    )
