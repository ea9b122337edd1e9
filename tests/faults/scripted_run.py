"""Runs of scripted and remote models for the database of a fault test, started by a process that has its settings."""

from typing import Any

from annotator.canonical import fingerprint
from annotator.datasets.models import Constraint, Dataset, Prompt
from annotator.runs.models import LanguageModel
from annotator.runs.services import language_model_register, run_start


def start_scripted_run(slug: str, prompts: int, *, delay_s: float, batch_size: int) -> int:
    model = LanguageModel.objects.create(
        slug=slug, backend="scripted", name="scripted", serving={"delay_s": delay_s, "batch_size": batch_size}
    )
    return run_start(dataset=_dataset(prompts), language_model=model, strategy="base")[0].pk


def start_remote_run(slug: str, prompts: int, *, backend: str, name: str, serving: dict[str, Any]) -> int:
    model = language_model_register(slug=slug, backend=backend, name=name, serving=serving)
    return run_start(dataset=_dataset(prompts), language_model=model, strategy="base")[0].pk


def _dataset(prompts: int) -> Dataset:
    """A dataset of so many prompts, with one constraint each."""
    dataset = Dataset.objects.create(
        name="faults", version=1, format="ifeval", content_hash=fingerprint("dataset", prompts), prompt_count=prompts
    )
    rows = Prompt.objects.bulk_create(
        Prompt(dataset=dataset, key=str(number), position=number, text=f"Write line {number}. Do not use any commas.")
        for number in range(prompts)
    )
    Constraint.objects.bulk_create(Constraint(prompt=row, position=0, kind="punctuation:no_comma") for row in rows)
    return dataset
