"""Generating: from a claim to a case, on the scripted backend."""

import json
import uuid
from dataclasses import replace
from typing import Any

import pytest

from annotator.backends import GENERATING
from annotator.datasets.services import dataset_import
from annotator.runs.models import Environment, Generation, LanguageModel, Run
from annotator.runs.selectors import calls_of
from annotator.runs.services import language_model_register, run_start
from annotator.strategies import STRATEGIES
from annotator.studies.models import Case
from annotator.studies.services import codebook_load, study_create
from tests.cast import CODEBOOK, make_dataset, make_run
from tests.workers.strategies.contract import CONTRACT
from workers import engine
from workers.engine.scripted import ScriptedBackend
from workers.generating import Generating
from workers.session import work_until_idle
from workers.strategies import build_strategy, strategy_names
from workers.strategies.base import Base

pytestmark = pytest.mark.django_db


def runs(options: dict[str, Any] | None = None) -> tuple[Run, Run]:
    model = LanguageModel.objects.create(slug="tiny", backend="scripted", name="tiny", options=options or {})
    dataset = make_dataset("everyday")
    return make_run(dataset, model, "base", done=False), make_run(dataset, model, "cot", done=False)


def work(run: Run, **kwargs: Any) -> int:
    return work_until_idle(language_model_id=run.language_model_id, worker="w1", **kwargs)


def test_every_prompt_of_both_runs_is_generated_judged_and_paired_into_cases() -> None:
    base, cot = runs()
    study = study_create(
        slug="pilot", title="Pilot", first_run=base, second_run=cot, codebook=codebook_load(name="c", content=CODEBOOK)
    )
    assert work(base) == 8
    assert work(base) == 0
    assert set(Run.objects.values_list("status", flat=True)) == {"done"}
    assert Case.objects.filter(study=study).count() == 4
    answered = cot.generations.get(position=0)
    assert answered.reasoning
    assert answered.answer
    assert answered.split_status == "clean"
    assert answered.reasoning_tokens
    assert answered.answer_tokens
    parts = answered.reasoning_tokens + answered.answer_tokens + answered.other_tokens
    assert (parts, answered.other_tokens) == (answered.completion_tokens, 2)  # the two markers
    assert Environment.objects.get() == answered.environment
    [sent] = calls_of(answered)
    assert [message.role for message in sent.messages] == ["user"]
    assert (sent.call.number, sent.call.step, sent.call.finish_reason) == (1, "answer", answered.finish_reason)
    assert sent.call.completion_tokens == answered.completion_tokens
    assert answered.verdicts.count() == 3


THINK_TRIAL = {
    "key": "think",
    "prompt": "Reason in tags. Use no commas.",
    "instruction_id_list": ["punctuation:no_comma"],
    "kwargs": [{}],
}


def test_a_think_block_is_judged_as_reasoning_and_never_as_answer() -> None:
    base = "<think>secret, thoughts</think>The answer is 42."
    rules = [
        {"contains": ["THINK:"], "reply": "<think>inner</think>The answer is 42."},
        {"contains": ["Reason in tags"], "reply": base},
    ]
    model = language_model_register(slug="tiny", backend="scripted", name="tiny", options={"rules": rules})
    dataset = dataset_import(name="trial", path_or_lines=[json.dumps(THINK_TRIAL)]).dataset
    for strategy in ("base", "cot"):
        run, _ = run_start(dataset=dataset, language_model=model, strategy=strategy)
    work(run)
    for generation in Generation.objects.all():
        assert (generation.answer, generation.split_status) == ("The answer is 42.", "clean")
        assert generation.verdicts.get(scope="answer").strict
    thought = Generation.objects.get(run__strategy="base")
    assert (thought.reasoning, thought.completion) == ("secret, thoughts", base)
    assert not thought.verdicts.get(scope="completion").strict
    assert not thought.verdicts.get(scope="reasoning").strict


def test_work_that_is_stopped_is_given_back_and_finished_by_the_next_task() -> None:
    base, _ = runs()
    looks = iter([True] * 3)
    stored = work(base, keep_going=lambda: next(looks, False))
    assert 0 < stored < 8
    assert set(Generation.objects.exclude(status="done").values_list("status", "claim", "attempts")) == {
        ("queued", None, 0)
    }
    assert stored + work(base) == 8
    assert Generation.objects.filter(status="done", attempts=1).count() == 8


@pytest.mark.parametrize(("reads_constraints", "kinds"), [(False, []), (True, ["punctuation:no_comma"])])
def test_a_strategy_sees_constraints_only_where_they_are_part_of_the_request(
    monkeypatch: pytest.MonkeyPatch, *, reads_constraints: bool, kinds: list[str]
) -> None:
    monkeypatch.setattr(Base, "spec", replace(Base.spec, reads_constraints=reads_constraints))
    base, _ = runs()
    job = Generating(base.language_model, ScriptedBackend({}), claim=uuid.uuid4(), worker="w1").job(
        base.generations.select_related("prompt", "run").get(prompt__key="rain")
    )
    assert [constraint.kind for constraint in job.item.constraints] == kinds


def test_the_catalogue_and_the_workers_know_the_same_backends_and_strategies() -> None:
    assert {name: build_strategy(name, CONTRACT[name][0].parameters).spec.version for name in strategy_names()} == {
        name: spec.version for name, spec in STRATEGIES.items()
    }
    assert set(engine._BACKENDS) == set(GENERATING)
