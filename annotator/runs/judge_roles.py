"""Scoring questions: which runs have any, and whether a judge or an extractor answers one."""

from django.db.models import OuterRef, Q
from django.utils.translation import gettext as _

from annotator.constraints.complexbench.question import KIND
from annotator.datasets.models import Constraint
from annotator.runs.errors import RunError
from annotator.runs.models import JudgeReply, Run, Verdict


def role_of(question: Constraint) -> str:
    """Return the role that answers `question`: an extractor where a rule decides, else a judge."""
    return JudgeReply.Role.JUDGE if question.kwargs.get("rule") is None else JudgeReply.Role.EXTRACTOR


def counted_replies(scope: str | OuterRef) -> Q:
    """The judge replies in `scope`, and those about the reasoning to questions that are about it.

    `scope` may be a field of an outer query.
    """
    return Q(scope=scope) | Q(scope=Verdict.Scope.REASONING, constraint__scope=Constraint.Scope.REASONING)


def refuse_unjudgeable(run: Run) -> None:
    """Raise RunError unless the run's dataset has a question for a judge."""
    if not Constraint.objects.filter(prompt__dataset=run.dataset_id, kind=KIND).exists():
        raise RunError(
            _(
                "run %(run)d is over %(dataset)s, which has no question for a judge: checkers decide its constraints; "
                "choose a run over a dataset of ComplexBench, or over one whose import counted questions that wait."
            )
            % {"run": run.pk, "dataset": run.dataset}
        )


def refuse_without_instances(run: Run) -> None:
    """Raise RunError unless the run is over a ComplexBench dataset, which alone has instances to score."""
    if run.dataset.format != "complexbench":
        raise RunError(
            _(
                "run %(run)d is over %(dataset)s, which has no ComplexBench questions to judge; "
                "import a dataset with --format complexbench."
            )
            % {"run": run.pk, "dataset": run.dataset}
        )
