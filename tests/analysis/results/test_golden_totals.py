"""The six real response sets, imported as runs: accuracies equal the totals of the official verdicts."""

from collections.abc import Iterator

import pytest

from annotator.analysis.results.accuracies import scope_accuracies
from annotator.analysis.results.rows import answered_prompts
from annotator.datasets.accuracies import Accuracies
from annotator.datasets.models import Dataset
from annotator.datasets.responses.splitting import SplitRule
from annotator.datasets.responses.unpacking import SourceFile
from annotator.datasets.services import dataset_import
from annotator.runs.models import Run
from annotator.runs.response_reading import ImportSource
from annotator.runs.services import run_import
from tests.constraints.golden import MODELS, golden_responses
from tests.paths import SHARED_DATA, needs_shared_data

pytestmark = [pytest.mark.slow, pytest.mark.django_db, needs_shared_data]


def imported(model: str) -> Run:
    # All six answer this revision; only the responses of gpt4 say so.
    dataset: Dataset = dataset_import(name="ifeval", path_or_lines=SHARED_DATA / "ifeval/input_data_gpt4.jsonl").dataset
    file = SourceFile(SHARED_DATA / "ifeval" / "responses" / f"{model}.jsonl")
    source = ImportSource(file, SplitRule.parse("none"), sample=None)
    return run_import(dataset=dataset, source=source, language_model=model, strategy="base").run


def decisions(model: str) -> Iterator[tuple[list[str], list[bool | None], list[bool | None]]]:
    """Kinds and official verdicts of each prompt, None where the official code draws at random."""
    for golden in golden_responses(model):
        known = [index not in golden.skipped for index in range(len(golden.specs))]
        strict, loose = (
            [verdict if keep else None for verdict, keep in zip(verdicts, known, strict=True)]
            for verdicts in (golden.strict, golden.loose)
        )
        yield [spec.kind for spec in golden.specs], strict, loose


@pytest.mark.parametrize("model", MODELS)
def test_accuracies_equal_the_official_totals(model: str) -> None:
    run = imported(model)
    rows = answered_prompts([run.pk])[run.pk]
    [answer] = [scope for scope in scope_accuracies(rows) if scope.scope == "answer"]
    official = Accuracies()
    for kinds, strict, loose in decisions(model):
        official.add(kinds, strict, loose)
    assert len(rows) == 541
    for ours, theirs in ((answer.strict, official.strict), (answer.loose, official.loose)):
        assert ours.prompts_obeyed == theirs.prompts.obeyed
        assert ours.prompts.n == theirs.prompts.decided
        assert ours.constraints_obeyed == theirs.constraints.obeyed
        assert ours.constraints.n == theirs.constraints.decided
        shares = [share.obeyed / share.decided for share in theirs.of_kind.values() if share.decided]
        assert ours.per_kind.value == pytest.approx(sum(shares) / len(shares), abs=1e-12)
