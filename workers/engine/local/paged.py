"""Paged batches: transformers' own continuous batching, for CUDA.

Owns the start and stop of transformers' manager, which decodes in its own thread, and the retry at half size when
memory runs out. The manager has one seed for all requests and either samples all or none, so it gets the greedy
sequences; sampled ones, and those that it ended blank though they may not be, decode in a dense batch, whose steps
alternate with the manager's. Knows nothing of strategies.
"""

import logging
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from transformers import GenerationConfig
from transformers.generation.continuous_batching.utils import WorkloadHints

from workers.engine.errors import TransientEngineError
from workers.engine.local.continuous_batching import ContinuousBatch
from workers.engine.local.decoding import FAILURES
from workers.engine.local.sequences import Sequence

logger = logging.getLogger(__name__)

_RESULT_WAIT_S = 1.0
"""The time to wait for a result before checking whether the manager's thread is alive."""


class KeptManager:
    """The manager of one model: its thread runs during one drive; its cache and graphs stay until `destroy`.

    A thread that outlives the drive would prevent the process from ending.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self.manager: Any = None

    @property
    def running(self) -> bool:
        return self.manager is not None and self.manager.is_running()

    def start(self, hints: WorkloadHints) -> Any:
        """Return the running manager. `hints` size a new one; an existing one takes longer requests too, only slower.

        Raises TransientEngineError, most often since the device has no memory left for the cache.
        """
        if self.running:
            return self.manager
        self.stop()  # discards one that crashed
        try:
            self.manager = self._model.init_continuous_batching(
                generation_config=GenerationConfig(do_sample=False, eos_token_id=-1), workload_hints=hints
            )
            if not self.manager.warmed_up:
                self.manager.warmup()
            self.manager.start()
        except FAILURES as error:
            self.destroy()
            raise TransientEngineError(f"transformers' continuous batching can't start: {error}.") from error
        return self.manager

    def stop(self) -> None:
        """End the thread and drop its requests. A manager that crashed is discarded."""
        if self._crashed:
            self.destroy()
        elif self.running:
            self.manager.stop(block=True, hard_stop=True, keep_for_next_session=True)

    def destroy(self) -> None:
        """End the thread and free the cache."""
        if self.manager is None:
            return
        if self._crashed or self.running:
            self.manager.stop(block=True, hard_stop=True)  # also of a dead thread: it restores the attention code
        self._model.destroy_cached_continuous_batching_manager()
        self.manager.destroy()
        self.manager = None

    @property
    def _crashed(self) -> bool:
        return self.manager is not None and self.manager.background_thread_status.fatal_error is not None


class PagedBatch:
    """A decoder on transformers' manager. Request ids are numbered, so that a late result matches no newer request.

    When memory runs out, which crashes the manager, a new one gets the same requests, half as many at a time; a
    sequence that takes too much memory alone is finished with an error. Any other crash fails no sequence and raises.
    """

    def __init__(self, model: Any, manager: KeptManager, batch_size: int) -> None:
        self._kept, self._batch_size = manager, batch_size
        self._dense = ContinuousBatch(model, batch_size)
        self._slots = batch_size
        self._waiting: list[Sequence] = []  # greedy ones
        self._pending: dict[str, Sequence] = {}  # greedy ones that the manager has, by its request id
        self._failed: list[Sequence] = []  # finished by an error before the first step
        self._count = 0

    @property
    def unfinished(self) -> int:
        return len(self._failed) + len(self._waiting) + len(self._pending) + self._dense.unfinished

    @property
    def free_slots(self) -> int:
        return max(0, min(self._slots - self.unfinished, self._dense.free_slots))

    def submit(self, sequences: list[Sequence]) -> None:
        """Add sequences. Raises TransientEngineError when the manager accepts no request."""
        self._dense.submit([sequence for sequence in sequences if sequence.sampled])
        self._waiting += [sequence for sequence in sequences if not sequence.sampled]
        try:
            self._fill()
        except TransientEngineError as error:
            self._failed += self._retry_smaller(error)

    def advance(self) -> list[Sequence]:
        finished, self._failed = self._failed, []
        if self._dense.unfinished:
            try:
                with self.paused():
                    finished += self._dense.advance()
            except RuntimeError as error:  # of the pause alone: the manager crashed, which its results say below
                logger.info("no pause: %s", error)
        if self._waiting or self._pending:
            try:
                self._fill()
                finished += self._results(wait_s=0.0 if self._dense.unfinished else _RESULT_WAIT_S)
            except TransientEngineError as error:
                finished += self._retry_smaller(error)
        return finished

    def paused(self) -> AbstractContextManager[Any]:
        """Pause the manager: its thread must not use the model while another batch does."""
        return self._kept.manager.pause() if self._pending and self._kept.running else nullcontext()

    def close(self) -> None:
        self._dense.close()
        self._failed, self._waiting, self._pending = [], [], {}
        self._kept.stop()

    def _fill(self) -> None:
        """Hand waiting sequences to the manager, as many as have a slot."""
        free = self._slots - len(self._pending)
        group, self._waiting = self._waiting[:free], self._waiting[free:]
        if not group:
            return
        try:
            manager = self._kept.start(
                WorkloadHints(
                    max_prompt_length=max(len(sequence.prompt) for sequence in group),
                    max_generated_length=max(sequence.sampling.max_new_tokens for sequence in group),
                    num_requests=self._slots,
                )
            )
            # Prompts that begin alike share pages of the cache if they are added one after the other.
            for sequence in sorted(group, key=lambda sequence: sequence.prompt):
                self._add(manager, sequence)
        except TransientEngineError:
            pending = {id(sequence) for sequence in self._pending.values()}
            self._waiting[:0] = [sequence for sequence in group if id(sequence) not in pending]
            raise

    def _retry_smaller(self, error: TransientEngineError) -> list[Sequence]:
        """Start all greedy sequences again, half as many at a time; raise `error` unless memory ran out.

        Returns the sequence that lacks memory alone, with its error.
        """
        if not _lacks_memory(error.__cause__):
            raise error
        together = len(self._pending) or min(self._slots, len(self._waiting))
        self._waiting[:0] = self._pending.values()
        self._pending = {}
        for sequence in self._waiting:
            sequence.restart()
        self._kept.destroy()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if together > 1:
            self._slots = together // 2
            logger.warning("%d requests start again, %d at a time, after: %s", together, self._slots, error)
            return []
        self._slots = self._batch_size
        alone = self._waiting.pop(0)
        alone.error = f"The model failed on this request alone: {error}"
        return [alone]

    def _add(self, manager: Any, sequence: Sequence) -> None:
        self._count += 1
        request_id = f"{sequence.request_id}#{self._count}"
        added = manager.add_request(
            sequence.prompt,
            request_id=request_id,
            max_new_tokens=sequence.sampling.max_new_tokens,
            eos_token_id=list(sequence.stop_tokens),
        )
        if added is None:  # a stopping or dead manager only logs that it drops the request
            raise _stopped_error(manager)
        self._pending[request_id] = sequence

    def _results(self, wait_s: float) -> list[Sequence]:
        """Return the results that are there, or the next one if it comes within `wait_s` seconds."""
        manager = self._kept.manager
        finished: list[Sequence] = []
        while (result := manager.get_result(timeout=0.0 if finished else wait_s)) is not None:
            if result.error and _stopping(manager):  # the step crashed, which fails every request
                while manager.get_result(timeout=_RESULT_WAIT_S) is not None:
                    pass  # the reason is recorded behind the last of them
                break
            sequence = self._pending.pop(result.request_id, None)
            if sequence is None:
                continue  # a request of an earlier drive, which was abandoned
            sequence.tokens = list(result.generated_tokens)
            sequence.error = f"The model failed on this request: {result.error}" if result.error else ""
            if not sequence.error and sequence.may_not_stop and sequence.finish_reason == "stop":
                sequence.restart()  # the manager cannot forbid stop tokens
                self._dense.submit([sequence])
                continue
            finished.append(sequence)
        if not finished and (_stopping(manager) or not manager.is_running()):
            raise _stopped_error(manager)
        return finished


def _stopping(manager: Any) -> bool:
    return manager.background_thread_status.can_accept_new_requests() is not None


def _stopped_error(manager: Any) -> TransientEngineError:
    cause = manager.background_thread_status.fatal_error
    reason = cause or "it accepts no more requests"
    error = TransientEngineError(f"transformers' continuous batching stopped by itself: {reason}.")
    error.__cause__ = cause
    return error


def _lacks_memory(cause: BaseException | None) -> bool:
    """Whether the device or the machine had no memory left: torch's errors of the CPU say so in words alone."""
    return isinstance(cause, (torch.OutOfMemoryError, MemoryError)) or "allocate memory" in str(cause)
