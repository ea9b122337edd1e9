"""The form that starts runs: strategies with their parameters, sampling, repeats, known defects; all or nothing."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.datasets.models import Prompt
from annotator.runs.models import LanguageModel, Run
from annotator.strategies import STRATEGIES
from annotator.web.runs.parameter_fields import ParameterForm
from annotator.web.strategy_words import parameter_label, strategy_sentence
from tests.cast import World
from tests.routing.rows import make_router
from tests.strategies_with_parameters import TUNED, add_strategy


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotator.runs.dispatch.wake", lambda model: None)


@pytest.fixture(autouse=True)
def strategies(monkeypatch: pytest.MonkeyPatch) -> None:
    add_strategy(monkeypatch)


@pytest.fixture
def browser(client: Client, lena: User) -> Client:
    client.force_login(lena)
    return client


@pytest.fixture
def wanted(world: World) -> dict[str, Any]:
    """A form as a browser sends it, with `tuned` ticked."""
    return {
        "dataset": str(world.dataset.pk),
        "language_model": str(world.language_model.pk),
        "strategies": ["tuned"],
        "max_new_tokens": "32",
        "temperature": "0.0",
        "top_p": "1.0",
        "seed": "0",
        "repeats": "1",
        "tuned-rounds": "3",
        "tuned-threshold": "0.5",
        "tuned-opening": "THINK:",
        "tuned-as_turns": "on",
        "tuned-names": "",
        "tuned-router": "",
        "tuned-budget": "",
    }


def start(browser: Client, wanted: dict[str, Any], **changes: Any) -> Any:
    return browser.post("/runs/new/", {**wanted, **changes})


@pytest.mark.parametrize("name", [name for name in STRATEGIES if name not in ("tuned", "tooled")])
def test_every_strategy_and_every_parameter_has_words_of_its_own(name: str) -> None:
    assert strategy_sentence(name).endswith(".")
    for parameter in ParameterForm(None, spec=STRATEGIES[name]).fields:
        assert parameter_label(name, parameter) != parameter


def test_the_form_has_a_sentence_for_each_strategy_and_a_field_for_each_parameter(
    world: World, browser: Client
) -> None:
    html = browser.get("/runs/new/").content.decode()
    assert "Asks the model to reason after THINK: and to answer after ANSWER:." in html
    for parameter in ("rounds", "threshold", "opening", "as_turns", "names", "router", "budget"):
        assert f'name="tuned-{parameter}"' in html
    assert "Not with" not in html


def test_a_strategy_that_the_model_cannot_be_used_for_says_so_and_is_refused(
    world: World, browser: Client, wanted: dict[str, Any]
) -> None:
    LanguageModel.objects.filter(pk=world.language_model.pk).update(options={"lacks": ["tools"]})
    html = browser.get("/runs/new/").content.decode()
    assert html.count("Not with tiny, which does not offer tools.") == 2  # beside the box, and for the script
    answer = start(browser, wanted, strategies=["tooled"])
    assert answer.status_code == 422
    assert "strategy tooled needs tools, which the language model tiny" in answer.content.decode()


@pytest.mark.usefixtures("world")
def test_a_field_is_drawn_from_the_type_and_the_default() -> None:
    form = ParameterForm(None, spec=TUNED)
    drawn = {name: (type(field).__name__, field.initial) for name, field in form.fields.items()}
    assert drawn == {
        "rounds": ("IntegerField", 3),
        "threshold": ("FloatField", 0.5),
        "opening": ("TypedText", "THINK:"),
        "as_turns": ("BooleanField", True),
        "names": ("JsonText", ""),
        "router": ("JsonText", ""),
        "budget": ("IntegerField", None),
    }


def test_what_is_left_as_it_is_is_the_run_of_the_defaults(browser: Client, wanted: dict[str, Any]) -> None:
    assert start(browser, wanted).status_code == 302
    run = Run.objects.get(strategy="tuned")
    assert run.parameters == {
        "rounds": 3, "threshold": 0.5, "opening": "THINK:", "as_turns": True, "names": [], "router": {}, "budget": None
    }  # fmt: skip


def test_parameters_are_stored_as_they_were_typed(browser: Client, wanted: dict[str, Any]) -> None:
    typed = {
        "tuned-rounds": "5",
        "tuned-threshold": "0.25",
        "tuned-opening": " two\r\nlines {prompt} ",
        "tuned-names": '"a"\n\n"b\\u0000"',
        "tuned-router": '{"kinds": ["x"]}',
        "tuned-budget": "9",
    }
    del wanted["tuned-as_turns"]
    assert start(browser, wanted, **typed).status_code == 302
    assert Run.objects.get(strategy="tuned").parameters == {
        "rounds": 5, "threshold": 0.25, "opening": " two\nlines {prompt} ", "as_turns": False,
        "names": ["a", "b\ufffd"], "router": {"kinds": ["x"]}, "budget": 9,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("tuned-rounds", "many", "Enter a whole number."),
        ("tuned-rounds", "10", "tuned: rounds must be from 1 to 9, not 10."),
        ("tuned-names", '["a",\n b]', "Line 1 is not JSON; a text has double quotes, a list square brackets."),
        ("tuned-router", "[" * 100_000, "Line 1 is not JSON"),
        ("tuned-router", "[1]", "router must be of type JSON object, not [1]."),
        ("tuned-names", "1" * 5_000, "Line 1 is not JSON"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused_and_nothing_typed_is_lost(
    browser: Client, wanted: dict[str, Any], field: str, value: str, sentence: str
) -> None:
    answer = start(browser, wanted, **{field: value, "tuned-opening": "<kept>", "strategies": ["base", "tuned"]})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in html
    assert "The parameters of tuned need a second look." in html
    assert "&lt;kept&gt;" in html
    assert "<details open>" in html
    assert not Run.objects.filter(sampling__max_new_tokens=32).exists()


def test_parameters_of_strategies_that_are_not_ticked_are_not_read(browser: Client, wanted: dict[str, Any]) -> None:
    assert start(browser, wanted, **{"strategies": ["base"], "tuned-rounds": "many"}).status_code == 302


def test_sampling_and_repeats_start_a_run_for_each_seed(browser: Client, wanted: dict[str, Any]) -> None:
    answer = start(browser, wanted, temperature="0.7", top_p="0.9", seed="4", repeats="3")
    runs = Run.objects.filter(strategy="tuned").order_by("pk")
    assert [run.sampling for run in runs] == [
        {"max_new_tokens": 32, "temperature": 0.7, "top_p": 0.9, "seed": seed} for seed in (4, 5, 6)
    ]
    assert [run.repeat_of_id for run in runs] == [None, runs[0].pk, runs[0].pk]
    assert answer.url == f"/runs/{runs[0].pk}/"


def test_repeats_of_greedy_decoding_are_refused_and_no_run_of_another_strategy_starts(
    browser: Client, wanted: dict[str, Any]
) -> None:
    answer = start(browser, wanted, strategies=["base", "tuned"], repeats="2")
    assert answer.status_code == 422
    assert "give a temperature above 0" in answer.content.decode()
    assert not Run.objects.filter(sampling__max_new_tokens=32).exists()


def test_an_empty_number_is_the_default(browser: Client, wanted: dict[str, Any]) -> None:
    assert start(browser, wanted, temperature="", top_p="", repeats="", max_new_tokens="").status_code == 302
    run = Run.objects.get(strategy="tuned")
    assert run.sampling == {"max_new_tokens": 256, "temperature": 0.0, "top_p": 1.0, "seed": 0}


def test_prompts_with_known_defects_are_counted_and_left_out(
    world: World, browser: Client, wanted: dict[str, Any]
) -> None:
    Prompt.objects.filter(key="tea").update(known_defects=[{"source": "s", "sentence": "Wrong."}])
    assert "pilot v1 (1 prompt has known defects)" in browser.get("/runs/new/").content.decode()
    start(browser, wanted, without_defects="on")
    run = Run.objects.get(strategy="tuned")
    assert run.left_out == ["tea"]
    assert run.generations.count() == 3


def test_a_model_that_no_worker_can_run_is_not_offered(world: World, browser: Client, wanted: dict[str, Any]) -> None:
    elsewhere = LanguageModel.objects.create(slug="elsewhere", backend="of another version", name="x")
    assert "elsewhere" not in browser.get("/runs/new/").content.decode()
    assert start(browser, wanted, language_model=str(elsewhere.pk)).status_code == 422


def test_a_trained_router_is_copied_into_the_strategies_that_it_decides_in(
    browser: Client, wanted: dict[str, Any]
) -> None:
    assert "Trained router" not in browser.get("/runs/new/").content.decode()
    router = make_router("words")
    html = browser.get("/runs/new/").content.decode()
    assert f'<option value="{router.pk}">words v1</option>' in html
    ticked = {"strategies": ["base", "classifier_selective", "pipeline"], "router": str(router.pk)}
    chosen = {"pipeline-when_simple": "self_reflection", "pipeline-when_complex": "classifier_selective"}
    answer = start(browser, wanted, **ticked, **chosen)
    assert answer.status_code == 302
    parameters = {run.strategy: run.parameters for run in Run.objects.order_by("pk")[2:]}
    assert parameters["classifier_selective"] == {"router": router.artifact}
    assert parameters["pipeline"]["classifier_selective"] == {"router": router.artifact}
    assert parameters["base"] == {}
    page = browser.get(f"/runs/{Run.objects.get(strategy='classifier_selective').pk}/").content.decode()
    assert router.content_hash in page


def test_a_router_without_a_strategy_for_it_or_beside_another_router_is_refused(
    browser: Client, wanted: dict[str, Any]
) -> None:
    router = str(make_router("words").pk)
    before = Run.objects.count()
    answer = start(browser, wanted, router=router)
    assert answer.status_code == 422
    assert "tick one of them, or choose no router" in answer.content.decode()
    both = {"strategies": ["classifier_selective"], "classifier_selective-router": '{"bias": 1}', "router": router}
    answer = start(browser, wanted, **both)
    assert answer.status_code == 422
    assert "There is a router among the parameters already" in answer.content.decode()
    assert Run.objects.count() == before


def few_shot(browser: Client, wanted: dict[str, Any], exemplars: str, **changes: Any) -> Any:
    changes = {"strategies": ["few_shot"], "few_shot-exemplars": exemplars, "few_shot-as_turns": "on", **changes}
    return start(browser, wanted, **changes)


def test_one_line_of_one_exemplar_is_a_list_of_one(browser: Client, wanted: dict[str, Any]) -> None:
    assert few_shot(browser, wanted, '{"prompt": "Name a fruit.", "answer": "A fig."}').status_code == 302
    [exemplar] = Run.objects.get(strategy="few_shot").parameters["exemplars"]
    assert exemplar["answer"] == "A fig."


@pytest.mark.parametrize("depth", [300, 600, 900, 5000])
def test_json_of_any_depth_is_refused_in_words(browser: Client, wanted: dict[str, Any], depth: int) -> None:
    answer = few_shot(browser, wanted, "[" * depth + "]" * depth)
    assert answer.status_code == 422
    assert Run.objects.filter(strategy="few_shot").count() == 0


def test_a_refused_value_is_shown_cut(browser: Client, wanted: dict[str, Any]) -> None:
    answer = few_shot(browser, wanted, json.dumps(["x" * 9_000])).content.decode()
    assert "exemplar 1: expected a JSON object, not &#x27;xxx" in answer
    assert answer.count("x" * 100) == 90  # in the field alone


@pytest.mark.parametrize("excluded", ["[{}]", "[null]", "[[1]]", "[true]", "[1.5]"])
def test_what_is_no_key_cannot_be_excluded(browser: Client, wanted: dict[str, Any], excluded: str) -> None:
    exemplars = '{"prompt": "Name a fruit.", "answer": "A fig."}'
    answer = few_shot(browser, wanted, exemplars, **{"few_shot-excluded": excluded})
    assert "is no key; a key is a text or a whole number" in answer.content.decode()
