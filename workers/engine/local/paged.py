"""Paged batches: transformers' own continuous batching, for CUDA.

Owns the start and stop of transformers' manager, which decodes in its own thread. The manager has one seed for all
requests and either samples all or none, so it gets the greedy sequences; sampled ones, and those that it ended blank
though they may not be, decode in a dense batch, whose steps alternate with the manager's. Knows nothing of strategies.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from transformers import GenerationConfig
from transformers.generation.continuous_batching.utils import WorkloadHints

from workers.engine.errors import TransientEngineError
from workers.engine.local.continuous_batching import ContinuousBatch
from workers.engine.local.decoding import FAILURES
from workers.engine.local.sequences import Sequence

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
    """A decoder on transformers' manager. Request ids are numbered, so that a late result matches no newer request."""

    def __init__(self, model: Any, manager: KeptManager, batch_size: int) -> None:
        self._kept, self._batch_size = manager, batch_size
        self._dense = ContinuousBatch(model, batch_size)
        self._pending: dict[str, Sequence] = {}  # greedy ones, by the manager's request id
        self._count = 0

    @property
    def unfinished(self) -> int:
        return len(self._pending) + self._dense.unfinished

    @property
    def free_slots(self) -> int:
        return max(0, min(self._batch_size - self.unfinished, self._dense.free_slots))

    def submit(self, sequences: list[Sequence]) -> None:
        """Add sequences. Raises TransientEngineError when the manager accepts no request."""
        self._dense.submit([sequence for sequence in sequences if sequence.sampled])
        greedy = [sequence for sequence in sequences if not sequence.sampled]
        if not greedy:
            return
        manager = self._kept.start(
            WorkloadHints(
                max_prompt_length=max(len(sequence.prompt) for sequence in greedy),
                max_generated_length=max(sequence.sampling.max_new_tokens for sequence in greedy),
                num_requests=self._batch_size,
            )
        )
        # Prompts that begin alike share pages of the cache if they are added one after the other.
        for sequence in sorted(greedy, key=lambda sequence: sequence.prompt):
            self._add(manager, sequence)

    def advance(self) -> list[Sequence]:
        finished = []
        if self._dense.unfinished:
            with self.paused():
                finished += self._dense.advance()
        if self._pending:
            finished += self._results(wait_s=0.0 if self._dense.unfinished else _RESULT_WAIT_S)
        return finished

    def paused(self) -> AbstractContextManager[Any]:
        """Pause the manager: its thread must not use the model while another batch does."""
        return self._kept.manager.pause() if self._pending and self._kept.running else nullcontext()

    def close(self) -> None:
        self._dense.close()
        self._pending = {}
        self._kept.stop()

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
            if result.error and _stopping(manager):
                break  # the step crashed, which fails every request and is the fault of none
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
    reason = manager.background_thread_status.fatal_error or "it accepts no more requests"
    return TransientEngineError(f"transformers' continuous batching stopped by itself: {reason}.")
