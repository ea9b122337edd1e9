"""Progress of a judge model on the questions of a run."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from annotator.constraints.complexbench.prompts import PROMPT_VERSION
from annotator.runs.judge_roles import counted_replies
from annotator.runs.models import JudgeReply, LanguageModel, Run

_FAILURES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class JudgeProgress:
    """Numbers of judge replies requested from one judge about a run, at one moment."""

    done: int
    failed: int
    total: int
    unparsed: int
    failures: Sequence[tuple[str, int, str]]
    """(prompt key, position of the question, error) of the first failed replies."""

    @property
    def waiting(self) -> int:
        return self.total - self.done - self.failed


def judge_progress(run: Run, judge: LanguageModel, scope: str) -> JudgeProgress:
    """Return the progress of `judge` on `run`, with the current version of its prompt."""
    status = JudgeReply.Status
    requested = JudgeReply.objects.filter(
        counted_replies(scope), generation__run=run, judge_name=judge.slug, prompt_version=PROMPT_VERSION
    )
    counts = requested.aggregate(
        total=Count("pk"),
        done=Count("pk", filter=Q(status=status.DONE)),
        failed=Count("pk", filter=Q(status=status.FAILED)),
        unparsed=Count("pk", filter=Q(mark=JudgeReply.Mark.UNPARSED)),
    )
    failed = requested.filter(status=status.FAILED).order_by("pk")
    rows = failed.values_list("generation__prompt__key", "constraint__position", "error")
    return JudgeProgress(**counts, failures=list(rows[:_FAILURES_SHOWN]))


def judge_replies_wait(language_model_id: int) -> bool:
    """Whether any judge reply by this model could be claimed now."""
    waiting = JudgeReply.objects.filter(JudgeReply.free(), judge=language_model_id)
    return waiting.filter(generation__run__over_budget=False).exists()
