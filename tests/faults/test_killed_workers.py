"""Workers killed over and over: nothing is lost, nothing is stored twice, and the run finishes."""

import os
import signal

from tests.faults.fleet import Fleet
from tests.processes import eventually

PROMPTS = 1_000
KILLS = 20


def test_a_run_survives_twenty_kills(fleet: Fleet) -> None:
    # The only worker at work is killed every second: it may hold the same rows three times (docs/deployment.md).
    fleet.environment["GENERATION_ATTEMPTS"] = str(KILLS)
    run = fleet.start_run(PROMPTS, delay_s=0.01)
    workers = [fleet.forked_worker(), fleet.forked_worker()]
    for kill in range(KILLS):
        aim = (kill + 1) * (PROMPTS // (KILLS + 2))
        assert eventually(lambda aim=aim: fleet.done() >= aim), fleet.output()[-4000:]
        os.kill(workers.pop(0), signal.SIGKILL)
        workers.append(fleet.forked_worker())
    assert fleet.done() < PROMPTS, "killed too late to show anything"
    assert eventually(lambda: fleet.run_status(run) != "running"), fleet.statuses()
    # A killed worker had made at most one call whose result it had not stored.
    fleet.requires_each_generation_once(run, PROMPTS, repeated_calls=KILLS)
    assert f"{PROMPTS} / {PROMPTS}" in fleet.page(run)


def test_workers_that_race_for_every_row_share_them(fleet: Fleet) -> None:
    workers = [fleet.forked_worker() for _ in range(3)]
    run = fleet.start_run(150, delay_s=0, batch_size=1)
    assert eventually(lambda: fleet.run_status(run) == "done"), fleet.output()[-4000:]
    fleet.requires_each_generation_once(run, 150, repeated_calls=0)
    assert len(workers) == 3
