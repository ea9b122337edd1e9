"""Replay: stored model calls run again give the same texts, or the first difference is named."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from annotator.runs.management.commands import replay as command
from annotator.runs.models import Generation, LanguageModel, MessageText, ModelCall, Run
from annotator.runs.selectors import generation_numbered, generation_stored
from annotator.runs.services import run_start
from annotator.runs.services.generations import GenerationResult, generation_fail, generation_finish, generations_claim
from annotator.runs.services.model_calls import CallRecord
from tests.cast import make_dataset, make_model
from tests.paths import REPOSITORY
from workers import replay_command
from workers.engine import load_backend
from workers.replay import CallReplay, Difference, Replay, replay
from workers.replay_report import replay_json, replay_lines
from workers.session import work_until_idle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]


@pytest.fixture
def generation(db: None) -> Generation:
    """A generation of the scripted model, with one model call."""
    return generated("base")


def generated(strategy: str) -> Generation:
    model = make_model()
    run, _ = run_start(dataset=make_dataset("everyday"), language_model=model, strategy=strategy)
    assert work_until_idle(language_model_id=model.pk, worker="w1") == 4
    found = run.generations.earliest("position")
    assert found.calls.exists()
    return found


def script(generation: Generation, **options: Any) -> None:
    LanguageModel.objects.filter(pk=generation.run.language_model_id).update(options=options)


def replayed(generation: Generation) -> Replay:
    stored = generation_stored(generation_numbered(str(generation.pk)))
    model = stored.generation.run.language_model
    return replay(stored, load_backend(model.backend, model.name, "", model.options))


def report(generation: Generation, result: Replay) -> list[str]:
    return list(replay_lines(generation_stored(generation_numbered(str(generation.pk))), result))


@pytest.mark.parametrize("strategy", ["base", "cot", "thinking", "cot_forced", "self_selective", "self_reflection"])
def test_every_call_of_a_model_that_answers_as_before_is_identical(strategy: str) -> None:
    generation = generated(strategy)
    result = replayed(generation)
    assert result.identical
    assert [call.number for call in result.calls] == list(generation.calls.values_list("number", flat=True))


def test_a_call_that_was_offered_labels_is_offered_them_again() -> None:
    generation = generated("self_selective")
    decision, *_answer = replayed(generation).calls
    assert decision.probability_shift == 0
    script(generation, probabilities={"rain": {"Yes": 1.0}})
    decision, *_answer = replayed(generation).calls
    assert decision.probability_shift is not None
    assert decision.probability_shift > 0


def test_an_identical_generation_is_reported_call_by_call(generation: Generation) -> None:
    result = replayed(generation)
    assert result == Replay([CallReplay(1, "answer")], *[{"backend": "scripted", "device": "none"}] * 2, changed={})
    assert report(generation, result) == [
        f"generation {generation.pk} (run {generation.run_id}, prompt rain): 1 model call by tiny",
        "call 1 (answer): identical",
        "environment: the same",
        "identical",
    ]


def test_the_same_messages_sampling_and_thinking_are_sent_again(generation: Generation) -> None:
    sent = []
    stored = generation_stored(generation)
    call = stored.calls[0].call
    call.sampling, call.thinking = {**call.sampling, "max_new_tokens": 2}, {"enabled": True, "budget_tokens": 9}

    class Recording:
        batch_size = 1

        def complete(self, requests: Iterator[Any]) -> Iterator[Any]:
            for request in requests:
                sent.append(request)
                yield from load_backend("scripted", "tiny", "", {}).complete([request])

        def describe(self) -> dict[str, str]:
            return {}

    result = replay(stored, Recording())  # type: ignore[arg-type]  # all that a replay needs of a backend
    [request] = sent
    assert [message.content for message in request.messages] == [generation.prompt.text]
    assert (request.sampling.max_new_tokens, request.thinking.budget_tokens) == (2, 9)
    assert result.calls[0].difference is not None  # two words are fewer than it wrote then


def test_another_text_is_shown_from_its_first_difference_on(generation: Generation) -> None:
    ModelCall.objects.update(text="The rain falls\x1b[2J softly on the roof of the old house, and stays.")
    reply = "The rain falls\x1b[2J softly on the roof of the new house, and stays."
    script(generation, rules=[{"contains": ["rain"], "reply": reply}])
    result = replayed(generation)
    shown = result.calls[0].difference
    assert shown is not None
    assert (shown.part, shown.offset) == ("text", reply.index("new"))
    lines = report(generation, result)
    assert lines[1] == f"call 1 (answer): its text differs from character {reply.index('new')} on"
    assert lines[2:4] == [
        r"  then: ain falls\x1b[2J softly on the roof of the old house, and stays.",
        r"  now:  ain falls\x1b[2J softly on the roof of the new house, and stays.",
    ]
    assert lines[-1] == "not identical: 1 of 1 call."


def test_a_text_that_only_ends_earlier_or_otherwise_is_no_identical_one(generation: Generation) -> None:
    [call] = ModelCall.objects.filter(generation=generation)
    ModelCall.objects.filter(pk=call.pk).update(text=call.text + " And more")
    lines = report(generation, replayed(generation))
    assert lines[3] == "  now:  " + call.text[-40:]
    ModelCall.objects.filter(pk=call.pk).update(text=call.text, finish_reason="length")
    lines = report(generation, replayed(generation))
    assert lines[1] == "call 1 (answer): the same text, but it ended by length then and by stop now"


def test_a_call_that_fails_now_is_no_identical_one(generation: Generation) -> None:
    script(generation, failures={"rain": "The server was full."})
    result = replayed(generation)
    assert not result.identical
    assert report(generation, result)[1] == "call 1 (answer): failed now: The server was full."


def test_what_changed_in_the_environment_is_named_also_where_the_text_is_the_same(generation: Generation) -> None:
    content = {"backend": "scripted", "device": "cuda:0", "torch": "2.12.0"}
    made_in = generation.environment
    assert made_in is not None
    type(made_in).objects.update(content=content)
    result = replayed(generation)
    assert (result.identical, result.changed) == (True, {"device": ("cuda:0", "none"), "torch": ("2.12.0", None)})
    assert report(generation, result)[2:] == [
        "environment: changed",
        "  device: cuda:0 then, none now",
        "  torch: 2.12.0 then, none now",
        "identical",
    ]
    Generation.objects.update(environment=None)
    assert report(generation, replayed(generation))[2].startswith("environment: not stored with the generation")


def test_texts_that_differ_in_a_coarse_dtype_come_with_the_reason(generation: Generation) -> None:
    differs = [CallReplay(1, "answer", difference=Difference("text", 3, "a", "b"))]
    result = Replay(differs, {"dtype": "bfloat16"}, {"dtype": "bfloat16"}, {})
    assert (
        "In bfloat16 the last bits of a sum depend on which prompts shared the batch" in report(generation, result)[-1]
    )
    assert "bits" not in report(generation, replace(result, environment_now={"dtype": "float32"}))[-1]
    assert "bits" not in report(generation, replace(result, changed={"torch": ("1", "2")}))[-1]


def test_the_probability_of_a_label_may_move_and_is_shown(generation: Generation) -> None:
    result = Replay([CallReplay(1, "decision", probability_shift=0.0123)], {}, {}, {})
    assert result.identical
    assert report(generation, result)[1] == "call 1 (decision): identical; probabilities differ by 0.012 at most"


def test_a_reused_generation_is_replayed_from_the_one_that_made_its_calls(generation: Generation) -> None:
    run, _ = run_start(dataset=make_dataset("second"), language_model=generation.run.language_model, strategy="base")
    assert work_until_idle(language_model_id=generation.run.language_model_id, worker="w1") == 0
    copy = run.generations.earliest("position")
    assert replayed(copy).identical
    assert f"reused from generation {generation.pk}" in report(copy, replayed(copy))[0]


def claimed(run: Run) -> tuple[Generation, uuid.UUID]:
    claim = uuid.uuid4()
    [row] = generations_claim(language_model_id=run.language_model_id, claim=claim, worker="w1", limit=1)
    return row, claim


def test_failed_calls_before_an_answer_are_left_out_and_counted() -> None:
    run, _ = run_start(dataset=make_dataset("everyday"), language_model=make_model(), strategy="base")
    row, claim = claimed(run)
    sampling = {"max_new_tokens": 9, "temperature": 0.0, "top_p": 1.0, "seed": 0}
    calls = [
        CallRecord("answer", [("user", "hi")], "", "error", error="The server was full.", sampling=sampling),
        CallRecord("answer", [("user", "hi")], "x", "stop", sampling=sampling),
    ]
    generation_finish(generation=row, claim=claim, result=GenerationResult("x", "", "x", "clean", "stop", calls=calls))
    script(row, replies={"hi": "x"})
    result = replayed(row)
    assert (result.identical, [call.number for call in result.calls]) == (True, [2])
    assert report(row, result)[1] == "1 failed call left out: no text came back then"


def test_what_cannot_be_replayed_is_refused_in_one_sentence(generation: Generation) -> None:
    def refused(sentence: str) -> None:
        with pytest.raises(CommandError, match=sentence) as error:
            call_command("replay", f"{generation.run_id}/{generation.position}")
        assert error.value.returncode == 2

    ModelCall.objects.update(tools=["check"])
    refused("call 1 offered tools .check., of which the names alone are stored")
    ModelCall.objects.update(tools=[], sampling={"seed": "x"})
    refused("call 1: sampling: seed must be of type int")
    ModelCall.objects.update(sampling={})
    refused("the sampling parameters of call 1 were not stored yet when it was made")
    MessageText.objects.all().delete()
    ModelCall.objects.update(sampling={"seed": 1})
    refused("call 1: the text of message 1 is missing in the database; restore it from a backup")
    ModelCall.objects.all().delete()
    refused("has no model calls, so there is nothing to run again")
    Run.objects.update(source={"name": "answers.jsonl"})
    refused("was imported from 'answers.jsonl'; Cotrast made no model call for it")


def test_an_unfinished_or_failed_generation_is_refused() -> None:
    run, _ = run_start(dataset=make_dataset("everyday"), language_model=make_model(), strategy="base")
    row, claim = claimed(run)
    with pytest.raises(CommandError, match="is not finished; replay it when its run is done"):
        call_command("replay", str(row.pk))
    generation_fail(generation=row, claim=claim, error="The server was full.")
    with pytest.raises(CommandError, match=r"failed \(The server was full.\), so there is no text to compare with"):
        call_command("replay", str(row.pk))


@pytest.mark.parametrize("place", ["x", "1/", "/1", "-1", "1/2/3", "²", "9" * 30])
def test_a_place_that_names_no_generation_is_refused(place: str) -> None:
    with pytest.raises(CommandError, match="names no generation; write its number, or RUN/POSITION"):
        call_command("replay", "--", place)


def test_an_unknown_generation_is_refused(generation: Generation) -> None:
    with pytest.raises(CommandError, match="No generation 0; the page of a run lists its generations"):
        call_command("replay", "0")
    assert generation_numbered(f"{generation.run_id}/0") == generation


def test_the_command_hands_over_to_a_process_that_may_load_models(
    generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(command.os, "execv", lambda path, arguments: started.append(arguments))
    call_command("replay", str(generation.pk), "--json")
    assert started == [[sys.executable, "-m", "workers.replay_command", str(generation.pk), "--json"]]


def test_the_process_ends_with_what_came_of_it(generation: Generation, capsys: pytest.CaptureFixture[str]) -> None:
    assert replay_command.main([str(generation.pk)]) == replay_command.IDENTICAL
    assert capsys.readouterr().out.splitlines()[-1] == "identical"
    script(generation, rules=[{"contains": [], "reply": "Something else."}])
    assert replay_command.main([str(generation.pk), "--json"]) == replay_command.DIFFERENT
    printed = json.loads(capsys.readouterr().out)
    assert (printed["identical"], printed["calls"][0]["difference"]["now"][:9]) == (False, "Something")
    script(generation, nonsense=1)
    assert replay_command.main([str(generation.pk)]) == replay_command.NOT_COMPARED
    assert "nonsense" in capsys.readouterr().err
    assert replay_command.main(["0"]) == replay_command.NOT_COMPARED


def test_the_json_has_every_call_and_both_environments(generation: Generation) -> None:
    value = json.loads(json.dumps(replay_json(generation_stored(generation), replayed(generation))))
    assert value == {
        "generation": generation.pk,
        "run": generation.run_id,
        "key": "rain",
        "reused_from": None,
        "language_model": "tiny",
        "identical": True,
        "calls": [
            {
                "number": 1,
                "step": "answer",
                "difference": None,
                "error": "",
                "probability_shift": None,
                "identical": True,
            }
        ],
        "failed_calls": 0,
        "environment": {
            "then": {"backend": "scripted", "device": "none"},
            "now": {"backend": "scripted", "device": "none"},
            "changed": {},
        },
    }


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_manage_py_replay_as_a_process_of_its_own(generation: Generation, tmp_path: Any) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("names the test database of SQLite")
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}"}
    arguments = [sys.executable, str(REPOSITORY / "manage.py"), "replay", f"{generation.run_id}/0"]
    done = subprocess.run(
        arguments, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "identical"), done.stderr
