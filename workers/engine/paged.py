"""Paged batches: transformers' own continuous batching, which is the faster way on CUDA.

Owns the life of its manager, which decodes in its own thread. Greedy rows only: the manager has one seed for all.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from transformers import GenerationConfig

from workers.engine.errors import TransientEngineError
from workers.engine.rows import Row

_PATIENCE_S = 1.0
"""How long to wait for a result before looking whether the manager still lives."""


def decode(model: Any, rows: Iterable[Row], *, batch_size: int) -> Iterator[Row]:
    """Yield every row once it is finished, in completion order, with at most `batch_size` in the manager's hands."""
    source, pending = iter(rows), dict[str, Row]()
    manager = model.init_continuous_batching(generation_config=GenerationConfig(do_sample=False, eos_token_id=-1))
    manager.start()
    try:
        while True:
            for row in islice(source, batch_size - len(pending)):
                if row.finish_reason:
                    yield row
                else:
                    pending[row.request_id] = row
                    manager.add_request(
                        row.prompt,
                        request_id=row.request_id,
                        max_new_tokens=row.sampling.max_new_tokens,
                        eos_token_id=list(row.stops),
                    )
            if not pending:
                return
            yield from _finished(manager, pending)
    finally:
        manager.stop(block=True, hard_stop=True)
        manager.destroy()


def _finished(manager: Any, pending: dict[str, Row]) -> Iterator[Row]:
    """The next result, if one comes in time."""
    result = manager.get_result(timeout=_PATIENCE_S)
    if result is not None and result.is_finished():
        row = pending.pop(result.request_id)
        row.tokens = list(result.generated_tokens)
        row.error = f"The model failed on this request: {result.error}" if result.error else ""
        yield row
    elif not manager.is_running():
        reason = manager.background_thread_status.fatal_error
        raise TransientEngineError(f"transformers' continuous batching stopped by itself: {reason}.")
