"""Scoring questions: which runs have any, and whether a judge or an extractor answers one."""

from django.utils.translation import gettext as _

from annotator.datasets.models import Constraint
from annotator.runs.errors import RunError
from annotator.runs.models import JudgeReply, Run


def role_of(question: Constraint) -> str:
    """Return the role that answers `question`: an extractor where a rule decides, else a judge."""
    return JudgeReply.Role.JUDGE if question.kwargs.get("rule") is None else JudgeReply.Role.EXTRACTOR


def refuse_unjudgeable(run: Run) -> None:
    """Raise RunError unless the run is over a ComplexBench dataset."""
    if run.dataset.format != "complexbench":
        raise RunError(
            _(
                "run %(run)d is over %(dataset)s, which has no ComplexBench questions to judge; "
                "import a dataset with --format complexbench."
            )
            % {"run": run.pk, "dataset": run.dataset}
        )
