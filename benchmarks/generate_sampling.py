"""Cost of sampling: CPU time of drawing tokens beside a greedy step, and model calls of mixed requests."""

import time
from collections.abc import Callable
from typing import Any

from workers.engine import Message, Request, Sampling

Measure = dict[str, Any]


def sampling_cost(backend: Any, prompts: list[str], rows: int = 32, steps: int = 20) -> Measure:
    """Measure the CPU time of sampling `rows` tokens, of a greedy step, and of the greedy choice within it.

    The batch has a few dozen columns, the shortest case: in longer ones a step costs more and sampling the same.
    """
    from workers.engine.local.continuous_batching import DenseBatch
    from workers.engine.local.sequences import append_next_tokens

    greedy, beside, sampled = (
        [backend._sequence(request) for request in requests_of(prompts, rows, max_new_tokens=steps + 2, **settings)]
        for settings in ({}, {}, {"temperature": 0.7, "top_p": 0.95})
    )
    for sequence in (*greedy, *beside, *sampled):
        sequence.stop_tokens = frozenset()
    batch, seen, times = DenseBatch(backend._model), [], {"step": 0.0, "greedy": 0.0, "sampled": 0.0}
    hook = backend._model.register_forward_hook(lambda model, inputs, output: seen.append(output.logits[:, -1]))
    batch.admit(greedy)
    append_next_tokens(sampled, seen[-1])
    for _ in range(steps):
        times["step"] += cpu_seconds(batch.step)
        times["greedy"] += cpu_seconds(lambda: append_next_tokens(beside, seen[-1]))
        times["sampled"] += cpu_seconds(lambda: append_next_tokens(sampled, seen[-1]))
    hook.remove()
    step_ms, greedy_ms, sampled_ms = (1000 * times[name] / steps for name in ("step", "greedy", "sampled"))
    share = (sampled_ms - greedy_ms) / step_ms
    return {"rows": rows, "step_ms": step_ms, "greedy_ms": greedy_ms, "sampled_ms": sampled_ms, "share": share}


def mixed_calls(backend: Any, prompts: list[str], count: int = 32, new_tokens: int = 20) -> Measure:
    """Count the model calls for `count` requests in batches of 16: all greedy, and greedy and sampled in turn."""
    calls, stops, size = [], backend._stop_tokens, backend.batch_size
    backend._stop_tokens, backend.batch_size = frozenset(), 16  # answers of equal length, whatever is drawn
    hook = backend._model.register_forward_hook(lambda model, inputs, output: calls.append(1))
    counts = []
    for temperature in (0.0, 0.7):
        calls.clear()
        requests = requests_of(prompts, count, max_new_tokens=new_tokens)
        requests[1::2] = requests_of(prompts, count, max_new_tokens=new_tokens, temperature=temperature)[1::2]
        assert sum(not completion.error for completion in backend.complete(requests)) == count
        counts.append(len(calls))
    hook.remove()
    backend._stop_tokens, backend.batch_size = stops, size
    greedy, mixed = counts
    return {"requests": count, "greedy_calls": greedy, "mixed_calls": mixed, "ratio": mixed / greedy}


def requests_of(prompts: list[str], count: int, **sampling: Any) -> list[Request]:
    """Return `count` requests, each with its own seed; the prompts repeat."""
    return [
        Request(str(key), (Message("user", prompts[key % len(prompts)]),), Sampling(seed=key, **sampling))
        for key in range(count)
    ]


def cpu_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
