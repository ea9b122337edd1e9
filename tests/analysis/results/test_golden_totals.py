"""The six real response sets, imported as runs: accuracies equal the official totals, statistics equal evalstats."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import pytest
from django.db import transaction
from scipy import stats

from annotator.analysis.results.accuracies import scope_accuracies
from annotator.analysis.results.comparisons import comparison
from annotator.analysis.results.rows import RunRows, answered_prompts
from annotator.datasets.accuracies import Accuracies
from annotator.datasets.models import Prompt
from annotator.datasets.responses.splitting import SplitRule
from annotator.datasets.responses.unpacking import SourceFile
from annotator.datasets.services import dataset_import
from annotator.runs.response_reading import ImportSource
from annotator.runs.services import run_import
from tests.constraints.golden import MODELS, golden_responses
from tests.paths import SHARED_DATA, needs_shared_data
from tests.statistics.reference_values import FILE

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


@dataclass(frozen=True)
class Imported:
    """Rows of each model's run, and the id of each prompt by its key."""

    rows: Mapping[str, RunRows]
    ids: Mapping[str, int]


@pytest.fixture(scope="module")
def imported(django_db_setup: None, django_db_blocker) -> Imported:
    with django_db_blocker.unblock(), transaction.atomic():
        # All six answer this revision; only the responses of gpt4 say so.
        dataset = dataset_import(name="ifeval", path_or_lines=SHARED_DATA / "ifeval/input_data_gpt4.jsonl").dataset
        runs = {}
        for model in MODELS:
            file = SourceFile(SHARED_DATA / "ifeval" / "responses" / f"{model}.jsonl")
            source = ImportSource(file, SplitRule.parse("none"), sample=None)
            runs[model] = run_import(dataset=dataset, source=source, language_model=model, strategy="base").run.pk
        rows = answered_prompts(list(runs.values()))
        found = Imported({model: rows[pk] for model, pk in runs.items()}, dict(Prompt.objects.values_list("key", "pk")))
        transaction.set_rollback(True)
    return found


def official(model: str, imported: Imported) -> tuple[Accuracies, int]:
    """The accuracies by the official verdicts, and how many of those are drawn at random: there ours stands in."""
    totals, drawn = Accuracies(), 0
    for golden in golden_responses(model):
        of_prompt = imported.rows[model][imported.ids[golden.name.rpartition(" ")[2]]].decisions["answer"]
        strict, loose = list(golden.strict), list(golden.loose)
        for index in golden.skipped:
            _kind, strict[index], loose[index] = of_prompt[index]
        totals.add([spec.kind for spec in golden.specs], strict, loose)
        drawn += len(golden.skipped)
    return totals, drawn


def with_drawn_verdicts(model: str, imported: Imported) -> RunRows:
    """The run with the official verdicts where those are drawn at random: there ours differ, and nowhere else."""
    rows = dict(imported.rows[model])
    for golden in golden_responses(model):
        prompt = imported.ids[golden.name.rpartition(" ")[2]]
        decisions = list(rows[prompt].decisions["answer"])
        for index in golden.skipped:
            decisions[index] = (decisions[index][0], golden.strict[index], golden.loose[index])
        rows[prompt] = replace(rows[prompt], decisions={"answer": decisions})
    return rows


@pytest.mark.parametrize("model", MODELS)
def test_accuracies_equal_the_official_totals(model: str, imported: Imported) -> None:
    rows = imported.rows[model]
    [answer] = [scope for scope in scope_accuracies(rows) if scope.scope == "answer"]
    totals, drawn = official(model, imported)
    assert (len(rows), drawn) == (541, DRAWN[model])
    for ours, theirs in ((answer.strict, totals.strict), (answer.loose, totals.loose)):
        assert (ours.prompts_obeyed, ours.prompts.n) == (theirs.prompts.obeyed, 541)
        assert (ours.constraints_obeyed, ours.constraints.n) == (theirs.constraints.obeyed, 834)
        shares = [share.obeyed / share.decided for share in theirs.of_kind.values()]
        assert ours.per_kind.value == pytest.approx(sum(shares) / len(shares), abs=1e-12)
    if model == "gpt4":  # the totals that shared/data/README.md gives
        counts = [(level.prompts_obeyed, level.constraints_obeyed) for level in (answer.strict, answer.loose)]
        assert counts == [(417, 698), (431, 714)]


@pytest.mark.parametrize("pair", list(combinations(MODELS, 2)), ids=" and ".join)
def test_statistics_of_two_runs_equal_evalstats_and_scipy(pair: tuple[str, str], imported: Imported) -> None:
    [theirs] = [row for row in json.loads(FILE.read_text())["real"] if tuple(row["models"]) == pair]
    first, second = (with_drawn_verdicts(model, imported) for model in pair)
    ours = comparison(first, second, "answer")
    assert [ours.both, ours.only_first, ours.only_second, ours.neither] == theirs["table"]
    assert (ours.prompts.low, ours.prompts.high) == pytest.approx(theirs["tango"], abs=1e-9)
    assert (ours.newcombe.low, ours.newcombe.high) == pytest.approx(theirs["newcombe"], abs=1e-9)
    assert ours.mid_p == pytest.approx(theirs["mid_p"], abs=1e-9)
    exact = stats.binomtest(ours.only_first, ours.discordant, 0.5).pvalue
    assert ours.p_value == pytest.approx(exact, abs=1e-9)
    shares = [sum(row.share("answer")[0] for row in rows.values()) / 834 for rows in (first, second)]
    assert ours.constraints.value == pytest.approx(shares[1] - shares[0], abs=1e-9)
