"""A worker's sign of life, and its own look at the rows.

A thread says every two seconds that this worker listens to its queue, and wakes an idle worker when rows wait whose
message was lost with the broker. Knows nothing of what the work is.
"""

import logging
import threading
from collections.abc import Callable

from django.db import DatabaseError, connection

from annotator.runs.dispatch import wake, wake_judge
from annotator.runs.models import LanguageModel
from annotator.runs.selectors import judging_waits, work_waits
from annotator.runs.workers import worker_gone, worker_seen

logger = logging.getLogger(__name__)

_BEAT_S = 2.0
_LOOK_EVERY_BEATS = 3


class Presence:
    """The heartbeat of one worker process; `busy` says whether it is at work right now."""

    def __init__(self, *, name: str, model: LanguageModel, busy: Callable[[], bool]) -> None:
        self._name, self._model, self._busy = name, model, busy
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="presence", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def _beat(self) -> None:
        beats = 0
        while not self._stop.is_set():
            try:
                worker_seen(name=self._name, queue=self._model.queue)
                if beats % _LOOK_EVERY_BEATS == 0 and not self._busy():
                    self._wake()
            except DatabaseError as error:
                logger.warning("no sign of life could be written (%s); trying again", error)
                connection.close()
            beats += 1
            self._stop.wait(_BEAT_S)
        worker_gone(name=self._name)
        connection.close()

    def _wake(self) -> None:
        if work_waits(self._model.pk):
            wake(self._model)
        if judging_waits(self._model.pk):
            wake_judge(self._model)
