"""A run of the scripted model, for the database of a fault test: imported by a process that has its settings."""

from annotator.canonical import fingerprint
from annotator.datasets.models import Constraint, Dataset, Prompt
from annotator.runs.models import LanguageModel
from annotator.runs.services import run_start


def start_scripted_run(slug: str, prompts: int, *, delay_s: float, batch_size: int) -> int:
    dataset = Dataset.objects.create(
        name="faults", version=1, format="ifeval", content_hash=fingerprint("dataset", prompts), prompt_count=prompts
    )
    rows = Prompt.objects.bulk_create(
        Prompt(dataset=dataset, key=str(number), position=number, text=f"Write line {number}. Do not use any commas.")
        for number in range(prompts)
    )
    Constraint.objects.bulk_create(Constraint(prompt=row, position=0, kind="punctuation:no_comma") for row in rows)
    model = LanguageModel.objects.create(
        slug=slug, backend="scripted", name="scripted", serving={"delay_s": delay_s, "batch_size": batch_size}
    )
    return run_start(dataset=dataset, language_model=model, strategy="base")[0].pk
