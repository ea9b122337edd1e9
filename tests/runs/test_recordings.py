"""Recordings: the same requests are finished from a file, marked, and nothing else is touched."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotator.runs.errors import RunError
from annotator.runs.models import Generation, Run
from annotator.runs.selectors import run_progress
from annotator.runs.selectors.recordings import recording_lines
from annotator.runs.services.recordings import recording_load
from annotator.studies.services.demo import RECORDING, demo_load, demo_load_recorded
from tests.cast import World

pytestmark = pytest.mark.django_db

STATUS = Generation.Status
MADE_AT = datetime(2026, 11, 30, 12, tzinfo=UTC)


def written(path: Path, runs: list[Run]) -> Path:
    Generation.objects.filter(run__in=runs).update(finished_at=MADE_AT)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in recording_lines(runs))
    return path


def queue_again(run: Run) -> None:
    """Have the generations of a run wait as if it had just been started."""
    for generation in run.generations.all():
        generation.verdicts.all().delete()
    run.generations.update(status=STATUS.QUEUED, completion="", answer="", reasoning="", environment=None)
    Run.objects.filter(pk=run.pk).update(status=Run.Status.RUNNING)


def test_what_was_recorded_comes_back_with_its_verdicts_and_its_mark(world: World, tmp_path: Path) -> None:
    run = world.first_run
    before = list(run.generations.values_list("position", "completion", "answer", "completion_tokens", "latency_s"))
    verdicts = [row.verdicts.count() for row in run.generations.all()]
    recording = written(tmp_path / "run.jsonl.gz", [run])
    world.study.cases.all().delete()
    queue_again(run)

    assert recording_load(path=recording, runs=[run], prompts=100) == len(before)

    rows = run.generations.order_by("position")
    assert list(rows.values_list("position", "completion", "answer", "completion_tokens", "latency_s")) == before
    assert [row.verdicts.count() for row in rows] == verdicts
    assert rows[0].recorded_at == MADE_AT
    assert {row.claimed_by for row in rows} == {""}
    run.refresh_from_db()
    assert run.status == Run.Status.DONE
    assert run_progress(run).recorded == len(before)
    assert recording_load(path=recording, runs=[run], prompts=100) == 0, "again changes nothing"


def test_only_the_first_prompts_and_only_the_same_requests_are_taken(world: World, tmp_path: Path) -> None:
    run = world.first_run
    recording = written(tmp_path / "run.jsonl.gz", [run])
    world.study.cases.all().delete()
    queue_again(run)
    run.generations.filter(position=0).update(fingerprint="generation-2:another-request")
    assert recording_load(path=recording, runs=[run], prompts=2) == 1
    assert list(run.generations.filter(status=STATUS.DONE).values_list("position", flat=True)) == [1]
    assert run_progress(run).tokens_per_s is None, "the times of a recording are no rate of this machine"


def test_an_unfinished_run_is_not_recorded(world: World) -> None:
    world.first_run.generations.filter(position=0).update(status=STATUS.QUEUED)
    with pytest.raises(RunError, match=r"generations are done; wait until all are"):
        list(recording_lines([world.first_run]))


def test_without_a_demo_there_is_nothing_to_record(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="`make demo`"):
        call_command("record_demo", output=tmp_path / "out")


def test_the_demo_begins_with_cases_from_the_recording_that_is_committed() -> None:
    """It fits only while strategies, sampling and prompts are those that it was made with.

    When this fails, record anew: `.venv/bin/python manage.py demo --recorded 0`, then `record_demo`.
    """
    demo = demo_load()
    assert demo_load_recorded(demo=demo, prompts=2) == 2
    assert demo_load_recorded(demo=demo, prompts=2) == 0
    case = demo.study.cases.select_related("first", "second").order_by("pk")[0]
    assert case.first.recorded_at
    assert case.second.reasoning, "cot_forced reasons"
    assert case.second.calls.count() >= 2
    assert demo.study.first_run.generations.filter(status=STATUS.QUEUED).count() == 46


def test_the_recording_names_weights_environment_and_every_generation() -> None:
    with gzip.open(RECORDING, "rt", encoding="utf-8") as file:
        head, *lines = (json.loads(line) for line in file)
    assert len(head["weights"]["sha256"]) == 64
    assert len(lines) == head["generations"] == 96
    assert {line["environment"] for line in lines} == set(head["environments"])
    assert all(line["completion_tokens"] == sum(call["completion_tokens"] for call in line["calls"]) for line in lines)
