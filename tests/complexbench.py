"""A small ComplexBench for the cast: two instances, and runs over them whose answers are done and wait for a judge.

Instance 1 asks whether the letter is polite (no rule) and, given that, that it has 1 to 30 characters (a rule);
instance 2 asks only the first.
"""

import json
import uuid
from typing import Any

from annotator.datasets.models import Dataset
from annotator.datasets.services import dataset_import
from annotator.runs.models import LanguageModel, Run
from annotator.runs.services.generations import GenerationResult, generation_finish, generations_claim
from tests.cast import make_model, make_run
from tests.constraints.complexbench.test_instances import instance, question

POLITE = question(0)
SHORT = question(1, dep=[0], rule="length:[1,30]", question_en="Is it short?")
INSTANCES = (
    instance(1, scoring_questions=[POLITE, SHORT]),
    instance(2, scoring_questions=[POLITE], instruction_en="Write to Wang."),
)
ANSWERS = {"1": "Dear Li, thank you.", "2": "Wang! Come here."}


def make_bench(*instances: dict[str, Any], name: str = "bench", language: str = "en") -> Dataset:
    """The instances as a dataset; those of this module if none is given."""
    text = json.dumps(instances or INSTANCES)
    return dataset_import(name=name, path_or_lines=[text], format="complexbench", language=language).dataset


def answered_run(dataset: Dataset, strategy: str = "base", answers: dict[str, str] | None = None) -> Run:
    """A run whose prompts are answered with `answers` by key; a prompt without one is not done."""
    run = make_run(dataset, make_model(), strategy, done=False)
    texts, claim = ANSWERS if answers is None else answers, uuid.uuid4()
    limit = dataset.prompt_count
    for generation in generations_claim(language_model_id=run.language_model_id, claim=claim, worker="w1", limit=limit):
        answer = texts.get(generation.prompt.key)
        if answer is not None and generation.run_id == run.pk:
            completion = f"THINK: hm\nANSWER: {answer}"
            result = GenerationResult(completion, "hm", answer, split_status="clean", finish_reason="stop")
            generation_finish(generation=generation, claim=claim, result=result)
    run.refresh_from_db()
    return run


def make_judge(slug: str = "arbiter", **options: Any) -> LanguageModel:
    """A scripted judge; `options` are the scripted backend's."""
    return LanguageModel.objects.create(slug=slug, backend="scripted", name=slug, options=options)
