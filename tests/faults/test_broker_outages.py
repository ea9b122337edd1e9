"""A broker that is emptied or restarted in mid-run: the rows are found again, and each is generated once."""

from tests.faults.fleet import Fleet
from tests.processes import eventually

PROMPTS = 200


def test_a_flushed_broker_loses_no_row(fleet: Fleet) -> None:
    run = fleet.start_run(PROMPTS)
    fleet.flush_broker()  # before any worker could read the message
    worker = fleet.worker()
    assert eventually(lambda: fleet.done() > PROMPTS // 4), fleet.output()[-4000:]
    fleet.flush_broker()
    assert eventually(lambda: fleet.run_status(run) == "done"), fleet.output()[-4000:]
    assert worker.poll() is None
    fleet.requires_each_generation_once(run, PROMPTS, repeated_calls=0)


def test_a_broker_that_is_killed_and_started_again_holds_up_nothing(fleet: Fleet) -> None:
    run = fleet.start_run(PROMPTS)
    worker = fleet.worker()
    assert eventually(lambda: fleet.done() > PROMPTS // 4), fleet.output()[-4000:]
    fleet.kill_broker()
    assert eventually(lambda: fleet.run_status(run) == "done"), "a run goes on without a broker"
    fleet.python(
        "from annotator.datasets.models import Dataset\n"
        "from annotator.runs.models import LanguageModel\n"
        "from annotator.runs.services import run_start\n"
        "run_start(dataset=Dataset.objects.get(), language_model=LanguageModel.objects.get(), strategy='cot')"
    )  # no message leaves, and nobody is told off for it
    fleet.start_broker()
    assert eventually(lambda: fleet.done() == 2 * PROMPTS), fleet.output()[-4000:]
    assert worker.poll() is None
    assert fleet.calls().total() == 2 * PROMPTS
