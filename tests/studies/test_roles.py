"""Roles: a study pairs any two runs of one dataset and names them by what differs."""

from itertools import count

import pytest

from annotator import access
from annotator.datasets.models import Dataset
from annotator.runs.models import LanguageModel, Run
from annotator.studies.roles import run_roles
from annotator.studies.selectors.sheet import case_sheet
from annotator.studies.services import assignment_choose_blind, case_next, member_add, study_create
from tests.cast import make_run

_NUMBERS = count()


@pytest.fixture
def dataset(db) -> Dataset:
    return Dataset.objects.create(name="d", version=1, format="ifeval", content_hash="h", prompt_count=0)


def run_of(dataset: Dataset, strategy: str, *, model: str = "tiny", version: str = "1", **sampling) -> Run:
    return Run.objects.create(
        dataset=dataset,
        language_model=LanguageModel.objects.get_or_create(slug=model, backend="scripted", name=model)[0],
        strategy=strategy,
        strategy_version=version,
        sampling=sampling,
        fingerprint=f"run:{next(_NUMBERS)}",
    )


def test_two_strategies_are_names_enough(dataset):
    assert run_roles(run_of(dataset, "base"), run_of(dataset, "few_shot", model="large")) == ("base", "few_shot")


def test_the_order_is_the_leads(dataset):
    base, cot = run_of(dataset, "base"), run_of(dataset, "cot")
    assert (run_roles(base, cot), run_roles(cot, base)) == (("base", "cot"), ("cot", "base"))


def test_one_strategy_with_two_models_adds_the_model(dataset):
    roles = run_roles(run_of(dataset, "cot"), run_of(dataset, "cot", model="large"))
    assert roles == ("cot (tiny)", "cot (large)")


def test_one_model_with_other_sampling_adds_what_differs_alone(dataset):
    first = run_of(dataset, "cot", max_new_tokens=64, temperature=0.0, seed=1)
    second = run_of(dataset, "cot", max_new_tokens=64, temperature=0.7, seed=2)
    assert run_roles(first, second) == ("cot (seed=1, temperature=0.0)", "cot (seed=2, temperature=0.7)")


def test_another_version_of_one_template_adds_the_version(dataset):
    assert run_roles(run_of(dataset, "cot"), run_of(dataset, "cot", version="2")) == (
        "cot (version=1)",
        "cot (version=2)",
    )


def test_where_nothing_short_differs_the_number_of_the_run_does(dataset):
    first, second = (run_of(dataset, "few_shot", note=letter * 100) for letter in "ab")
    assert run_roles(first, second) == (f"few_shot (run {first.pk})", f"few_shot (run {second.pk})")


@pytest.mark.parametrize(("first", "second"), [("cot", "base"), ("base", "few_shot")])
def test_a_study_of_any_two_strategies_names_its_sides_after_the_blind_choice_alone(world, alice, first, second):
    runs = {"base": world.first_run, "cot": world.second_run}
    runs["few_shot"] = make_run(world.dataset, world.language_model, "few_shot")
    pair = {"first_run": runs[first], "second_run": runs[second]}
    study = study_create(slug="any", title="Any", **pair, codebook=world.codebook)
    assert (study.first_role, study.second_role) == (first, second)
    member_add(study=study, user=alice, role="annotator")
    held = case_next(study=study, annotator=alice)
    blind = case_sheet(access.assignment_to_read(alice, held.case_id))
    assert (blind.left.role, blind.right.role, blind.left.position) == ("", "", "")
    assignment_choose_blind(assignment=held, choice="same")
    named = case_sheet(access.assignment_to_read(alice, held.case_id))
    sides = (named.right, named.left) if held.second_is_left else (named.left, named.right)
    assert [(side.position, side.role) for side in sides] == [("first", first), ("second", second)]
