"""Benchmark of our checkers against lm-eval's IFEval checkers: processor time, and memory for many responses.

Run as `make bench-verify`. The first run installs the reference, lm-eval, into its own environment under
`var/bench-verify` (it is no dependency of ours), and copies the sentence model there. Then both decide the 541
responses of GPT-4, strict and loose, ours with evidence, alternately, each warmed up, in its own process on the same
core. A last process decides 100,000 responses and reports its peak memory. Prints a table, then one JSON object as the
last line.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
import types
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED_DATA = Path(os.environ.get("COTRAST_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
HOME = REPOSITORY / "var" / "bench-verify"
PACKAGES = (
    "lm_eval==0.4.13", "langdetect==1.0.9", "nltk==3.9.4", "immutabledict==4.3.1", "six==1.17.0", "packaging==26.0",
    "regex==2026.11.15", "click==8.5.1", "joblib==1.6.0", "tqdm==4.70.1",
)  # fmt: skip
TURNS, ROUNDS = 3, 3
MANY = 100_000
Verdicts = list[tuple[list[bool | None], list[bool | None]]]


def install_reference() -> Path:
    """Return the Python of the reference environment; installs it unless these versions are installed."""
    python, stamp = HOME / "bin" / "python", HOME / "installed.json"
    if not stamp.is_file() or json.loads(stamp.read_text()) != list(PACKAGES):
        print(f"installing the reference into {HOME.relative_to(REPOSITORY)} ...", flush=True)
        venv.create(HOME, clear=True, with_pip=True)
        # without dependencies: the IFEval task files need none of torch, datasets or transformers
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", *PACKAGES], check=True)
        copy_sentence_model(HOME / "nltk_data" / "tokenizers" / "punkt_tab" / "english")
        stamp.write_text(json.dumps(list(PACKAGES)))
    return python


def copy_sentence_model(target: Path) -> None:
    from importlib.metadata import distribution

    folder = "llama_index/core/_static/nltk_cache/tokenizers/punkt_tab/english"
    shutil.copytree(str(distribution("llama-index-core").locate_file(folder)), target)


def cases() -> list[tuple[dict[str, Any], str]]:
    """Return GPT-4's responses with their prompts."""
    prompts = {row["prompt"]: row for row in rows("input_data_gpt4.jsonl")}
    return [(prompts[row["prompt"]], row["response"]) for row in rows("responses/gpt4.jsonl")]


def rows(name: str) -> list[dict[str, Any]]:
    with open(SHARED_DATA / "ifeval" / name, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def reference_judge() -> Callable[[], Verdicts]:
    import importlib.util
    import logging

    logging.disable(logging.CRITICAL)
    import langdetect

    langdetect.DetectorFactory.seed = 0
    (root,) = importlib.util.find_spec("lm_eval").submodule_search_locations
    for name in ("lm_eval", "lm_eval.tasks", "lm_eval.tasks.ifeval"):  # their __init__ files import the whole harness
        package = types.ModuleType(name)
        package.__path__ = [root + name.removeprefix("lm_eval").replace(".", "/")]
        sys.modules[name] = package
    from lm_eval.tasks.ifeval import utils

    inputs = [
        (utils.InputExample(row["key"], row["instruction_id_list"], row["prompt"], row["kwargs"]), response)
        for row, response in cases()
    ]

    def judge() -> Verdicts:
        return [
            (
                utils.test_instruction_following_strict(example, response).follow_instruction_list,
                utils.test_instruction_following_loose(example, response).follow_instruction_list,
            )
            for example, response in inputs
        ]

    return judge


def our_judge() -> Callable[[], Verdicts]:
    sys.path.insert(0, str(REPOSITORY))
    from annotator.constraints import ConstraintSpec, check_all, punkt, tokens

    inputs = [
        ([ConstraintSpec(*pair) for pair in zip(row["instruction_id_list"], row["kwargs"], strict=True)], response)
        for row, response in cases()
    ]

    def judge() -> Verdicts:
        punkt._cached_decision.cache_clear()  # each round starts with empty caches
        tokens._cached_capital_tokens.cache_clear()
        decisions = [check_all(specs, response) for specs, response in inputs]
        return [
            ([decision.strict.obeyed for decision in response], [decision.loose.obeyed for decision in response])
            for response in decisions
        ]

    return judge


def measure(judge: Callable[[], Verdicts]) -> dict[str, Any]:
    """Measure seconds of processor time for each round, after a first round that warms up."""
    verdicts, seconds = judge(), []
    for _ in range(ROUNDS):
        start = time.process_time()
        judge()
        seconds.append(time.process_time() - start)
    return {"seconds": seconds, "verdicts": verdicts}


def judge_many() -> dict[str, Any]:
    judge = our_judge()
    start, judged = time.process_time(), 0
    while judged < MANY:
        judged += len(judge())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"responses": judged, "seconds": time.process_time() - start, "peak_rss_mb": peak / 1024}


