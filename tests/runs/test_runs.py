"""Language models and runs: registering, starting, cancelling, resuming."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from annotator.datasets.models import Constraint, Dataset
from annotator.runs import dispatch
from annotator.runs.errors import RunError
from annotator.runs.models import Generation, LanguageModel, Run
from annotator.runs.services import language_model_register, run_cancel, run_resume, run_start
from annotator.strategies import STRATEGIES, StrategySpec
from tests.cast import make_dataset

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset() -> Dataset:
    return make_dataset("everyday")


@pytest.fixture
def model() -> LanguageModel:
    return language_model_register(slug="tiny", backend="scripted", name="tiny")


@pytest.fixture(autouse=True)
def messages(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    sent: list[tuple[str, int]] = []
    monkeypatch.setattr(dispatch, "_send", lambda queue, model_id: sent.append((queue, model_id)))
    return sent


def test_a_run_queues_one_generation_a_prompt_and_wakes_the_models_queue_on_commit(
    dataset: Dataset, model: LanguageModel, messages: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        run, created = run_start(dataset=dataset, language_model=model, strategy="base")
        assert messages == []
    assert created
    assert [g.position for g in run.generations.all()] == [0, 1, 2, 3]
    assert set(run.generations.values_list("status", flat=True)) == {"queued"}
    assert messages == [("generate.tiny", model.pk)]


def test_starting_exactly_the_same_run_again_generates_nothing_twice(dataset: Dataset, model: LanguageModel) -> None:
    first, _ = run_start(dataset=dataset, language_model=model, strategy="base", sampling={"seed": 0})
    again, created = run_start(dataset=dataset, language_model=model, strategy="base")
    assert (again.pk, created) == (first.pk, False)
    assert Generation.objects.count() == 4


@pytest.mark.parametrize("change", [{"strategy": "cot"}, {"sampling": {"seed": 1}}, {"sampling": {"temperature": 0.5}}])
def test_another_strategy_or_sampling_is_another_run(
    dataset: Dataset, model: LanguageModel, change: dict[str, Any]
) -> None:
    run_start(dataset=dataset, language_model=model, strategy="base")
    run, created = run_start(**{"dataset": dataset, "language_model": model, "strategy": "base", **change})
    assert created
    assert run.generations.count() == 4


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"strategy": "guess"}, "unknown strategy 'guess'; known strategies: base, cot"),
        ({"sampling": {"max_tokens": 5}}, "sampling: unknown field 'max_tokens'; known fields: max_new_tokens"),
        ({"sampling": {"max_new_tokens": 0}}, "max_new_tokens=0: give a number from 1 to 65536"),
        ({"sampling": {"temperature": "hot"}}, "temperature must be of type float, not 'hot'"),
        ({"sampling": {"seed": True}}, "seed must be of type int, not True"),
    ],
)
def test_a_run_that_cannot_be_is_refused_in_one_sentence(
    dataset: Dataset, model: LanguageModel, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(RunError, match=sentence.replace("(", r"\(")):
        run_start(**{"dataset": dataset, "language_model": model, "strategy": "base", **changes})
    assert not Run.objects.exists()


@pytest.mark.parametrize("hostile", ["\ud800", "\x00"])
def test_parameters_hold_no_character_that_a_database_cannot_store(
    dataset: Dataset, model: LanguageModel, hostile: str
) -> None:
    fig = {"prompt": "Name a fruit.", "answer": "A fig."}
    excluded = {"exemplars": [fig], "excluded": [hostile]}
    with pytest.raises(RunError, match="no prompt with the key '\ufffd'"):
        run_start(dataset=dataset, language_model=model, strategy="few_shot", parameters=excluded)
    parameters = {"exemplars": [fig], "set_hash": hostile}
    run, _ = run_start(dataset=dataset, language_model=model, strategy="few_shot", parameters=parameters)
    run.refresh_from_db()
    assert run.parameters["set_hash"] == "\ufffd"
    router = {"router": {"weights": {hostile: 1}}}
    run, _ = run_start(dataset=dataset, language_model=model, strategy="classifier_selective", parameters=router)
    run.refresh_from_db()
    assert run.parameters["router"]["weights"] == {"\ufffd": 1.0}


def test_parameters_that_are_nested_too_deeply_are_refused_in_one_sentence(
    dataset: Dataset, model: LanguageModel
) -> None:
    deep: list[Any] = []
    for _ in range(900):
        deep = [deep]
    with pytest.raises(RunError, match="parameters of few_shot: the JSON is nested too deeply"):
        run_start(dataset=dataset, language_model=model, strategy="few_shot", parameters={"exemplars": deep})


def test_a_strategy_that_needs_more_than_the_model_offers_is_refused_with_the_ways_out(dataset: Dataset) -> None:
    options = {"lacks": ["continued turns"]}
    plain = language_model_register(slug="plain", backend="scripted", name="plain", options=options)
    with pytest.raises(RunError) as refusal:
        run_start(dataset=dataset, language_model=plain, strategy="cot_forced")
    assert str(refusal.value).startswith(
        "strategy cot_forced needs continued turns, which the language model plain (backend scripted) does not offer; "
        "choose another language model, or one of these strategies: base, cot, thinking,"
    )
    assert not Run.objects.exists()
    assert run_start(dataset=dataset, language_model=plain, strategy="self_selective")[1]


def test_a_parameter_may_need_more_than_its_strategy_does(dataset: Dataset) -> None:
    options = {"lacks": ["tools"]}
    plain = language_model_register(slug="plain", backend="scripted", name="plain", options=options)
    assert run_start(dataset=dataset, language_model=plain, strategy="verified_revision")[1]
    with pytest.raises(RunError, match="strategy verified_revision needs tools, which the language model plain"):
        run_start(dataset=dataset, language_model=plain, strategy="verified_revision", parameters={"tool": True})


def test_a_cancelled_run_resumes_where_it_stopped_and_tries_failed_prompts_again(
    dataset: Dataset, model: LanguageModel
) -> None:
    run, _ = run_start(dataset=dataset, language_model=model, strategy="base")
    done, failed, *_ = run.generations.all()
    Generation.objects.filter(pk=done.pk).update(status="done")
    Generation.objects.filter(pk=failed.pk).update(status="failed", error="out of luck", attempts=3)
    assert run_cancel(run=run)
    assert not run_cancel(run=run)
    assert run_resume(run=run)
    run.refresh_from_db()
    assert run.status == "running"
    assert list(run.generations.values_list("status", "error")) == [("done", "")] + [("queued", "")] * 3


def test_resuming_a_run_with_nothing_left_says_so(dataset: Dataset, model: LanguageModel) -> None:
    run, _ = run_start(dataset=dataset, language_model=model, strategy="base")
    run.generations.update(status="done")
    assert not run_resume(run=run)
    run.refresh_from_db()
    assert run.status == "done"


def test_a_slug_names_one_language_model_for_ever(model: LanguageModel) -> None:
    assert language_model_register(slug="tiny", backend="scripted", name="tiny").pk == model.pk
    with pytest.raises(RunError, match="'tiny' is already registered as scripted 'tiny'; choose another slug"):
        language_model_register(slug="tiny", backend="transformers", name="Qwen/Qwen3-0.6B")
    with pytest.raises(RunError, match="unknown backend 'oracle'; known backends: transformers, "):
        language_model_register(slug="big", backend="oracle", name="x")
    with pytest.raises(RunError, match="letters, digits"):
        language_model_register(slug="no spaces, please", backend="scripted", name="x")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"options": {"enable_thoughts": False}}, "transformers: unknown field 'enable_thoughts'; known fields: dtype"),
        ({"options": {"enable_thinking": 0}}, "transformers: enable_thinking must be of type bool, not 0"),
        ({"serving": {"batch_size": -1}}, "transformers: batch_size and threads must be 0"),
        ({"backend": "scripted", "options": {"rules": [{"contains": ["a"]}]}}, "scripted: rules: a field is missing"),
    ],
)
def test_a_language_model_with_an_option_that_its_backend_does_not_have_is_refused(
    db: None, asked: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(RunError, match=f"language model 'q4': {sentence}"):
        language_model_register(**{"slug": "q4", "backend": "transformers", "name": "Qwen/Qwen3-0.6B", **asked})
    assert not LanguageModel.objects.exists()


@pytest.mark.parametrize("options", [{"enable_thinking": False}, {"chat_template_kwargs": {"thinking": True}}])
def test_switches_of_the_chat_template_are_options_of_a_language_model(db: None, options: dict[str, Any]) -> None:
    model = language_model_register(slug="q4", backend="transformers", name="Qwen/Qwen3-0.6B", options=options)
    assert model.identity()["options"] == options


def test_a_dead_broker_loses_no_run(
    dataset: Dataset, model: LanguageModel, monkeypatch: pytest.MonkeyPatch, caplog: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    from kombu.exceptions import OperationalError

    def dead(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.undo()
    monkeypatch.setattr(dispatch.app, "send_task", dead)
    with django_capture_on_commit_callbacks(execute=True):
        run, _ = run_start(dataset=dataset, language_model=model, strategy="base")
    assert run.generations.filter(status="queued").count() == 4
    assert "workers find the rows anyway" in caplog.text


def test_other_serving_settings_replace_the_stored_ones_and_generate_nothing_again(
    dataset: Dataset, model: LanguageModel
) -> None:
    run, _ = run_start(dataset=dataset, language_model=model, strategy="base")
    changed = language_model_register(slug="tiny", backend="scripted", name="tiny", serving={"batch_size": 4})
    assert (changed.pk, changed.serving) == (model.pk, {"batch_size": 4})
    assert language_model_register(slug="tiny", backend="scripted", name="tiny").serving == {"batch_size": 4}
    again, created = run_start(dataset=dataset, language_model=changed, strategy="base")
    assert (again.pk, created) == (run.pk, False)
    with pytest.raises(RunError, match="choose another slug"):
        language_model_register(slug="tiny", backend="scripted", name="tiny", options={"replies": {"a": "b"}})


def test_a_fingerprint_names_the_request_whatever_slug_dataset_and_serving_are_called(model: LanguageModel) -> None:
    other = language_model_register(slug="other", backend="scripted", name="tiny", serving={"batch_size": 4})
    first, _ = run_start(dataset=make_dataset("a"), language_model=model, strategy="base")
    second, created = run_start(dataset=make_dataset("b"), language_model=other, strategy="base")
    assert created
    fingerprints = [list(run.generations.values_list("fingerprint", flat=True)) for run in (first, second)]
    assert fingerprints[0] == fingerprints[1]
    third, _ = run_start(dataset=first.dataset, language_model=model, strategy="cot")
    assert not {*fingerprints[0]} & {*third.generations.values_list("fingerprint", flat=True)}


@dataclass(frozen=True)
class FewShot:
    """Parameters such as those of a few-shot strategy."""

    exemplars: list[Any] = field(default_factory=list)
    excluded: list[Any] = field(default_factory=list)


@pytest.fixture
def few_shot(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = StrategySpec(name="few", version="1", reasons=False, split="none", parameters=FewShot)
    monkeypatch.setitem(cast("dict[str, StrategySpec]", STRATEGIES), "few", spec)


@pytest.mark.usefixtures("few_shot")
def test_a_run_holds_its_strategys_parameters_with_every_default_and_leaves_excluded_prompts_out(
    dataset: Dataset, model: LanguageModel
) -> None:
    few: dict[str, Any] = {"dataset": dataset, "language_model": model, "strategy": "few"}
    run, _ = run_start(**few, parameters={"excluded": ["rain", "moon"]})
    assert run.parameters == {"exemplars": [], "excluded": ["rain", "moon"]}
    assert list(run.generations.values_list("prompt__key", flat=True)) == ["tea", "bike"]
    again, created = run_start(**few, parameters={"excluded": ["rain", "moon"], "exemplars": []})
    assert (again.pk, created) == (run.pk, False)
    whole, created = run_start(**few)
    assert created
    tea = {run.generations.get(prompt__key="tea").fingerprint, whole.generations.get(prompt__key="tea").fingerprint}
    assert len(tea) == 1
    with pytest.raises(RunError, match="parameters of few: unknown field 'shots'"):
        run_start(**few, parameters={"shots": 4})


@pytest.mark.parametrize("reads_constraints", [False, True])
def test_constraints_are_part_of_the_request_where_the_strategy_reads_them(
    model: LanguageModel, monkeypatch: pytest.MonkeyPatch, *, reads_constraints: bool
) -> None:
    spec = StrategySpec(name="restate", version="1", reasons=False, split="none", reads_constraints=reads_constraints)
    monkeypatch.setitem(cast("dict[str, StrategySpec]", STRATEGIES), "restate", spec)
    datasets = [make_dataset(name) for name in ("first", "same", "other")]
    Constraint.objects.filter(prompt__dataset=datasets[2], position=0).update(kwargs={"num_words": 4})
    first, same, other = (
        set(run.generations.values_list("fingerprint", flat=True))
        for run, _ in (run_start(dataset=dataset, language_model=model, strategy="restate") for dataset in datasets)
    )
    assert first == same
    assert len(first & other) == (0 if reads_constraints else 4)


def test_a_strategy_without_parameters_refuses_any(dataset: Dataset, model: LanguageModel) -> None:
    with pytest.raises(RunError, match="parameters of base: unknown field 'shots'; known fields: none"):
        run_start(dataset=dataset, language_model=model, strategy="base", parameters={"shots": 4})
