"""Routers in the database: trained by command on a study, stored with a report and a card, found by name."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotator.events.models import Event
from annotator.routing.errors import RoutingError
from annotator.routing.models import Router
from annotator.routing.selectors import frozen_router, labelled_study, newest_router, router_called, runs_with
from annotator.routing.services import router_train
from annotator.routing.training import Settings
from annotator.runs.models import Run
from annotator.studies.models import Adjudication, Case
from tests.cast import World
from tests.routing.planted import planted
from tests.routing.studies import planted_study

pytestmark = pytest.mark.django_db


def printed(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


def test_a_router_is_trained_from_the_command_line_and_reports_on_itself() -> None:
    planted_study()
    lines = printed("train_router", "words", "--study", "planted").splitlines()
    assert lines[0] == "words@1 is trained on 240 prompts (helped 80, hurt 80, tie 80)."
    router = router_called("words")
    assert (router.version, router.features, router.labels) == (1, "tfidf", "verdicts")
    assert lines[1] == f"Its hash is {router.content_hash}."
    assert frozen_router(router).to_json() == router.artifact
    card = printed("router_report", "words@1")
    assert card == router.card
    assert "- Study `planted`: runs" in card
    assert "| random | 240 | 33.3 |" in card
    report = json.loads(printed("router_report", "words", format="json"))
    assert [split["split"] for split in report["splits"]] == ["random", "kind", "composition", "dataset", "model"]
    assert Event.objects.get(kind="router.trained").payload["studies"] == ["planted"]


def test_training_again_makes_a_new_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotator.routing.services.routers.report_of", lambda *_, **__: [])
    study = planted_study()
    for version in (1, 2):
        assert router_train(name="words", studies=[study], settings=Settings(), labels="verdicts").version == version
    assert router_called("words").version == 2
    assert router_called("words@1").version == 1
    assert newest_router().version == 2


def test_two_trainings_of_one_name_at_once_make_two_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotator.routing.services.routers.report_of", lambda *_, **__: [])
    study = planted_study()
    router_train(name="words", studies=[study], settings=Settings())
    numbers = iter((1, 2))  # the other training was stored after this one had asked for its number
    monkeypatch.setattr("annotator.routing.services.routers._next_version", lambda name: next(numbers))
    assert router_train(name="words", studies=[study], settings=Settings()).card.startswith("# Router words v2")


def test_labels_of_gold_come_from_adjudications_and_the_shares_from_verdicts(carol: Any) -> None:
    study = planted_study(prompts=planted(6))
    for case, label in zip(study.cases.order_by("pk"), ("hurt", "no_difference", "cant_tell"), strict=False):
        Adjudication.objects.create(case=case, author=carol, label=label, revision=1, reason="So it is.")
    labelled = labelled_study(study, "gold")
    assert [(prompt.label, prompt.first, prompt.second) for prompt in labelled.prompts] == [
        ("hurt", 0.0, 1.0),
        ("tie", 1.0, 0.0),
    ]
    assert labelled.left_out == 4


def test_a_case_without_an_answer_is_left_out_and_counted() -> None:
    study = planted_study(prompts=planted(6))
    Case.objects.filter(prompt__key="0").update(outcome="no_answer", contrast=["unverifiable"])
    labelled = labelled_study(study, "verdicts")
    assert (len(labelled.prompts), labelled.left_out) == (5, 1)
    assert labelled.prompts[0].first_tokens == 50


@pytest.fixture
def router(monkeypatch: pytest.MonkeyPatch) -> Router:
    monkeypatch.setattr("annotator.routing.services.routers.report_of", lambda *_, **__: [])
    return router_train(name="words", studies=[planted_study()], settings=Settings(), labels="verdicts")


def test_a_run_copies_the_values_of_the_router_and_is_found_by_its_hash(router: Router, world: World) -> None:
    printed("start_run", "pilot", "tiny", "classifier_selective", router="words@1")
    printed("start_run", "pilot", "tiny", "pipeline", router="words")
    pipeline, by_itself = runs_with(router)
    assert by_itself.parameters == {"router": router.artifact}
    assert pipeline.parameters["classifier_selective"] == {"router": router.artifact}
    assert not runs_with(Router(content_hash="router-1:ab")).exists()


@pytest.mark.parametrize(
    ("strategy", "parameter", "sentence"),
    [
        ("cot", [], "The strategy cot has no router; choose classifier_selective / pipeline, or leave the router out."),
        ("classifier_selective", ['router={"bias": 1}'], "There is a router among the parameters already"),
        ("pipeline", ["classifier_selective=3"], "classifier_selective must be of type JSON object, not 3"),
    ],
)
def test_a_router_without_a_place_is_refused(
    router: Router, world: World, strategy: str, parameter: list[str], sentence: str
) -> None:
    with pytest.raises(CommandError) as refused:
        printed("start_run", "pilot", "tiny", strategy, router="words", parameter=parameter)
    assert sentence in str(refused.value)
    assert not Run.objects.filter(strategy=strategy, parameters__has_key="router").exists()


def test_what_does_not_exist_is_refused_in_one_sentence() -> None:
    with pytest.raises(CommandError, match=r"No router is called 'words'; known: none yet\. Train one with"):
        printed("router_report", "words")
    with pytest.raises(CommandError, match=r"No study is called 'none'; known: none yet\."):
        printed("train_router", "words", "--study", "none")
    with pytest.raises(RoutingError, match="No router has been trained yet"):
        newest_router()
    study = planted_study(prompts=planted(6))
    with pytest.raises(RoutingError, match="6 prompts are labelled, 2 of them as helped; a router needs 10"):
        router_train(name="words", studies=[study], settings=Settings())
    with pytest.raises(RoutingError, match="'a b' is no name of a router"):
        router_train(name="a b", studies=[study], settings=Settings())
    assert not Router.objects.exists()
