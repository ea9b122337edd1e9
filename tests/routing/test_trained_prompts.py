"""Routers that are evaluated on prompts of their own training: counted beside every comparison, and said first."""

from typing import Any

import pytest

from annotator.analysis.results.sentences import limit_sentences
from annotator.analysis.results.strategy_tables import strategy_tables
from annotator.analysis.results.study_results import runs_compared, study_results
from annotator.canonical import fingerprint
from annotator.datasets.models import Dataset, Prompt
from annotator.routing.models import Router
from annotator.routing.services import router_train
from annotator.routing.trained_prompts import prompts_trained_on
from annotator.routing.training import Settings
from annotator.runs.models import Generation, Run
from annotator.studies.models import Study
from tests.cast import make_model
from tests.routing.studies import planted_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    return planted_study()


@pytest.fixture
def router(study: Study) -> Router:
    return router_train(name="words", studies=[study], settings=Settings(features="tfidf"), splits=("random",))


def routed(dataset: Dataset, **parameters: Any) -> Run:
    """A finished run over all prompts of the dataset."""
    run = Run.objects.create(
        dataset=dataset, language_model=make_model(), strategy="classifier_selective", strategy_version="1",
        sampling={}, parameters=parameters, status="done", fingerprint=fingerprint("run", [dataset.pk, parameters]),
    )  # fmt: skip
    Generation.objects.bulk_create(
        Generation(run=run, prompt=prompt, position=prompt.position, fingerprint=f"{run.pk}.{prompt.pk}",
                   status="done", answer="Yes.", completion="Yes.", finish_reason="stop", split_status="clean")
        for prompt in dataset.prompts.all()
    )  # fmt: skip
    return run


def test_the_results_say_on_how_many_prompts_of_a_run_its_router_was_trained(study: Study, router: Router) -> None:
    run = routed(study.first_run.dataset, router=router.artifact)
    results = study_results(study, runs_compared(study, Run.objects.all()))
    [found] = [row for row in results.runs if row.run_id == run.pk]
    n = study.cases.count()
    assert (found.trained_on, results.runs[0].trained_on) == (n, None)
    [sentence] = [words for words in limit_sentences(results) if "was trained on" in words]
    assert f"run {run.pk} was trained on {n} of its {n} prompts" in sentence
    strategies = strategy_tables(results)[0]
    place = [column.slug for column in strategies.columns].index("trained_on")
    assert n in [row[place].value for row in strategies.rows]


def test_prompts_are_those_of_the_training_by_their_texts_in_any_dataset(study: Study, router: Router) -> None:
    other = Dataset.objects.create(name="other", version=1, format="ifeval", content_hash="d", prompt_count=2)
    known = study.cases.order_by("pk").first()
    assert known is not None
    for number, text in enumerate((f" {known.prompt.text.upper()}", "Write about something else.")):
        Prompt.objects.create(dataset=other, key=str(number), position=number, text=text)
    by_itself = routed(other, router=router.artifact)
    in_a_pipeline = routed(other, classifier_selective={"router": router.artifact})
    unknown = routed(other, router={"hash": "router-1:ab"})
    assert prompts_trained_on([by_itself, in_a_pipeline, unknown, study.first_run]) == {
        by_itself.pk: 1,
        in_a_pipeline.pk: 1,
    }
