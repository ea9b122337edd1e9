"""A dataset of constraints on the reasoning, and runs over it whose generations are finished with given reasoning."""

import json
import uuid

from annotator.datasets.models import Dataset
from annotator.datasets.services import dataset_import
from annotator.runs.models import Run
from annotator.runs.services.generations import GenerationResult, generation_finish, generations_claim
from tests.cast import make_model, make_run
from tests.datasets.reasonif_items import reasonif_item

NO_COMMA = reasonif_item(
    "When reasoning, refrain from the use of any commas.",
    constraint_name=["punctuation:no_comma"],
    constraint_args=[None],
)
IN_CHINESE = reasonif_item(
    "When reasoning, respond only in Chinese language, no other language is allowed.",
    constraint_name=["language:reasoning_language"],
    constraint_args=[{"language": "zh"}],
)


def make_cats() -> Dataset:
    """Prompt 0 forbids commas in the reasoning; only a judge can tell whether that of prompt 1 is in Chinese."""
    return dataset_import(name="cats", path_or_lines=[json.dumps([NO_COMMA, IN_CHINESE])], format="reasonif").dataset


def reasoned_run(dataset: Dataset, strategy: str, *reasoning: str) -> Run:
    """A run that answers "Four, of course." to each prompt, after the reasoning given for it; "" is none."""
    run, claim = make_run(dataset, make_model(), strategy, done=False), uuid.uuid4()
    for generation in generations_claim(language_model_id=run.language_model_id, claim=claim, worker="w1", limit=9):
        thought, answer = reasoning[generation.position], "Four, of course."
        completion = f"THINK: {thought}\nANSWER: {answer}" if thought else answer
        result = GenerationResult(completion, thought, answer, split_status="clean", finish_reason="stop")
        assert generation_finish(generation=generation, claim=claim, result=result)
    run.refresh_from_db()
    return run
