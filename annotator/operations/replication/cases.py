"""Cases of a replication as CSV, from which the figures of its arms can be counted again."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from annotator.analysis.attention.pairs import traced_pairs, tracing_model
from annotator.analysis.results.rows import AnsweredPrompt, answered_prompts
from annotator.formulas import without_formula
from annotator.operations.replication.steps import Replication
from annotator.runs.models import Verdict
from annotator.studies.models import Study

CASES_FILE = "cases.csv"
_SCOPES = (Verdict.Scope.ANSWER, Verdict.Scope.COMPLETION)
_OF_ARM = ("whole", *(f"{scope}_{count}" for scope in _SCOPES for count in ("obeyed", "decided")))


def cases_write(replication: Replication, folder: Path) -> Path:
    """Write the cases into the folder; return the file."""
    path = folder / CASES_FILE
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for row in _rows(replication):
            writer.writerow([without_formula(value) if isinstance(value, str) else value for value in row])
    return path


def _rows(replication: Replication) -> Iterator[Sequence[str | int]]:
    """The head, then the cases in the order of their prompts; loose verdicts, as in the row of Table 1."""
    study, runs = replication.study, replication.runs
    answered = answered_prompts([run.pk for run in runs.values()])
    traced = _traced(study)
    yield ["key", "case", "outcome", "traced", *(f"{arm}_{column}" for arm in runs for column in _OF_ARM)]
    cases = study.cases.order_by("prompt__position").values_list("pk", "prompt_id", "prompt__key", "outcome")
    for pk, prompt_id, key, outcome in cases:
        arms = [count for run in runs.values() for count in _counts(answered[run.pk].get(prompt_id))]
        yield [key, f"/studies/{study.slug}/cases/{pk}/history/", outcome, int(pk in traced), *arms]


def _counts(row: AnsweredPrompt | None) -> Sequence[str | int]:
    """What one arm made of the prompt; empty cells where it has no answer, as few-shot near an exemplar."""
    if row is None:
        return [""] * len(_OF_ARM)
    return [int(row.whole), *(count for scope in _SCOPES for count in row.share(scope))]


def _traced(study: Study) -> set[int]:
    """The cases that the attention results are of."""
    language_model = tracing_model(study)
    pairs = traced_pairs(study, language_model) if language_model else []
    return {pair.case_id for pair in pairs if pair.alike}
