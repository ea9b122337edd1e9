"""Connections to PostgreSQL cut in mid-run: no result is lost, and no model is called a second time for it."""

import pytest

from tests.faults.fleet import ON_POSTGRESQL, Fleet
from tests.processes import eventually

pytestmark = pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite has no connections to cut: set DATABASE_URL")

PROMPTS = 200
CUTS = 8
_CUT = (
    "select count(pg_terminate_backend(pid)) from pg_stat_activity "
    "where datname = current_database() and pid <> pg_backend_pid()"
)


def test_cut_connections_lose_no_row_and_repeat_no_call(fleet: Fleet) -> None:
    run = fleet.start_run(PROMPTS, delay_s=0.03)
    workers = [fleet.worker(), fleet.worker()]
    cut = 0
    for number in range(CUTS):
        aim = (number + 1) * PROMPTS // (CUTS + 2)
        assert eventually(lambda aim=aim: fleet.done() >= aim), fleet.output()[-4000:]
        cut += fleet.rows(_CUT)[0][0]
    assert cut >= CUTS
    assert eventually(lambda: fleet.run_status(run) == "done"), fleet.output()[-4000:]
    assert [worker.poll() for worker in workers] == [None, None]
    fleet.requires_each_generation_once(run, PROMPTS, repeated_calls=0)
