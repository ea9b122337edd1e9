"""Arms of the generation benchmark: the same prompts by each loop.

Loads the model once. Measures the generation alone, and the peak of memory meanwhile.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.generate_pipeline import forget_peak, peak_mb, pipeline
from benchmarks.generate_sampling import mixed_calls, sampling_cost
from workers.engine import Message, Request, Sampling, load_backend

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED_DATA = Path(os.environ.get("COTRAST_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
PREFIX_PROMPTS, PREFIX_NEW_TOKENS = 8, 32

Measure = dict[str, Any]


class Loaded:
    """The model and the prompts of all arms, loaded once, when the first arm needs the model."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        self._records = read_records(arguments.prompts)
        self._backend: Any = None

    def measure(self, arm: str) -> Measure:
        """Measure one arm. Raises ValueError for an arm that does not exist."""
        if arm == "pipeline":
            return pipeline(self._records, self._arguments)
        backend, prompts = self._model(), [record["prompt"] for record in self._records]
        sampling = Sampling(max_new_tokens=self._arguments.new_tokens)
        name, _, size = arm.partition(" ")
        if name == "continuous":
            backend.batch_size = int(size)
            return timed(lambda: continuous(backend, prompts, sampling))
        if arm == "generate_batch":
            return timed(lambda: generate_batch(backend, prompts, sampling))
        if name == "generate":
            return timed(lambda: static(backend, prompts, sampling, int(size)))
        if name == "prefix":
            return prefixed(backend, prompts, self._arguments.exemplars, shares=size == "on")
        if name == "sampling":
            return {"sampling": sampling_cost(backend, prompts), "mixed": mixed_calls(backend, prompts)}
        raise ValueError(f"unknown arm {arm!r}")

    def _model(self) -> Any:
        if self._backend is None:
            options, serving = {"dtype": self._arguments.dtype}, {"threads": self._arguments.threads}
            self._backend = load_backend("transformers", self._arguments.model, "", options, serving)
            continuous(self._backend, ["Say hello."], Sampling(max_new_tokens=4))  # the first calls are slower
        return self._backend


def read_records(count: int) -> list[dict[str, Any]]:
    """The first prompts of IFEval where the shared data is, else the repository's own."""
    path = SHARED_DATA / "ifeval" / "input_data.jsonl"
    path = path if path.is_file() else REPOSITORY / "fixtures" / "prompts.jsonl"
    return [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines()[:count]]


def timed(generate: Callable[[], int]) -> Measure:
    forget_peak(os.getpid())
    wall, cpu = time.perf_counter(), time.process_time()
    tokens = generate()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {
        "tokens": tokens,
        "seconds": round(wall, 2),
        "tokens_per_second": round(tokens / wall, 2),
        "cpu_seconds": round(cpu, 2),
        "peak_rss_mb": peak_mb(os.getpid()),
        "load": os.getloadavg()[0],
    }


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


def generate_batch(backend: Any, prompts: list[str], sampling: Sampling) -> int:
    """Answer the prompts by transformers' continuous batching, with pages for all of them."""
    from transformers import ContinuousBatchingConfig, GenerationConfig

    inputs = [
        backend._sequence(Request(str(key), (Message("user", prompt),), sampling)).prompt
        for key, prompt in enumerate(prompts)
    ]
    page = 32
    pages = sum(-(-(len(tokens) + sampling.max_new_tokens) // page) for tokens in inputs)
    results = backend._model.generate_batch(
        inputs,
        generation_config=GenerationConfig(
            max_new_tokens=sampling.max_new_tokens, do_sample=False, eos_token_id=list(backend._stop_tokens)
        ),
        continuous_batching_config=ContinuousBatchingConfig(
            num_blocks=pages + len(inputs), page_size=page, max_batch_tokens=2048
        ),
    )
    assert len(results) == len(inputs)
    return sum(len(result.generated_tokens) for result in results.values())


def prefixed(backend: Any, prompts: list[str], exemplars: int, *, shares: bool) -> Measure:
    """Answer a few prompts behind the same exemplars, each an earlier turn of user and assistant."""
    from workers.engine.local.continuous_batching import ContinuousBatch
    from workers.engine.local.decoding import decode

    rows = (REPOSITORY / "fixtures" / "exemplars.jsonl").read_text(encoding="utf-8").splitlines()
    shown = [json.loads(rows[index % len(rows)]) for index in range(exemplars)]
    turns = [turn for row in shown for turn in (Message("user", row["prompt"]), Message("assistant", row["answer"]))]
    sampling = Sampling(max_new_tokens=PREFIX_NEW_TOKENS)
    sequences = [
        backend._sequence(Request(str(key), (*turns, Message("user", prompt)), sampling))
        for key, prompt in enumerate(prompts[:PREFIX_PROMPTS])
    ]
    batch = ContinuousBatch(backend._model, backend.batch_size, shares=shares)
    measure = timed(lambda: sum(len(sequence.tokens) for sequence in decode(iter(sequences), batch)))
    assert not any(sequence.error for sequence in sequences)
    return {**measure, "longest_prompt_tokens": max(len(sequence.prompt) for sequence in sequences)}
