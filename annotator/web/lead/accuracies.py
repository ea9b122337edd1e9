"""Accuracies of the two runs of a study side by side, for the pages of the study and of its runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annotator.datasets.accuracies import Share
from annotator.runs.models import Run, Verdict
from annotator.runs.selectors import prompt_accuracies
from annotator.studies.models import Study


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The share of prompts with every constraint obeyed, strictly, of `n` that are decided; None for no prompt."""

    share: float | None
    n: int


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """The accuracies of both runs in one scope."""

    scope: str
    first: Accuracy
    second: Accuracy


@dataclass(frozen=True, slots=True)
class PairedRun:
    """A study that pairs a run, with the accuracies of both runs on the answer alone."""

    study: Study
    row: ScopeRow


def accuracy_rows(study: Study) -> Sequence[ScopeRow]:
    """Return a row for each scope that has a decided prompt; one query."""
    shares = prompt_accuracies([study.first_run_id, study.second_run_id])
    first, second = shares[study.first_run_id], shares[study.second_run_id]
    rows = [
        ScopeRow(scope, _accuracy(first.get(scope)), _accuracy(second.get(scope))) for scope in Verdict.Scope.values
    ]
    return [row for row in rows if row.first.n or row.second.n]


def paired_runs(run: Run, studies: Iterable[Study]) -> Sequence[PairedRun]:
    """Return those of `studies` that pair `run`, each with both accuracies."""
    pairing = [study for study in studies if run.pk in (study.first_run_id, study.second_run_id)]
    shares = prompt_accuracies({pk for study in pairing for pk in (study.first_run_id, study.second_run_id)})
    scope = Verdict.Scope.ANSWER
    return [
        PairedRun(
            study,
            ScopeRow(
                scope,
                _accuracy(shares[study.first_run_id].get(scope)),
                _accuracy(shares[study.second_run_id].get(scope)),
            ),
        )
        for study in pairing
    ]


def _accuracy(share: Share | None) -> Accuracy:
    if share is None or not share.decided:
        return Accuracy(None, 0)
    return Accuracy(share.obeyed / share.decided, share.decided)