def in_process(python: str | Path, part: str) -> dict[str, Any]:
    """Run one part of this file in its own process, on the first core that this process may use."""
    core = min(os.sched_getaffinity(0))
    done = subprocess.run(
        [python, __file__, "--part", part],
        env=os.environ | {"NLTK_DATA": str(HOME / "nltk_data")},
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def compare(python: Path) -> dict[str, Any]:
    reference_times: list[float] = []
    our_times: list[float] = []
    for _ in range(TURNS):
        reference, cotrast = in_process(python, "reference"), in_process(sys.executable, "ours")
        reference_times += reference["seconds"]
        our_times += cotrast["seconds"]
    pairs = [
        (their, our)
        for reference_case, our_case in zip(reference["verdicts"], cotrast["verdicts"], strict=True)
        for their_list, our_list in zip(reference_case, our_case, strict=True)
        for their, our in zip(their_list, our_list, strict=True)
    ]
    reference_s, ours_s = statistics.median(reference_times), statistics.median(our_times)
    return {
        "responses": len(cotrast["verdicts"]),
        "verdicts": len(pairs),
        "different": sum(their != our for their, our in pairs),
        "reference_s": round(reference_s, 4),
        "ours_s": round(ours_s, 4),
        "ours_ms_per_response": round(1000 * ours_s / len(cotrast["verdicts"]), 4),
        "ratio": round(reference_s / ours_s, 2),
    }


def report(figures: dict[str, Any]) -> None:
    lines = [
        ("responses of GPT-4, strict + loose", f"{figures['responses']:,}"),
        ("lm-eval 0.4.13", f"{figures['reference_s']:.3f} s"),
        ("ours, with evidence", f"{figures['ours_s']:.3f} s"),
        ("speed-up", f"{figures['ratio']:.1f} x"),
        ("verdicts that differ", f"{figures['different']} of {figures['verdicts']:,}"),
        (f"{figures['many_responses']:,} responses in one process", f"{figures['many_s']:.1f} s"),
        ("its peak memory", f"{figures['many_peak_rss_mb']:.0f} MB"),
    ]
    for name, value in lines:
        print(f"{name:<42} {value:>12}")
    print("differing verdicts: the official code draws a random letter where the data asks for # or !")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=["reference", "ours", "many"], help=argparse.SUPPRESS)
    part = parser.parse_args().part
    if part:
        parts = {
            "reference": lambda: measure(reference_judge()),
            "ours": lambda: measure(our_judge()),
            "many": judge_many,
        }
        print(json.dumps(parts[part]()))
        return
    if not SHARED_DATA.is_dir():
        sys.exit(f"the shared data is not at {SHARED_DATA}; set COTRAST_SHARED_DATA to the folder that holds ifeval/")
    figures = compare(install_reference())
    figures |= {f"many_{name}": value for name, value in in_process(sys.executable, "many").items()}
    figures["many_s"] = round(figures.pop("many_seconds"), 2)
    report(figures)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
