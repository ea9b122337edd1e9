"""Stored counts of finished runs: those of the rows, and gone before anything in the run changes."""

from io import StringIO

import pytest
from django.core.management import call_command

from annotator.runs.models import Generation, JudgeReply, Run, RunResultCounts, Verdict
from annotator.runs.result_counts import ResultCounts
from annotator.runs.selectors import repeat_results, run_results
from annotator.runs.selectors.result_counts import result_counts, results_count
from annotator.runs.services import run_resume
from annotator.runs.services.result_counts import result_counts_delete, result_counts_store_next
from tests.cast import World, judge_reply

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]


def store_all() -> int:
    stored = 0
    while result_counts_store_next():
        stored += 1
    return stored


def test_stored_counts_are_those_of_the_rows(world: World) -> None:
    run = world.second_run
    decision = {"chose": "pipeline", "probability": 0.7, "note": "Unread.", "then": {"chose": "cot"}}
    run.generations.filter(position=0).update(decision=decision)
    Verdict.objects.filter(generation__run=run, generation__position=1).update(strict=None)
    counted = results_count([run])[run.pk]
    assert counted.decisions == {("pipeline", "cot"): 1}
    assert counted.accuracies["answer"].strict.prompts.unverifiable == 1
    live = run_results([run]), repeat_results(run)
    assert store_all() == 2
    assert result_counts([run])[run.pk] == counted == ResultCounts.from_json(counted.to_json())
    assert (run_results([run]), repeat_results(run)) == live


def test_a_finished_run_is_read_without_its_generations(world: World, django_assert_num_queries) -> None:
    store_all()
    run = world.second_run
    with django_assert_num_queries(2):  # the group of its repeats, and the stored counts
        assert repeat_results(run).generations == 4


def test_a_run_that_goes_on_or_is_judged_is_not_stored(world: World) -> None:
    Run.objects.filter(pk=world.first_run.pk).update(status="running")
    reply = judge_reply(world.second_run.generations.earliest("position"))
    JudgeReply.objects.filter(pk=reply.pk).update(status="queued", mark="", judge=world.language_model)
    assert store_all() == 0
    JudgeReply.objects.filter(pk=reply.pk).update(status="failed")
    assert store_all() == 1
    assert RunResultCounts.objects.get().run == world.second_run


def test_trying_the_failed_ones_again_deletes_the_counts(world: World) -> None:
    run = world.first_run
    run.generations.filter(position=0).update(status="failed")
    assert store_all() == 2
    assert run_resume(run=run)
    assert not RunResultCounts.objects.filter(run=run).exists()
    assert run_results([run]).generations == 3
    Generation.objects.filter(run=run).update(status="done")
    Run.objects.filter(pk=run.pk).update(status="done")
    assert store_all() == 1
    assert run_results([run]).generations == 4


def test_a_command_counts_anew_and_says_which_counts_were_wrong(world: World) -> None:
    store_all()
    world.first_run.generations.filter(position=0).update(finish_reason="length")  # by hand
    out = StringIO()
    call_command("count_results", stdout=out)
    assert f"run {world.first_run.pk}: other counts were stored" in out.getvalue()
    assert "2 runs counted, 1 with other counts before." in out.getvalue()
    assert result_counts([world.first_run])[world.first_run.pk].finish_reasons["length"] == 1
    result_counts_delete(run_id=world.first_run.pk)
    assert result_counts([world.first_run])[world.first_run.pk].finish_reasons["length"] == 1
