"""Benchmark of masked diffusion: tokens per second of the backend's decoder beside the literal reference.

Run as `make bench-diffusion`. A LLaDA-shaped model with random weights, on the CPU in float32, answers prompts of a few
lengths in one batch: by the reference (whole canvas, every step), by the decoder without a cache, and with the dual
cache. The arms run in turn, `--rounds` times. Says whether the tokens are equal, which is promised without the cache
alone. The last line is one JSON object: `ratio_to_reference` is that of the dual cache, by medians.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

import torch  # noqa: E402  a script's own folder comes first

from annotator.sampling import Sampling  # noqa: E402
from tests.workers.engine.local import masked, slow_diffusion  # noqa: E402
from workers.engine.local.mask_predictor import Row  # noqa: E402

Answers = list[list[int]]


def main() -> None:
    arguments = parse()
    torch.set_num_threads(arguments.threads)
    model = masked.llada(
        vocab_size=arguments.vocabulary, hidden_size=arguments.hidden, intermediate_size=3 * arguments.hidden,
        num_hidden_layers=arguments.layers, num_attention_heads=8, max_position_embeddings=2048, initializer_range=0.05,
    )  # fmt: skip
    prompts = [
        [(7 * row + 3 * place) % 50 for place in range(length)]
        for row, length in enumerate((arguments.prompt, arguments.prompt // 2, arguments.prompt // 3))
    ]
    arms: dict[str, Callable[[], Answers]] = {
        "reference": lambda: reference(model, prompts, arguments),
        "no cache": lambda: decoder(model, prompts, arguments),
        "dual cache": lambda: decoder(model, prompts, arguments, cached=True),
    }
    speeds: dict[str, list[float]] = {name: [] for name in arms}
    answers: dict[str, Answers] = {}
    for _ in range(arguments.rounds):
        for name, arm in arms.items():
            started = time.perf_counter()
            answers[name] = arm()
            speeds[name].append(sum(map(len, answers[name])) / (time.perf_counter() - started))
            print(f"{name:24}{speeds[name][-1]:>8.1f} tokens/s, load {os.getloadavg()[0]:.1f}", flush=True)
    medians = {name: statistics.median(values) for name, values in speeds.items()}
    same = [ours == theirs for ours, theirs in zip(answers["dual cache"], answers["reference"], strict=True)]
    report = {
        "tokens_per_second": {name: round(value, 1) for name, value in medians.items()},
        "ratio_to_reference": round(medians["dual cache"] / medians["reference"], 2),
        "equal_without_cache": answers["no cache"] == answers["reference"],
        "equal_answers_with_cache": f"{sum(same)} of {len(same)}",
        "prompts": len(prompts), "new_tokens": arguments.new_tokens, "block_length": arguments.block_length,
        "parameters": sum(weight.numel() for weight in model.parameters()), "threads": arguments.threads,
    }  # fmt: skip
    print(json.dumps(report))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--vocabulary", type=int, default=8000)
    parser.add_argument("--prompt", type=int, default=96, help="tokens of the longest of three prompts")
    parser.add_argument("--new-tokens", type=int, default=128)
    parser.add_argument("--block-length", type=int, default=32)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def reference(model: torch.nn.Module, prompts: list[list[int]], arguments: argparse.Namespace) -> Answers:
    width = max(map(len, prompts))
    lefts = [width - len(prompt) for prompt in prompts]
    canvas = slow_diffusion.generate(
        model,
        torch.tensor([[0] * left + prompt for left, prompt in zip(lefts, prompts, strict=True)]),
        gen_length=arguments.new_tokens,
        block_length=arguments.block_length,
        steps=arguments.new_tokens,
        mask_id=masked.MASK,
        attention_mask=torch.tensor([[0] * left + [1] * (width - left) for left in lefts]),
    )
    return [row[width:].tolist() for row in canvas]


def decoder(
    model: torch.nn.Module,
    prompts: list[list[int]],
    arguments: argparse.Namespace,
    *,
    cached: bool = False,
) -> Answers:
    length = arguments.block_length
    predictor = masked.predictor(model, block_length=length, cached=cached)
    answers: Answers = [[] for _ in prompts]
    for number, left in enumerate(range(arguments.new_tokens - length, -1, -length)):
        pairs = zip(prompts, answers, strict=True)
        blocks = predictor.fill([Row(prompt, answer, left, Sampling(), number) for prompt, answer in pairs])
        answers = [[*answer, *block] for answer, block in zip(answers, blocks, strict=True)]
    return answers


if __name__ == "__main__":
    main()
