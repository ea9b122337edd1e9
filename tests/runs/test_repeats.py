"""Repeats of a sampled run: started, extended, cancelled, resumed and counted as one thing."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotator.datasets.models import Dataset
from annotator.runs.errors import RunError
from annotator.runs.models import Generation, LanguageModel, Run
from annotator.runs.selectors import repeat_results, run_group, run_groups
from annotator.runs.services import (
    language_model_register,
    run_cancel,
    run_repeats_start,
    run_resume,
    run_start,
)
from tests.cast import finish, make_dataset, verdicts_on
from workers.session import work_until_idle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]

WARM = {"temperature": 0.7, "seed": 3}


@pytest.fixture
def dataset() -> Dataset:
    return make_dataset("everyday")


@pytest.fixture
def model() -> LanguageModel:
    return language_model_register(slug="tiny", backend="scripted", name="tiny")


@pytest.fixture
def runs(dataset: Dataset, model: LanguageModel) -> list[Run]:
    return repeated(dataset, model, 3)


def repeated(dataset: Dataset, model: LanguageModel, repeats: int, **sampling: Any) -> list[Run]:
    started = run_repeats_start(
        repeats=repeats, dataset=dataset, language_model=model, strategy="base", sampling={**WARM, **sampling}
    )
    return [run for run, _created in started]


def test_repeats_are_runs_that_differ_in_their_seed_alone_and_belong_to_the_first(runs: list[Run]) -> None:
    assert [run.sampling["seed"] for run in runs] == [3, 4, 5]
    assert [run.repeat_of for run in Run.objects.order_by("pk")] == [None, runs[0], runs[0]]
    same = [{name: value for name, value in run.sampling.items() if name != "seed"} for run in runs]
    assert same[0] == same[1] == same[2]
    assert Generation.objects.count() == 12


def test_each_repeat_is_generated_anew(runs: list[Run], model: LanguageModel) -> None:
    assert work_until_idle(language_model_id=model.pk, worker="w1") == 12
    assert not Generation.objects.filter(reused_from__isnull=False).exists()
    assert set(Run.objects.values_list("status", flat=True)) == {"done"}


def test_the_same_repeats_again_start_nothing_and_more_of_them_extend_the_first(
    runs: list[Run], dataset: Dataset, model: LanguageModel
) -> None:
    assert repeated(dataset, model, 3) == runs
    longer = repeated(dataset, model, 5)
    assert longer[:3] == runs
    assert [run.repeat_of_id for run in longer] == [None, *[runs[0].pk] * 4]


def test_a_run_that_exists_already_is_taken_into_the_repeats(dataset: Dataset, model: LanguageModel) -> None:
    fields: dict[str, Any] = {"dataset": dataset, "language_model": model, "strategy": "base"}
    alone, _ = run_start(**fields, sampling={**WARM, "seed": 4})
    first, second = repeated(dataset, model, 2)
    alone.refresh_from_db()
    assert (second, alone.repeat_of, run_group(alone).first) == (alone, first, first)
    assert run_group(alone).seeds == [3, 4]


def test_one_repeat_is_a_plain_run_also_where_it_is_greedy(dataset: Dataset, model: LanguageModel) -> None:
    [run] = repeated(dataset, model, 1, temperature=0.0)
    assert (run.repeat_of, run_group(run).repeated) == (None, False)


@pytest.mark.parametrize(
    ("repeats", "sampling", "sentence"),
    [
        (3, {"temperature": 0.0}, "3 repeats at temperature 0 would give the same text 3 times; give a temperature"),
        (0, {}, "0 repeats: give a whole number from 1 to 100."),
        (101, {}, "101 repeats: give a whole number from 1 to 100."),
        (2, {"seed": 2**31 - 1}, "seed=2147483648: give a number from 0 to 2147483647."),
        (2, {"top_p": 2.0}, "top_p=2.0: give a number from 0.01 to 1."),
        (2, {"seed": "x"}, "seed must be of type int, not 'x'"),
    ],
)
def test_repeats_that_cannot_be_are_refused_in_one_sentence_and_start_nothing(
    dataset: Dataset, model: LanguageModel, repeats: int, sampling: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(RunError, match=sentence):
        repeated(dataset, model, repeats, **sampling)
    assert not Run.objects.exists()


@pytest.mark.parametrize(("seed", "taken"), [(4, 4), (2, 3)])
def test_a_run_belongs_to_one_set_of_repeats(
    runs: list[Run], dataset: Dataset, model: LanguageModel, seed: int, taken: int
) -> None:
    with pytest.raises(RunError, match=rf"\(seed {taken}\) belongs to the repeats of run {runs[0].pk} already; start"):
        repeated(dataset, model, 4, seed=seed)
    assert Run.objects.count() == 3


def test_any_of_the_repeats_cancels_and_resumes_them_all(runs: list[Run], model: LanguageModel) -> None:
    assert run_cancel(run=runs[1])
    assert not run_cancel(run=runs[0])
    assert work_until_idle(language_model_id=model.pk, worker="w1") == 0
    assert run_group(runs[2]).status == "cancelled"
    assert run_resume(run=runs[2])
    assert work_until_idle(language_model_id=model.pk, worker="w1") == 12
    assert not run_resume(run=runs[0])


def test_a_list_of_runs_names_each_group_once_with_its_counts(
    runs: list[Run], dataset: Dataset, model: LanguageModel, django_assert_num_queries: Any
) -> None:
    other, _ = run_start(dataset=dataset, language_model=model, strategy="cot")
    runs[1].generations.filter(position=0).update(status="failed")
    finish(runs[2].generations.get(position=0))
    with django_assert_num_queries(1):
        groups = run_groups([other, runs[1], runs[0]])
    assert [(group.first, group.repeated, group.total) for group in groups] == [(other, False, 4), (runs[0], True, 12)]
    assert (groups[1].done, groups[1].failed, groups[1].status) == (1, 1, "running")


def obey(run: Run, *keys: str) -> None:
    """Finish a run; its prompts in `keys` obey all their constraints, the others none."""
    for generation in run.generations.select_related("prompt").all():
        finish(generation)
        generation.verdicts.all().delete()
        for constraint in generation.prompt.constraints.all():
            for verdict in verdicts_on(generation, constraint, generation.prompt.key in keys):
                verdict.save()
    Run.objects.filter(pk=run.pk).update(status="done")


def test_accuracies_are_a_mean_with_its_spread_over_the_finished_repeats_and_tokens_are_summed(
    runs: list[Run], django_assert_max_num_queries: Any
) -> None:
    obey(runs[0], "rain", "tea", "bike", "moon")
    obey(runs[1], "rain", "bike")
    with django_assert_max_num_queries(5):
        results = repeat_results(runs[2])
    assert results.counted == runs[:2]
    answer, completion = results.accuracies
    assert (answer.scope, completion.scope) == ("answer", "completion")
    prompts = answer.strict_prompts
    assert (prompts.values, prompts.mean, prompts.low, prompts.high) == ([1.0, 0.5], 0.75, 0.5, 1.0)
    assert prompts.deviation == pytest.approx(0.3535534)
    assert answer.loose_constraints.values == [1.0, 3 / 5]
    assert results.generations == 8
    assert results.split_statuses == {"clean": 8}
    assert (results.tokens["completion_tokens"], results.tokens["reasoning_tokens"]) == (8 * 58, 0)


def test_one_run_alone_has_no_deviation_and_nothing_finished_has_no_mean(runs: list[Run]) -> None:
    assert repeat_results(runs[0]).accuracies == []
    obey(runs[0], "rain")
    spread = repeat_results(runs[0]).accuracies[0].strict_prompts
    assert (spread.mean, spread.deviation) == (0.25, None)


def command(*args: object) -> list[str]:
    out = StringIO()
    call_command("start_run", *map(str, args), stdout=out, stderr=out)
    return out.getvalue().splitlines()


def test_the_command_starts_repeats_and_resumes_them_all(dataset: Dataset, model: LanguageModel) -> None:
    typed = ("everyday", "tiny", "base", "--temperature", 0.7, "--repeats", 2)
    lines = command(*typed)
    assert [line.split(": ")[0] for line in lines] == [f"run {run.pk} started" for run in Run.objects.order_by("pk")]
    assert [line[-8:] for line in lines] == ["(seed 0)", "(seed 1)"]
    run_cancel(run=Run.objects.earliest("pk"))
    assert all("exists already and goes on" in line for line in command(*typed))
    assert set(Run.objects.values_list("status", flat=True)) == {"running"}


def test_the_command_refuses_greedy_repeats(dataset: Dataset, model: LanguageModel) -> None:
    with pytest.raises(CommandError, match="2 repeats at temperature 0"):
        command("everyday", "tiny", "base", "--repeats", 2)
