"""Judges of a run, and the marks by one judge, from which ComplexBench's statistics are computed."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotator.constraints.complexbench.aggregation import MarkedInstance
from annotator.constraints.complexbench.marking import MARKS
from annotator.datasets.complexbench import instance_of
from annotator.datasets.selectors import prompts_of
from annotator.runs.errors import RunError
from annotator.runs.judge_roles import refuse_without_instances
from annotator.runs.models import Generation, JudgeReply, Run


@dataclass(frozen=True, slots=True)
class JudgeOfRun:
    """A judge of a run: its name, and the version of the judge prompt."""

    name: str
    prompt_version: str

    def __str__(self) -> str:
        return f"{self.name}@{self.prompt_version}"


@dataclass(frozen=True, slots=True)
class MarkedRun:
    """The marks of a run by one judge; `unanswered` prompts have no finished generation and are left out."""

    judge: JudgeOfRun
    marked: Sequence[MarkedInstance]
    unanswered: int


def judges_of(run: Run, scope: str) -> list[JudgeOfRun]:
    """Return the judges with a finished reply about the run in this scope, by name."""
    done = JudgeReply.objects.filter(generation__run=run, scope=scope, status=JudgeReply.Status.DONE)
    rows = done.values_list("judge_name", "prompt_version").distinct().order_by("judge_name", "prompt_version")
    return [JudgeOfRun(*row) for row in rows]


def judge_chosen(run: Run, scope: str, name: str = "") -> JudgeOfRun:
    """Return the judge called `name` (NAME, or NAME@PROMPT_VERSION), or the only one.

    Raises RunError where there is none or where several fit.
    """
    refuse_without_instances(run)
    judges = judges_of(run, scope)
    if not judges:
        raise RunError(
            _(
                "run %(run)d has no judge replies of its %(scope)ss; make some with: "
                ".venv/bin/python manage.py judge %(run)d MODEL"
            )
            % {"run": run.pk, "scope": scope}
        )
    fitting = [judge for judge in judges if name in ("", judge.name, str(judge))]
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(map(str, judges))
    raise RunError(
        _("run %(run)d was judged by %(known)s; choose one of them with --judge.") % {"run": run.pk, "known": known}
    )


def marked_run(run: Run, scope: str, judge: JudgeOfRun) -> MarkedRun:
    """Return the answered instances with their marks, in dataset order. Raises RunError for unjudged questions."""
    finished = JudgeReply.objects.filter(
        generation__run=run,
        scope=scope,
        judge_name=judge.name,
        prompt_version=judge.prompt_version,
        status=JudgeReply.Status.DONE,
    )
    marks = {constraint: MARKS[mark] for constraint, mark in finished.values_list("constraint_id", "mark").order_by()}
    done = run.generations.filter(status=Generation.Status.DONE)
    answered = prompts_of(run.dataset).filter(generations__in=done)
    questions = [(prompt, [constraint.pk for constraint in prompt.constraints.all()]) for prompt in answered]
    missing = sum(constraint not in marks for _prompt, constraints in questions for constraint in constraints)
    if missing:
        raise RunError(
            ngettext(
                "run %(run)d: %(judge)s has left %(n)d question unjudged, which is not counted as a no; "
                "have the rest judged (.venv/bin/python manage.py judge) or import it "
                "(.venv/bin/python manage.py import_judge_replies).",
                "run %(run)d: %(judge)s has left %(n)d questions unjudged, which is not counted as a no; "
                "have the rest judged (.venv/bin/python manage.py judge) or import it "
                "(.venv/bin/python manage.py import_judge_replies).",
                missing,
            )
            % {"run": run.pk, "judge": judge, "n": missing}
        )
    marked = [
        MarkedInstance(instance_of(prompt), tuple(marks[constraint] for constraint in constraints))
        for prompt, constraints in questions
    ]
    return MarkedRun(judge, marked, unanswered=run.dataset.prompt_count - len(marked))
