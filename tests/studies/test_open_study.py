"""Tests of `manage.py open_study`: a study of two runs with its people, in one command."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from annotator.studies.models import Codebook, Study
from tests.cast import World, make_dataset, make_run


def open_study(*arguments: str) -> str:
    out = StringIO()
    call_command("open_study", *arguments, stdout=out)
    return out.getvalue()


def test_it_opens_a_study_with_its_people_and_says_where_it_is(world: World) -> None:
    first, second = str(world.first_run.pk), str(world.second_run.pk)
    printed = open_study("again", first, second, "--annotator", "dora", "--annotator", "alice", "--lead", "lena")
    study = Study.objects.get(slug="again")
    assert printed.startswith("Study again compares base with cot: 4 cases to label.\n")
    assert "annotator dora with the password " in printed
    assert "annotator alice exists already" in printed
    assert "/studies/again/" in printed
    roles = dict(study.memberships.values_list("user__username", "role"))
    assert roles == {"dora": "annotator", "alice": "annotator", "lena": "owner"}
    assert (study.title, study.codebook.name, study.blind, study.overlap) == ("again", "reasoning", True, 1)


def test_its_options_are_those_of_the_form(world: World) -> None:
    first, second = str(world.first_run.pk), str(world.second_run.pk)
    options = ["--title", "Two", "--codebook", "paper", "--overlap", "2", "--scope", "completion", "--not-blind"]
    open_study("two", first, second, *options, "--judge-unfinished", "--verdicts-shown", "never")
    study = Study.objects.get(slug="two")
    assert (study.title, study.codebook, study.overlap, study.blind) == ("Two", world.codebook, 2, False)
    assert (study.scope, study.judge_unfinished, study.verdicts_shown) == ("completion", True, "never")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["pilot", "{first}", "{second}"], "already exists"),
        (["x", "{first}", "99999"], "No run 99999; the newest are"),
        (["x", "{first}", "{first}"], "x"),
        (["x", "{first}", "{second}", "--codebook", "none"], "No codebook is called 'none'; known: paper"),
        (["x", "{first}", "{second}", "--annotator", "no spaces"], "cannot sign in"),
    ],
)
def test_what_cannot_be_opened_is_refused_and_leaves_nothing(world: World, arguments: list[str], why: str) -> None:
    numbers = {"first": world.first_run.pk, "second": world.second_run.pk}
    with pytest.raises(CommandError, match=why):
        open_study(*(argument.format(**numbers) for argument in arguments))
    assert not Study.objects.filter(slug="x").exists()
    assert not Codebook.objects.filter(name="reasoning").exists()


def test_runs_over_two_datasets_are_refused(world: World) -> None:
    other = make_run(make_dataset("other"), world.language_model, "cot")
    with pytest.raises(CommandError, match="choose two runs over one dataset"):
        open_study("x", str(world.first_run.pk), str(other.pk))


def test_a_study_of_runs_that_are_not_finished_says_so(world: World) -> None:
    waiting = make_run(world.dataset, world.language_model, "few_shot", done=False)
    printed = open_study("early", str(world.first_run.pk), str(waiting.pk))
    assert "Study early compares base with few_shot: 0 cases to label." in printed
    assert f"Not finished yet: run {waiting.pk}; cases are added as answers come." in printed
