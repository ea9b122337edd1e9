"""Runs with prompt sets: what they show and leave out, and the sets that they are compared with."""

import json
import threading
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connections

from annotator.datasets.models import Dataset
from annotator.events.models import Event
from annotator.exemplars.errors import PromptSetError, StalePromptSetError
from annotator.exemplars.models import Exemplar, ExemplarProof, PromptSet, PromptSetUse
from annotator.exemplars.selectors.leaks import without_leaks
from annotator.exemplars.services import prompt_set_runs
from annotator.exemplars.services.approvals import exemplars_reprove
from annotator.exemplars.services.prompt_set_runs import prompt_set_compare, prompt_set_repeats_run
from annotator.exemplars.services.prompt_sets import prompt_set_change, prompt_set_create
from annotator.runs import dispatch
from annotator.runs.errors import RunError
from annotator.runs.models import Run
from tests.cast import World, make_dataset
from tests.exemplars.sets import TEXTS, make_exemplar, tell_apart, withdraw

pytestmark = pytest.mark.usefixtures("no_broker")

REWORDED = "My grandma collects porcelain. Recommend a black tea which she can serve in it, without using any commas."


@pytest.fixture
def curated(world: World, dan: User) -> World:
    tell_apart(world.dataset)
    for key in ("rain", "tea", "bike"):
        make_exemplar(world, key, dan)
    return world


def exemplar(key: str) -> Exemplar:
    return Exemplar.objects.get(prompt__key=key)


def set_of(world: World, *keys: str, **fields: Any) -> PromptSet:
    ids = [exemplar(key).pk for key in keys]
    return prompt_set_create(**{"study": world.study, "name": "commas", "exemplar_ids": ids, **fields})


def target() -> Dataset:
    """Another dataset that has the rain prompt as it is, the tea prompt lightly reworded, and two other prompts."""
    dataset = make_dataset("target")
    others = {"bike": "Which three trees grow fastest in a cold climate?", "moon": "Count the keys of a grand piano."}
    tell_apart(dataset, {"rain": f" {TEXTS['rain'].upper()}", "tea": REWORDED, **others})
    return dataset


def start(world: World, prompt_set: PromptSet, dataset: Dataset | None = None, **fields: Any) -> Run:
    values = {"dataset": dataset or world.dataset, "language_model": world.language_model, **fields}
    return prompt_set_repeats_run(prompt_set=prompt_set, repeats=1, **values)[0][0]


def test_prompts_of_the_set_are_excluded_and_named_also_where_one_is_lightly_reworded(curated: World) -> None:
    prompt_set = set_of(curated, "rain", "tea")
    run = start(curated, prompt_set, target())
    assert list(run.generations.values_list("prompt__key", flat=True)) == ["bike", "moon"]
    assert run.parameters["excluded"] == ["rain", "tea"]
    use = run.prompt_set_use
    assert (use.prompt_set, use.prompts_before, use.prompts_after, use.random_seed) == (prompt_set, 4, 2, None)
    rain, tea = use.excluded
    assert rain == {"key": "rain", "exemplar": 1, "rule": "exact", "similarity": 1.0}
    assert (tea["key"], tea["exemplar"], tea["rule"]) == ("tea", 2, "embedding")
    assert 0.85 <= tea["similarity"] < 1


def test_a_run_copies_the_set_in_order_and_freezes_it_by_its_hash(curated: World) -> None:
    prompt_set = set_of(curated, "tea", "rain", template="block", shows_reasoning=True)
    run = start(curated, prompt_set)
    prompt_set.refresh_from_db()
    assert [values["answer"] for values in run.parameters["exemplars"]] == ["Tea of course.", "Rain falls softly."]
    assert (run.parameters["as_turns"], run.parameters["reasoning"]) == (False, True)
    assert run.parameters["set_hash"] == prompt_set.content_hash
    assert prompt_set.content_hash.startswith("prompt-set-1:")
    assert prompt_set.frozen_at is not None
    assert Event.objects.filter(kind="prompt_set.frozen").count() == 1
    changed = prompt_set_change(prompt_set=prompt_set, shows_reasoning=False)
    assert changed.version == 2
    assert start(curated, changed).pk != run.pk
    assert PromptSetUse.objects.count() == 2


def test_the_same_run_again_is_the_same_and_its_use_is_written_once(curated: World) -> None:
    prompt_set = set_of(curated, "tea")
    first = start(curated, prompt_set)
    [(second, created)] = prompt_set_repeats_run(
        prompt_set=prompt_set, repeats=1, dataset=curated.dataset, language_model=curated.language_model
    )
    assert (second, created) == (first, False)
    assert PromptSetUse.objects.count() == 1


