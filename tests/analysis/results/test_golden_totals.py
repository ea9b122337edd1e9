"""The six real response sets, imported as runs: accuracies equal the totals of the official verdicts."""

import pytest

from annotator.analysis.results.accuracies import scope_accuracies
from annotator.analysis.results.rows import RunRows, answered_prompts
from annotator.datasets.accuracies import Accuracies
from annotator.datasets.models import Dataset, Prompt
from annotator.datasets.responses.splitting import SplitRule
from annotator.datasets.responses.unpacking import SourceFile
from annotator.datasets.services import dataset_import
from annotator.runs.models import Run
from annotator.runs.response_reading import ImportSource
from annotator.runs.services import run_import
from tests.constraints.golden import MODELS, golden_responses
from tests.paths import SHARED_DATA, needs_shared_data

pytestmark = [pytest.mark.slow, pytest.mark.django_db, needs_shared_data]

# Verdicts of each model that the official code draws at random, or whose language detector is unstable.
DRAWN = {
    "claude-3-haiku": 5,
    "gpt-4o-mini": 3,
    "gpt4": 2,
    "llama-3.1-8b": 3,
    "qwen2.5-1.5b": 5,
    "qwen2.5-7b": 6,
}


def imported(model: str) -> Run:
    # All six answer this revision; only the responses of gpt4 say so.
    dataset: Dataset = dataset_import(name="ifeval", path_or_lines=SHARED_DATA / "ifeval/input_data_gpt4.jsonl").dataset
    file = SourceFile(SHARED_DATA / "ifeval" / "responses" / f"{model}.jsonl")
    source = ImportSource(file, SplitRule.parse("none"), sample=None)
    return run_import(dataset=dataset, source=source, language_model=model, strategy="base").run


def official(model: str, rows: RunRows) -> tuple[Accuracies, int]:
    """The accuracies by the official verdicts, and how many of those are drawn at random: there ours stands in."""
    ours = {row.prompt_id: row.decisions["answer"] for row in rows.values()}
    ids = dict(Prompt.objects.values_list("key", "pk"))
    totals, drawn = Accuracies(), 0
    for golden in golden_responses(model):
        of_prompt = ours[ids[golden.name.rpartition(" ")[2]]]
        strict, loose = list(golden.strict), list(golden.loose)
        for index in golden.skipped:
            _kind, strict[index], loose[index] = of_prompt[index]
        totals.add([spec.kind for spec in golden.specs], strict, loose)
        drawn += len(golden.skipped)
    return totals, drawn


@pytest.mark.parametrize("model", MODELS)
def test_accuracies_equal_the_official_totals(model: str) -> None:
    run = imported(model)
    rows = answered_prompts([run.pk])[run.pk]
    [answer] = [scope for scope in scope_accuracies(rows) if scope.scope == "answer"]
    totals, drawn = official(model, rows)
    assert (len(rows), drawn) == (541, DRAWN[model])
    for ours, theirs in ((answer.strict, totals.strict), (answer.loose, totals.loose)):
        assert (ours.prompts_obeyed, ours.prompts.n) == (theirs.prompts.obeyed, 541)
        assert (ours.constraints_obeyed, ours.constraints.n) == (theirs.constraints.obeyed, 834)
        shares = [share.obeyed / share.decided for share in theirs.of_kind.values()]
        assert ours.per_kind.value == pytest.approx(sum(shares) / len(shares), abs=1e-12)
    if model == "gpt4":  # the totals that shared/data/README.md gives
        counts = [(level.prompts_obeyed, level.constraints_obeyed) for level in (answer.strict, answer.loose)]
        assert counts == [(417, 698), (431, 714)]
