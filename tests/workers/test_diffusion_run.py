"""Runs on a masked diffusion model: a small one learns four of our exemplars, and a worker answers with it."""

import json
from typing import Any

import pytest

from annotator.datasets.services import dataset_import
from annotator.runs import dispatch
from annotator.runs.services import language_model_register, run_start
from tests.paths import REPOSITORY

# A real worker renews its leases from a thread, which a test inside one transaction would lock out.
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[dict[str, Any]]]:
    """A folder with a LLaDA checkpoint that has learned the exemplars, and these."""
    from tests.workers.engine.local.learning import learned_checkpoint

    lines = (REPOSITORY / "fixtures" / "exemplars.jsonl").read_text("utf-8").splitlines()
    exemplars = sorted(map(json.loads, lines), key=lambda exemplar: len(exemplar["answer"]))[:2]
    folder = tmp_path_factory.mktemp("llada")
    return learned_checkpoint(exemplars, folder), exemplars


@pytest.mark.parametrize("options", [{}, {"cache": "dual", "steps": 8}])
def test_a_worker_answers_prompts_with_a_masked_diffusion_model_and_they_are_checked(
    monkeypatch: Any, learned: tuple[str, list[dict[str, Any]]], options: dict[str, Any]
) -> None:
    from workers import backend_cache
    from workers.session import work_until_idle

    folder, exemplars = learned
    monkeypatch.setattr(dispatch, "_send", lambda *args, **kwargs: None)
    model = language_model_register(
        slug="masked",
        backend="diffusion",
        name=folder,
        options={"dtype": "float32", "block_length": 16, **options},
        serving={"threads": 1},
    )
    rows = [{**exemplar, "key": str(number)} for number, exemplar in enumerate(exemplars)]
    dataset = dataset_import(name="learned", path_or_lines=[json.dumps(row) for row in rows]).dataset
    run, _ = run_start(dataset=dataset, language_model=model, strategy="base", sampling={"max_new_tokens": 100})
    assert work_until_idle(language_model_id=model.pk, worker="w1") == 2
    run.refresh_from_db()
    assert run.status == "done"
    for generation, exemplar in zip(run.generations.order_by("position"), exemplars, strict=True):
        assert (generation.status, generation.finish_reason) == ("done", "stop")
        assert generation.environment
        assert generation.environment.content["backend"] == "diffusion"
        assert generation.verdicts.filter(scope="answer").count() == len(exemplar["instruction_id_list"])
        if not options:  # the cache and half of the steps promise no equal tokens
            assert generation.answer == exemplar["answer"]
            assert all(verdict.strict for verdict in generation.verdicts.filter(scope="answer"))
    backend_cache.forget()