def test_another_set_of_the_same_exemplars_leads_to_the_run_that_there_is(curated: World) -> None:
    run = start(curated, set_of(curated, "tea"))
    with pytest.raises(PromptSetError, match=f"twin v1 has the same exemplars as commas v1, whose run {run.pk}"):
        start(curated, set_of(curated, "tea", name="twin"))
    assert PromptSet.objects.get(name="twin").frozen_at is None


def test_repeats_share_what_they_leave_out(curated: World) -> None:
    started = prompt_set_repeats_run(
        prompt_set=set_of(curated, "tea"),
        repeats=2,
        dataset=curated.dataset,
        language_model=curated.language_model,
        sampling={"temperature": 0.7},
    )
    assert [run.sampling["seed"] for run, _created in started] == [0, 1]
    assert [run.prompt_set_use.prompts_after for run, _created in started] == [3, 3]


def test_an_empty_set_is_led_to_the_strategy_base(curated: World) -> None:
    with pytest.raises(PromptSetError, match="commas v1 has no exemplar; add one, or start the strategy base"):
        start(curated, set_of(curated))


def test_a_set_with_a_withdrawn_exemplar_starts_nothing(curated: World, dan: User) -> None:
    prompt_set = set_of(curated, "rain", "tea")
    withdraw(exemplar("tea"), dan)
    with pytest.raises(PromptSetError, match=r"a withdrawn exemplar \(prompt tea: It is dull.\); make a new version"):
        start(curated, prompt_set)
    assert not Run.objects.filter(strategy="few_shot").exists()


def test_after_a_change_of_the_checkers_a_set_starts_nothing_before_its_exemplars_are_proved_again(
    curated: World,
) -> None:
    prompt_set = set_of(curated, "rain", "tea")
    ExemplarProof.objects.filter(exemplar=exemplar("tea")).update(checker_version="ifeval-0")
    with pytest.raises(PromptSetError, match=rf"exemplar {exemplar('tea').pk} has no proof by the current checkers"):
        start(curated, prompt_set)
    assert not PromptSet.objects.filter(frozen_at__isnull=False).exists()
    assert [reproved.holds for reproved in exemplars_reprove()] == [True]
    start(curated, prompt_set)


