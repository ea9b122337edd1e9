"""Every strategy from claim to stored generation, on the scripted backend."""

from dataclasses import replace
from typing import Any, cast

import pytest

from annotator.runs.errors import RunError
from annotator.runs.models import Generation, ModelCall, Run
from annotator.runs.selectors import calls_of
from annotator.runs.services import language_model_register, run_start
from annotator.strategies import STRATEGIES, StrategySpec
from tests.cast import make_dataset, make_model
from tests.workers.strategies.contract import CONTRACT
from workers.session import work_until_idle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]


def started(dataset: str, name: str) -> Run:
    parameters = CONTRACT[name][0].parameters
    run, created = run_start(
        dataset=make_dataset(dataset), language_model=make_model(), strategy=name, parameters=parameters
    )
    assert created
    return run


def work(run: Run) -> None:
    work_until_idle(language_model_id=run.language_model_id, worker="w1")


def fingerprints(run: Run) -> set[str]:
    return set(run.generations.values_list("fingerprint", flat=True))


@pytest.mark.parametrize("name", CONTRACT)
def test_every_prompt_is_done_and_its_tokens_add_up_over_all_calls(name: str) -> None:
    run = started("a", name)
    work(run)
    assert set(run.generations.values_list("status", "error")) == {("done", "")}
    for generation in run.generations.all():
        calls = list(ModelCall.objects.filter(generation=generation))
        assert calls
        assert all(call.step for call in calls)
        assert generation.completion_tokens == sum(call.completion_tokens for call in calls)
        parts = generation.reasoning_tokens + generation.answer_tokens + generation.other_tokens
        assert parts == generation.completion_tokens
        assert generation.prompt_tokens == sum(call.prompt_tokens for call in calls)


@pytest.mark.parametrize("name", CONTRACT)
def test_the_same_request_in_two_runs_is_generated_once(name: str) -> None:
    first, second = started("a", name), started("b", name)
    assert fingerprints(first) == fingerprints(second)
    work(first)
    assert not second.generations.filter(reused_from=None).exists()
    assert not ModelCall.objects.filter(generation__run=second).exists()
    pairs = zip(first.generations.all(), second.generations.all(), strict=True)
    assert all(one.decision == other.decision and one.answer == other.answer for one, other in pairs)


@pytest.mark.parametrize("name", CONTRACT)
def test_a_new_version_makes_new_generations_and_never_mixes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    old = started("a", name)
    spec = STRATEGIES[name]
    changed = replace(spec, version=f"{spec.version}+")
    monkeypatch.setitem(cast("dict[str, StrategySpec]", STRATEGIES), name, changed)
    new, created = run_start(
        dataset=old.dataset,
        language_model=old.language_model,
        strategy=name,
        parameters=CONTRACT[name][0].parameters,
    )
    assert created
    assert not fingerprints(old) & fingerprints(new)


@pytest.mark.parametrize("name", [name for name in CONTRACT if STRATEGIES[name].reads_constraints])
def test_where_a_constraint_stands_in_the_prompt_is_part_of_the_request(name: str) -> None:
    first = started("a", name)
    dataset = make_dataset("b")
    dataset.prompts.get(key="rain").constraints.update(span_start=0, span_end=11)
    second, _ = run_start(
        dataset=dataset,
        language_model=make_model(),
        strategy=name,
        parameters=CONTRACT[name][0].parameters,
    )
    assert len(fingerprints(first) & fingerprints(second)) == 3


def test_the_decision_and_every_call_of_a_revision_are_kept() -> None:
    model: Any = make_model()
    rules = [{"contains": ["VERDICT: KEEP"], "reply": "VERDICT: REVISE\nA comma.\nANSWER: Rain falls."}]
    model.options = {"rules": [*rules, {"contains": [], "reply": "THINK: drops\nANSWER: Rain, rain, rain."}]}
    model.save(update_fields=["options"])
    run, _ = run_start(dataset=make_dataset("a"), language_model=model, strategy="self_reflection")
    work(run)
    generation = Generation.objects.get(prompt__key="rain")
    assert (generation.answer, generation.split_status) == ("Rain falls.", "clean")
    assert generation.decision["chose"] == "reflection"
    first, second = ModelCall.objects.filter(generation=generation)
    assert (first.step, first.text) == ("answer", "THINK: drops\nANSWER: Rain, rain, rain.")
    assert (second.step, second.text) == ("reflection", generation.completion)
    reasoning, answer = 4, 2  # VERDICT: REVISE A comma.; Rain falls.
    assert (generation.reasoning_tokens, generation.answer_tokens) == (reasoning, answer)
    assert generation.other_tokens == first.completion_tokens + 1  # and the marker


TOOL_CALL = {"contains": ["Write about"], "name": "check_answer", "arguments": {"answer": "Rain, rain."}}
CHECKED = {"tool_calls": [TOOL_CALL], "rules": [{"contains": ["constraints are broken"], "reply": "Rain falls."}]}


def test_a_draft_that_the_model_had_checked_is_kept_with_the_findings() -> None:
    model = language_model_register(slug="caller", backend="scripted", name="caller", options=CHECKED)
    run, _ = run_start(
        dataset=make_dataset("a"), language_model=model, strategy="verified_revision", parameters={"tool": True}
    )
    work(run)
    generation = Generation.objects.get(prompt__key="rain")
    assert generation.answer == "Rain falls."
    assert generation.decision["facts"]["checks"] == 1
    first, second = calls_of(generation)
    assert (first.call.tools, [call["name"] for call in first.call.tool_calls]) == (["check_answer"], ["check_answer"])
    assert [message.role for message in second.messages] == ["user", "assistant", "tool"]
    assert "1 comma, none allowed" in second.messages[-1].text
    assert generation.other_tokens == first.call.completion_tokens


def test_a_model_without_tools_is_refused_the_checkers_as_a_tool_alone() -> None:
    model = language_model_register(slug="plain", backend="scripted", name="plain", options={"lacks": ["tools"]})
    dataset = make_dataset("a")
    with pytest.raises(RunError, match="strategy verified_revision needs tools, which the language model plain"):
        run_start(dataset=dataset, language_model=model, strategy="verified_revision", parameters={"tool": True})
    run, _ = run_start(dataset=dataset, language_model=model, strategy="verified_revision")
    assert run.uses_checkers
