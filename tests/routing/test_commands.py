"""The commands of routers: decisions on a file of prompts, and what is refused before anything is trained."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotator.routing.errors import RoutingError
from annotator.routing.management.commands import route_prompts, train_router
from annotator.routing.run_parameters import parameters_with
from annotator.routing.selectors import frozen_router, newest_router
from tests.routing.planted import planted
from tests.routing.rows import make_router
from tests.routing.studies import planted_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The arguments of processes that would replace this one."""
    calls: list[list[str]] = []

    def execv(_program: str, arguments: list[str]) -> None:
        calls.append(arguments[1:])
        raise SystemExit

    for command in (route_prompts, train_router):
        monkeypatch.setattr(command.os, "execv", execv)
    return calls


def test_a_file_of_prompts_is_decided_line_by_line(tmp_path: Path) -> None:
    router = make_router("words", bias=-1.0)
    file = tmp_path / "prompts.jsonl"
    file.write_text('{"prompt": "Write about tea.", "key": 3}\n\n{"prompt": "Write about rain."}\n')
    out = StringIO()
    call_command("route_prompts", "words", file, stdout=out)
    first, second = map(json.loads, out.getvalue().splitlines())
    assert first == {
        "reason": True, "probability": pytest.approx(0.731, abs=0.001), "threshold": 0.5, "router": "words@1",
        "hash": router.content_hash,
    }  # fmt: skip
    assert second["reason"] is False


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            b'{"prompt": "tea"}\n{"text": "tea"}',
            'line 2: expected a JSON object with "prompt", a text; correct the line',
        ),
        (b"[" * 100_000, 'line 1: expected a JSON object with "prompt"'),
        (b"\xff", "can't be read"),
    ],
)
def test_a_file_that_holds_no_prompts_is_refused_by_line(tmp_path: Path, content: bytes, sentence: str) -> None:
    make_router("words")
    file = tmp_path / "prompts.jsonl"
    file.write_bytes(content)
    with pytest.raises(CommandError) as refused:
        call_command("route_prompts", "words", file)
    assert sentence in str(refused.value)
    with pytest.raises(CommandError, match="can't be read"):
        call_command("route_prompts", "words", tmp_path / "none.jsonl")


def test_a_fine_tuned_router_is_asked_in_a_process_of_its_own(tmp_path: Path, started: list[list[str]]) -> None:
    make_router("tuned", features="finetuned")
    file = tmp_path / "prompts.jsonl"
    file.write_text('{"prompt": "tea"}\n')
    with pytest.raises(SystemExit):
        call_command("route_prompts", "tuned", file, device="cuda:1")
    ((_m, module, job),) = started
    assert module == "workers.route_command"
    assert json.loads(job) == {"name": "tuned@1", "file": str(file), "device": "cuda:1"}


def test_a_fine_tuning_is_a_process_of_its_own_with_the_settings_that_were_given(started: list[list[str]]) -> None:
    planted_study(prompts=planted(6))
    with pytest.raises(SystemExit):
        call_command("train_router", "t", study=["planted"], features="finetuned", base="some/model", epochs=1)
    ((_m, module, job),) = started
    assert module == "workers.finetune_command"
    assert json.loads(job) == {
        "name": "t", "studies": ["planted"], "labels": "verdicts", "device": "auto",
        "splits": ["random", "kind", "composition", "dataset", "model"],
        "settings": {"base": "some/model", "epochs": 1, "ties": "no", "calibration": "platt", "seed": 0},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"learning_rate": 0.1}, "--learning-rate is for --features finetuned alone; add that, or leave"),
        ({"calibration": "none"}, "--calibration none is none of --features tfidf; choose platt or isotonic."),
        ({"calibration": "isotonic", "features": "finetuned"}, "choose platt or none."),
    ],
)
def test_an_option_that_the_features_do_not_have_is_refused(options: dict[str, Any], sentence: str) -> None:
    planted_study(prompts=planted(6))
    with pytest.raises(CommandError) as refused:
        call_command("train_router", "t", study=["planted"], **options)
    assert sentence in str(refused.value)


def test_a_report_of_one_split_has_that_split_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    planted_study(prompts=planted(90))
    call_command("train_router", "t", study=["planted"], split=["composition"], stdout=StringIO())
    out = StringIO()
    call_command("router_report", "t", format="json", stdout=out)
    assert [split["split"] for split in json.loads(out.getvalue())["splits"]] == ["composition"]


def test_no_web_process_and_no_run_takes_a_fine_tuned_router() -> None:
    row = make_router("tuned", features="finetuned")
    make_router("words", bias=0.5)
    make_router("tuned", version=2, features="finetuned")
    assert newest_router().name == "words"
    with pytest.raises(
        RoutingError, match=r"which the web server does not load: ask it with .venv/bin/python manage.py route_prompts"
    ):
        frozen_router(row)
    with pytest.raises(RoutingError, match="a run copies numbers alone; choose a router of words or vectors"):
        parameters_with(row, "classifier_selective", {})
