"""Heartbeat of a worker, and the search for rows that wait without a message.

A thread records every two seconds that this worker listens to its queue. Every six seconds it reconciles the rows of
dead workers and, if the worker is idle while rows wait, or still holds rows of a session that lost the database, sends
it a message in place of one that was lost. When it starts and once a day it deletes old drafts of submitted cases,
which several workers may do. Knows nothing of the kind of work.
"""

import logging
import threading
from collections.abc import Callable

from django.db import Error, connection
from django.utils import timezone

from annotator.claims import holds_claims
from annotator.exemplars.selectors.repair_requests import repairs_wait
from annotator.runs.dispatch import wake
from annotator.runs.models import LanguageModel
from annotator.runs.selectors import attention_traces_wait, judge_replies_wait, work_waits
from annotator.runs.services.reconcile import runs_reconcile
from annotator.runs.services.workers import worker_gone, worker_paused, worker_seen, workers_release_dead
from annotator.studies.services.drafts import DRAFTS_KEPT, drafts_delete_old
from workers import backend_cache
from workers.device_report import DeviceReport
from workers.process import is_alive, this_process

logger = logging.getLogger(__name__)

_BEAT_S = 2.0
_CHECK_EVERY_BEATS = 3
_CLEAN_EVERY_BEATS = 43_200  # a day


class Heartbeat:
    """The heartbeat thread of one worker process; `busy()` is whether it works on rows now."""

    def __init__(self, *, name: str, model: LanguageModel, busy: Callable[[], bool]) -> None:
        self._name, self._model, self._busy = name, model, busy
        self._process, self._device = this_process(), DeviceReport()
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

    def clean(self) -> None:
        """Delete what is kept for a while only."""
        deleted = drafts_delete_old(before=timezone.now() - DRAFTS_KEPT)
        if deleted:
            logger.info("%d old drafts of submitted cases deleted", deleted)

    def _run(self) -> None:
        beats = 0
        while not self._stop.is_set():
            try:
                self.beat(check_rows=beats % _CHECK_EVERY_BEATS == 0)
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
