"""Pause, resume and cancellation of a run that a worker is in the middle of: each takes effect within five seconds."""

import time

from tests.faults.fleet import Fleet
from tests.processes import eventually

EFFECT_S = 5.0
PROMPTS = 2_000
_ACT = """
from annotator.runs import services
from annotator.runs.models import Run
assert services.run_{verb}(run=Run.objects.get())
"""


def test_a_worker_in_mid_run_follows_within_seconds(fleet: Fleet) -> None:
    fleet.start_run(PROMPTS, delay_s=0.1, batch_size=16)
    fleet.worker()
    assert eventually(lambda: fleet.done() > 10), fleet.output()[-4000:]
    for verb, status in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        fleet.python(_ACT.format(verb=verb))
        assert fleet.run_status(1) == status
        if status == "running":
            before = fleet.done()
            assert eventually(lambda before=before: fleet.done() > before, EFFECT_S), fleet.output()[-4000:]
            continue
        assert eventually(lambda: fleet.statuses()["claimed"] == 0, EFFECT_S), fleet.statuses()
        made = fleet.calls().total()
        time.sleep(1)
        assert fleet.calls().total() == made == fleet.done(), "nothing is begun any more, and what was begun is stored"
    # What was claimed and not begun counts as no attempt.
    assert fleet.rows("select count(*) from runs_generation where status = 'queued' and attempts > 0") == [(0,)]
