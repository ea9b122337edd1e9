"""Heartbeat of a worker, and the search for rows that wait without a message.

A thread records every two seconds that this worker listens to its queue. Every six seconds it reconciles the rows of
dead workers and, if the worker is idle while rows wait, or still holds rows of a session that lost the database, sends
it a message in place of one that was lost. Every minute it makes the cases that a killed worker left out. When it
starts and once a day it deletes old drafts of submitted cases and the personal data of accounts closed long ago, and
answers to idempotency keys, which several workers may do. Knows nothing of the kind of work.
"""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from django.db import Error, connection
from django.utils import timezone

from annotator.claims import holds_claims
from annotator.exemplars.selectors.repair_requests import repairs_wait
from annotator.idempotency.services import requests_delete_old
from annotator.personal_data.services import closed_accounts_forget
from annotator.runs.dispatch import wake
from annotator.runs.models import LanguageModel
from annotator.runs.selectors import attention_traces_wait, judge_replies_wait, work_waits
from annotator.runs.services.message_batches import message_batches_delete_old
from annotator.runs.services.reconcile import runs_reconcile
from annotator.runs.services.workers import worker_gone, worker_paused, worker_seen, workers_release_dead
from annotator.studies.services.drafts import DRAFTS_KEPT, drafts_delete_old
from annotator.studies.services.reconcile import cases_reconcile
from workers import backend_cache
from workers.device_report import DeviceReport
from workers.process import is_alive, this_process

logger = logging.getLogger(__name__)

_BEAT_S = 2.0
_CHECK_EVERY_BEATS = 3
_RECONCILE_EVERY_BEATS = 30  # a minute
_CLEAN_EVERY_BEATS = 43_200  # a day
_RECONCILED_AT_FIRST = timedelta(days=1)
_RECONCILED_AGAIN = timedelta(minutes=3)


class Heartbeat:
    """The heartbeat thread of one worker process; `busy()` is whether it works on rows now."""

    def __init__(self, *, name: str, model: LanguageModel, busy: Callable[[], bool]) -> None:
        self._name, self._model, self._busy = name, model, busy
        self._process, self._device = this_process(), DeviceReport()
        self._reconciled = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def beat(self, *, check_rows: bool) -> None:
        """Record that this worker is alive; with `check_rows`, reconcile rows and wake the worker where some wait."""
        device = self._device.read(backend_cache.in_use(self._model))
        worker_seen(name=self._name, queue=self._model.queue, process=self._process, device=device)
        if not check_rows:
            return
        workers_release_dead(host=self._process.host, is_alive=is_alive)
        runs_reconcile()
        if not self._busy() and not worker_paused(name=self._name, queue=self._model.queue):
            self._wake()

    def reconcile(self) -> None:
        """Make the cases, and their outcomes, that a killed worker left out: of a day at first, of minutes later.

        Outcomes by judges are computed anew at the first time alone: whoever restarts the judge's worker is here then.
        """
        now = timezone.now()
        since = now - (_RECONCILED_AGAIN if self._reconciled else _RECONCILED_AT_FIRST)
        changed = cases_reconcile(generated_since=since, judged_since=None if self._reconciled else since)
        self._reconciled = True
        if changed:
            logger.info("%d cases made or graded that a worker had left out", changed)

    def clean(self) -> None:
        """Delete what is kept for a while only."""
        deleted = drafts_delete_old(before=timezone.now() - DRAFTS_KEPT)
        if deleted:
            logger.info("%d old drafts of submitted cases deleted", deleted)
        if forgotten := closed_accounts_forget():
            logger.info("the personal data of %d closed accounts deleted", forgotten)
        requests_delete_old()
        message_batches_delete_old()

    def _run(self) -> None:
        beats = 0
        while not self._stop.is_set():
            try:
                self.beat(check_rows=beats % _CHECK_EVERY_BEATS == 0)
                if beats % _RECONCILE_EVERY_BEATS == 0:
                    self.reconcile()
                if beats % _CLEAN_EVERY_BEATS == 0:
                    self.clean()
            except Error as error:
                logger.warning("no heartbeat could be written (%s); trying again", error)
                connection.close()
            except Exception:  # a worker whose heart has stopped counts as gone while it still works
                logger.exception("a heartbeat failed; trying again")
            beats += 1
            self._stop.wait(_BEAT_S)
        try:
            worker_gone(name=self._name, queue=self._model.queue)
        except Error as error:
            logger.warning("the worker's row stays (%s); it is deleted after a day", error)
        connection.close()

    def _wake(self) -> None:
        waits = work_waits, judge_replies_wait, repairs_wait, attention_traces_wait
        if holds_claims(worker=self._name) or any(rows_wait(self._model.pk) for rows_wait in waits):
            wake(self._model)
