"""`make bench-annotate`: Cotrast and Label Studio in turn on one machine; the last line is the ratio of their cycles/s.

As many annotators without a pause, as many cases, and two requests a cycle for both: submit, and fetch the next.
Cotrast is also measured with its script, which needs one request. Both run on PostgreSQL databases of their own, made
and dropped here: DATABASE_URL names the server. Rounds alternate and the medians count, since a machine may be uneven.
Without PostgreSQL, or where Label Studio cannot be installed, Cotrast is measured alone.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.annotate import p95_ms
from benchmarks.databases import empty_database, is_postgresql
from benchmarks.label_studio import Project, label_studio

_ANNOTATE = Path(__file__).with_name("annotate.py")
_FAULTS = ("errors", "lost", "double_assigned", "above_overlap")
Figures = Mapping[str, Any]


def cotrast_round(options: argparse.Namespace, server: str, *mode: str) -> Figures:
    """One round of `benchmarks/annotate.py`, in a process and a database of its own."""
    sizes = ("annotators", "cases", "overlap", "seconds")
    arguments = [word for size in sizes for word in (f"--{size}", str(getattr(options, size)))]
    command = [sys.executable, str(_ANNOTATE), *arguments, *mode]
    with _database(server) as environment:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"The benchmark of Cotrast failed:\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


@contextmanager
def _database(server: str) -> Iterator[dict[str, str]]:
    """The environment with an empty database in it; without a server it is the round's own SQLite file."""
    without = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    if not server:
        yield without
        return
    with empty_database(server) as url:
        yield {**without, "DATABASE_URL": url}


def label_studio_round(project: Project, seconds: float) -> Figures:
    """One round of Label Studio."""
    tallies, elapsed = project.measure(seconds)
    return {
        "cycles_per_s": round(sum(len(tally.submit) for tally in tallies) / elapsed, 1),
        "p95_submit_ms": p95_ms([waited for tally in tallies for waited in tally.submit]),
        "p95_next_ms": p95_ms([waited for tally in tallies for waited in tally.following]),
    }


def rounds(options: argparse.Namespace, server: str, project: Project | None) -> dict[str, list[Figures]]:
    """Measure in turn, so that other load on the machine affects all alike; print each figure as it comes."""
    measured: dict[str, list[Figures]] = {"cotrast": [], "label_studio": [], "with_script": []}
    for number in range(1, options.rounds + 1):
        for name, rows in measured.items():
            if name == "label_studio":
                figures = label_studio_round(project, options.seconds) if project else None
            else:
                figures = cotrast_round(options, server, *([] if name == "with_script" else ["--without-script"]))
            if figures is None:
                continue
            rows.append(figures)
            print(
                f"round {number}  {name:<12}  {figures['cycles_per_s']:6} cycles/s   p95 of submit "
                f"{figures['p95_submit_ms']:7} ms, of next {figures['p95_next_ms']:7} ms",
                flush=True,
            )
    return measured


def summary(measured: Mapping[str, Sequence[Figures]]) -> dict[str, Any]:
    """The medians of the rounds. `ratio` is the median of the rounds' ratios, null without Label Studio.

    `ratio_with_script` compares what the pages of both really send: one request a cycle here, two there.
    """
    ours, theirs, script = (measured[name] for name in ("cotrast", "label_studio", "with_script"))
    ratios = {
        name: round(median(own / other for own, other in zip(_rates(rows), _rates(theirs), strict=True)), 1)
        for name, rows in (("ratio", ours), ("ratio_with_script", script))
        if theirs
    }
    medians = {
        f"{name}{figure}": round(median(row[figure] for row in rows), 1)
        for name, rows in (("", ours), ("with_script_", script), ("label_studio_", theirs))
        if rows
        for figure in ("cycles_per_s", "p95_submit_ms", "p95_next_ms")
    }
    faults = sum(abs(row[fault]) for row in (*ours, *script) for fault in _FAULTS)
    return {"ratio": None, **ratios, **medians, "rounds": len(ours), "faults": faults}


def _rates(rows: Sequence[Figures]) -> list[float]:
    return [row["cycles_per_s"] for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--annotators", type=int, default=16)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--overlap", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--label-studio", type=Path, default=Path(".venv-label-studio/bin/label-studio"))
    parser.add_argument("--label-studio-port", type=int, default=8787)
    options = parser.parse_args()
    server = os.environ.get("DATABASE_URL", "")
    if server and not is_postgresql(server):
        raise SystemExit("DATABASE_URL names no PostgreSQL server: set postgres://USER:PASSWORD@HOST:PORT/NAME.")
    if not server or not options.label_studio.exists():
        missing = f"{options.label_studio} is not there" if server else "DATABASE_URL names no PostgreSQL server"
        print(f"Label Studio is not measured: {missing}.")
        measured = rounds(options, server, None)
    else:
        with (
            empty_database(server) as database,
            label_studio(
                options.label_studio.absolute(),
                database=database,
                port=options.label_studio_port,
                annotators=options.annotators,
                cases=options.cases,
                overlap=options.overlap,
            ) as project,
        ):
            measured = rounds(options, server, project)
    figures = summary(measured)
    print(json.dumps({**figures, "annotators": options.annotators, "cases": options.cases}))
    if figures["faults"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
