"""`manage.py replicate`: every arm, a study, a router or why not, a report; killed and begun again, nothing twice."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotator.operations.replication import steps
from annotator.runs.models import Generation, LanguageModel, ModelCall, Run
from annotator.studies.models import Study
from tests.cast import make_dataset, make_model, make_run
from workers.session import work_until_idle

pytestmark = pytest.mark.django_db


def work_instead_of_waiting(model: LanguageModel, *, dies_at: int = 0) -> Callable[..., None]:
    """Let a worker do what is waited for; with `dies_at` this process is killed at that wait."""
    waits = []

    def wait(name: str, progress: Callable[[], tuple[int, int]], write: Any) -> None:
        waits.append(name)
        if len(waits) == dies_at:
            raise KeyboardInterrupt
        work_until_idle(language_model_id=model.pk, worker="w1")
        finished, total = progress()
        assert finished >= total, name

    return wait


def replicate(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command("replicate", *arguments, stdout=out, **options)
    return out.getvalue()


def test_one_command_makes_every_arm_and_the_report_and_killed_it_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dataset, model = make_dataset("ifeval"), make_model()
    arguments = ("tiny", "--dataset", dataset.name, "--output", str(tmp_path))
    monkeypatch.setattr(steps, "wait_until_done", work_instead_of_waiting(model, dies_at=2))
    with pytest.raises(KeyboardInterrupt):
        replicate(*arguments)
    begun = list(Generation.objects.filter(status="done").values_list("pk", "finished_at"))
    assert begun, "the first arm was finished before"

    monkeypatch.setattr(steps, "wait_until_done", work_instead_of_waiting(model))
    out = replicate(*arguments)
    assert {run.strategy for run in Run.objects.all()} == {
        "base",
        "cot",
        "few_shot",
        "self_reflection",
        "self_selective",
    }
    assert all(Generation.objects.get(pk=pk).finished_at == moment for pk, moment in begun), "nothing was made twice"
    study = Study.objects.get()
    assert (study.first_run.strategy, study.second_run.strategy) == ("base", "cot")
    assert study.cases.count() == dataset.prompt_count

    report = (tmp_path / "report.md").read_text()
    assert f"{tmp_path / 'report.md'} written." in out
    for run in Run.objects.all():
        assert f"| /runs/{run.pk}/ |" in report, "every figure names its run"
    assert "No router: " in report
    assert "No attention: The runs of study" in report

    calls = ModelCall.objects.count()
    replicate(*arguments)
    assert (ModelCall.objects.count(), Run.objects.count(), Study.objects.count()) == (calls, 5, 1)


def test_runs_made_elsewhere_need_no_model_and_are_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dataset, model = make_dataset("ifeval"), make_model()
    monkeypatch.setattr(steps, "wait_until_done", work_instead_of_waiting(model))
    replicate("tiny", "--dataset", dataset.name, "--output", str(tmp_path / "ours"))
    numbers = {run.strategy: run.pk for run in Run.objects.all()}
    named = [f"{strategy}={numbers[strategy]}" for strategy in ("base", "cot")]
    replicate(imported=named, output=tmp_path / "theirs", without_attention=True)
    report = (tmp_path / "theirs" / "report.md").read_text()
    assert f"/runs/{numbers['base']}/" in report
    assert f"/runs/{numbers['few_shot']}/ |" not in report
    with pytest.raises(CommandError, match="needs base=NUMBER and a run that always reasons"):
        replicate(imported=[named[0]])
    with pytest.raises(CommandError, match="is no STRATEGY=NUMBER"):
        replicate(imported=["base"])
    with pytest.raises(CommandError, match="is no STRATEGY=NUMBER"):
        replicate(imported=[f"base={'9' * 5000}"])
    with pytest.raises(CommandError, match="Name a language model and a --dataset"):
        replicate("tiny")


def test_arms_that_make_no_row_are_refused_before_anything_is_made() -> None:
    dataset = make_dataset("ifeval")
    base, cot = (make_run(dataset, make_model(), strategy) for strategy in ("base", "cot"))
    other = make_run(make_dataset("other"), make_model(), "cot")
    foreign = make_run(
        dataset, LanguageModel.objects.create(slug="huge", backend="scripted", name="huge"), "cot_forced"
    )
    for named, sentence in (
        ([f"base={cot.pk}", f"cot={cot.pk}"], f"Run {cot.pk} is one of cot, not of base; name it cot={cot.pk}"),
        ([f"base={base.pk}", f"cot={cot.pk}", f"cot={other.pk}"], "names cot twice"),
        ([f"base={base.pk}", f"cot={other.pk}"], "are of several datasets"),
        ([f"base={base.pk}", f"cot_forced={foreign.pk}"], "are of several language models"),
        ([f"base={base.pk}", "cot=999"], "No run 999"),
    ):
        with pytest.raises(CommandError, match=sentence):
            replicate(imported=named)
    assert not Study.objects.exists()


def test_a_folder_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    dataset = make_dataset("ifeval")
    named = [f"{strategy}={make_run(dataset, make_model(), strategy).pk}" for strategy in ("base", "cot")]
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="make room there, or name another folder with --output"):
        replicate(imported=named, without_attention=True, output=tmp_path / "file" / "folder")
    replicate(imported=named, without_attention=True, output=tmp_path / "folder")
    assert (tmp_path / "folder" / "report.md").exists()
    assert Study.objects.count() == 1


def test_a_run_that_is_deleted_while_it_is_waited_for_ends_the_command_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_dataset("ifeval")
    make_model()

    def deleted(name: str, progress: Callable[[], tuple[int, int]], write: Any) -> None:
        Run.objects.all().delete()
        progress()

    monkeypatch.setattr(steps, "wait_until_done", deleted)
    with pytest.raises(CommandError, match="No run"):
        replicate("tiny", "--dataset", "ifeval")


def test_two_commands_at_once_make_one_study(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = make_dataset("ifeval")
    runs = {strategy: make_run(dataset, make_model(), strategy) for strategy in ("base", "cot")}
    first = steps.replication_study(runs, lambda line: None)
    looks = iter([None, first])
    monkeypatch.setattr(steps, "_study_of", lambda never, always: next(looks))
    assert steps.replication_study(runs, lambda line: None) == first