def test_a_set_over_its_budget_starts_nothing_where_the_models_tokenizer_counts(
    curated: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt_set = set_of(curated, "tea", budget_tokens=5, language_model=curated.language_model)

    class Counter:
        exact = True

        def count(self, texts: list[str]) -> int:
            return 17

    monkeypatch.setattr(prompt_set_runs, "token_counter", lambda model: Counter())
    with pytest.raises(PromptSetError, match="commas v1 has 17 tokens, above its budget of 5; take an exemplar out"):
        start(curated, prompt_set)
    monkeypatch.undo()
    monkeypatch.setattr(dispatch, "_send", lambda *args, **kwargs: None)
    assert start(curated, prompt_set).prompt_set_use.prompts_after == 3  # an estimate refuses nothing


def test_where_nothing_is_left_to_run_nothing_is_written(curated: World) -> None:
    dataset = make_dataset("one")
    dataset.prompts.exclude(key="tea").delete()
    tell_apart(dataset)
    prompt_set = set_of(curated, "tea")
    with pytest.raises(RunError, match="all 4 prompts are left out"):
        start(curated, prompt_set, dataset)
    prompt_set.refresh_from_db()
    assert prompt_set.frozen_at is None


def test_a_set_is_compared_with_the_empty_set_cot_and_a_random_set_of_equal_length(curated: World) -> None:
    prompt_set = set_of(curated, "tea")
    own, base, cot, random = prompt_set_compare(
        prompt_set=prompt_set, dataset=target(), language_model=curated.language_model, random_seed=7
    )
    assert [run.strategy for run in (own, base, cot, random)] == ["few_shot", "base", "cot", "few_shot"]
    drawn = random.parameters["exemplars"]
    # The one whole first answer that satisfies every constraint, besides the set's own prompt.
    assert [values["prompt"] for values in drawn] == [TEXTS["moon"]]
    assert drawn[0]["answer"] == "The moon."
    assert random.parameters["set_hash"].startswith("random-set-1:")
    assert (random.prompt_set_use.prompt_set, random.prompt_set_use.random_seed) == (prompt_set, 7)
    assert base.generations.count() == 4


def test_a_random_set_is_the_same_for_the_same_seed_and_refused_where_too_few_answers_are_whole(
    curated: World,
) -> None:
    both = {"dataset": target(), "language_model": curated.language_model, "strategies": ()}
    prompt_set = set_of(curated, "bike")
    first, second = (prompt_set_compare(prompt_set=prompt_set, random_seed=3, **both)[1] for _ in range(2))
    assert first == second
    longer = set_of(curated, "rain", "tea", "bike", name="longer")
    with pytest.raises(PromptSetError, match=r"run \d+ has 1 whole answers that satisfy every constraint, too few"):
        prompt_set_compare(prompt_set=longer, **both)
    longer.refresh_from_db()
    assert longer.frozen_at is None


def test_a_change_between_reading_and_starting_is_refused(curated: World, monkeypatch: pytest.MonkeyPatch) -> None:
    prompt_set = set_of(curated, "rain", "tea")

    def changed_meanwhile(*_: Any) -> list[Any]:
        prompt_set_change(prompt_set=prompt_set, exemplar_ids=[exemplar("bike").pk])
        return []

    monkeypatch.setattr(prompt_set_runs, "dataset_leaks", changed_meanwhile)
    with pytest.raises(StalePromptSetError, match="was changed meanwhile"):
        start(curated, prompt_set)


def test_a_withdrawal_between_reading_and_starting_is_refused(
    curated: World, dan: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def withdrawn_meanwhile(*_: Any) -> list[Any]:
        withdraw(exemplar("tea"), dan)
        return []

    monkeypatch.setattr(prompt_set_runs, "dataset_leaks", withdrawn_meanwhile)
    with pytest.raises(StalePromptSetError):
        start(curated, set_of(curated, "tea"))


@pytest.mark.django_db(transaction=True)
def test_a_start_and_a_change_at_once_never_leave_a_run_with_another_set_than_the_frozen_one(
    world: World, dan: User
) -> None:
    tell_apart(world.dataset)
    for key in ("rain", "tea"):
        make_exemplar(world, key, dan)
    prompt_set, tea = set_of(world, "rain"), exemplar("tea").pk
    barrier, problems = threading.Barrier(2), []

    def at_once(step: Any) -> None:
        try:
            barrier.wait(5)
            step()
        except StalePromptSetError:
            pass
        except Exception as error:  # noqa: BLE001 - told below
            problems.append(error)
        finally:
            connections.close_all()

    steps = (
        lambda: start(world, prompt_set),
        lambda: prompt_set_change(prompt_set=prompt_set, exemplar_ids=[tea]),
    )
    threads = [threading.Thread(target=at_once, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert problems == []
    for use in PromptSetUse.objects.select_related("run", "prompt_set"):
        assert use.run.parameters["set_hash"] == use.prompt_set.content_hash
        shown = [values["answer"] for values in use.run.parameters["exemplars"]]
        assert shown == list(use.prompt_set.members.values_list("exemplar__answer", flat=True))


def call(*arguments: str, **options: Any) -> str:
    printed = StringIO()
    call_command("start_run", *arguments, stdout=printed, **options)
    return printed.getvalue()


def test_the_command_starts_a_set_and_names_what_it_leaves_out(curated: World) -> None:
    set_of(curated, "rain", "tea")
    target()
    printed = call("target", curated.language_model.slug, "few_shot", prompt_set="pilot/commas@1")
    assert "2 exemplars before each prompt." in printed
    assert "commas v1: 4 prompts before, 2 after." in printed
    assert "Left out: rain, near to exemplar 1 (exact)." in printed
    assert "Left out: tea, near to exemplar 2 (embedding, 0." in printed


@pytest.mark.parametrize(
    ("strategy", "options", "sentence"),
    [
        ("base", {}, "--prompt-set is for the strategy few_shot, not for base"),
        ("few_shot", {"parameter": ["as_turns=false"]}, "brings its own parameters; leave as_turns out"),
        (
            "few_shot",
            {"prompt_set": "pilot/none"},
            "no prompt set 'pilot/none'; known sets of that study: pilot/commas@1",
        ),
    ],
)
def test_the_command_refuses_what_a_set_does_not_go_with(
    curated: World, strategy: str, options: dict[str, Any], sentence: str
) -> None:
    set_of(curated, "tea")
    with pytest.raises(CommandError, match=sentence):
        call("pilot", curated.language_model.slug, strategy, **{"prompt_set": "pilot/commas", **options})


@pytest.mark.parametrize("excluded", ["rain", "5", '[["rain"]]', '{"rain": 1}'])
def test_prompts_that_are_not_excluded_as_meant_start_no_run(curated: World, tmp_path: Path, excluded: str) -> None:
    file = tmp_path / "exemplars.jsonl"
    file.write_text(json.dumps({"prompt": "Name a tree.", "answer": "An oak."}))
    with pytest.raises(CommandError, match="excluded"):
        call(
            "pilot",
            curated.language_model.slug,
            "few_shot",
            exemplars=file,
            parameter=[f"excluded={excluded}"],
        )
    assert not Run.objects.filter(strategy="few_shot").exists()


def test_half_a_surrogate_pair_in_an_exemplar_stops_nothing(curated: World) -> None:
    exemplars = [{"prompt": f"{TEXTS['rain']}\ud800", "answer": "It rains."}]
    parameters, found = without_leaks(curated.dataset, {"exemplars": exemplars, "excluded": ["tea"]})
    assert ([leak.key for leak in found], parameters["excluded"]) == (["rain"], ["tea", "rain"])
