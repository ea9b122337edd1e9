"""`manage.py archive`, `delete` and `add_prompts`, and the owner of a run that is started on the command line."""

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from annotator.datasets.models import Dataset
from annotator.runs.models import Run
from annotator.studies.models import Study
from tests.cast import World, make_dataset, make_model, make_run
from tests.studies.test_added_prompts import LATER, imported, study

__all__ = ["study"]
pytestmark = pytest.mark.django_db


def output_of(*arguments: str, **options: object) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def test_a_study_is_archived_and_taken_back(world: World) -> None:
    assert output_of("archive", "study", "pilot") == "study pilot is archived; `--back` takes it back.\n"
    assert Study.objects.get().archived_at
    output_of("archive", "study", "pilot", "--back")
    assert not Study.objects.get().archived_at


def test_a_deletion_asks_and_only_yes_deletes(monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(make_dataset("alone"), make_model(), "base")
    monkeypatch.setattr("builtins.input", lambda _question: "y")
    with pytest.raises(CommandError, match=r"Nothing was deleted\."):
        output_of("delete", "run", str(run.pk))
    assert Run.objects.exists()
    assert "4 generations, 10 verdicts." in output_of("delete", "run", str(run.pk), "--yes")
    output_of("delete", "dataset", "alone@1", "--yes")
    assert not Dataset.objects.exists()


def test_what_stands_on_a_run_is_named(world: World) -> None:
    with pytest.raises(CommandError, match=r"1 study pairs it: pilot\. Archive it instead"):
        output_of("delete", "run", str(world.first_run.pk), "--yes")


@pytest.mark.parametrize(
    ("kind", "name", "why"), [("run", "x", "is no number"), ("run", "9", "No run 9"), ("study", "x", "No study is")]
)
def test_what_is_unknown_is_refused_in_words(kind: str, name: str, why: str) -> None:
    with pytest.raises(CommandError, match=why):
        output_of("archive", kind, name)


def test_new_prompts_are_added_by_command(study: Study) -> None:
    with pytest.raises(CommandError, match="everyday v1 is the newest version"):
        output_of("add_prompts", "everyday")
    imported(LATER)
    out = output_of("add_prompts", "everyday")
    assert out.startswith("2 new prompts of everyday v2 added to everyday; 0 cases at once")
    assert "Changed, and left as they were: tea." in out


def test_a_run_of_the_command_line_belongs_to_nobody_or_to_its_owner(lena: User) -> None:
    make_dataset("everyday")
    make_model()
    output_of("start_run", "everyday", "tiny", "base")
    output_of("start_run", "everyday", "tiny", "cot", "--owner", "lena")
    assert list(Run.objects.order_by("pk").values_list("created_by__username", flat=True)) == [None, "lena"]
    with pytest.raises(CommandError, match="there is no user 'nobody'"):
        output_of("start_run", "everyday", "tiny", "base", "--owner", "nobody")
