"""Steps of a replication, each of which finds what it made before.

A replication that was killed goes on with the same command. What cannot be made is a sentence in the report, not an
end: a router of too few cases, attention of a model that shows none.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError

from annotator.datasets.models import Dataset
from annotator.operations.replication.arms import NEVER, REASONING, arm_start, arms_of, relative_time
from annotator.operations.waiting import wait_until_done
from annotator.routing.errors import RoutingError
from annotator.routing.models import Router
from annotator.routing.services import router_train
from annotator.routing.training import Settings
from annotator.runs.errors import RunError
from annotator.runs.models import LanguageModel, Run
from annotator.runs.selectors import run_numbered, run_progress, trace_progress
from annotator.studies.errors import StudyError
from annotator.studies.models import Study
from annotator.studies.selectors.paired_generations import paired_generations
from annotator.studies.services import codebook_default, study_create
from annotator.studies.services.attention import study_trace_attention
from annotator.studies.services.pairing import run_pair

Write = Callable[[str], None]
_SAMPLE = 16
"""The answers of `base` after which the time of all arms is estimated."""
_SPLITS = ("random", "kind")


@dataclass(frozen=True, slots=True)
class Replication:
    """Products of a replication: runs by strategy, their study, and router and attention, or why there is none."""

    runs: Mapping[str, Run]
    study: Study
    router: Router | None
    without_router: str
    without_attention: str

    @property
    def reasoning(self) -> str:
        return next(strategy for strategy in REASONING if strategy in self.runs)


def arms_generate(
    *, dataset: Dataset, language_model: LanguageModel, reasoning: str, max_new_tokens: int, write: Write
) -> dict[str, Run]:
    """Start every arm and wait until all have ended; after the first answers the time of all is estimated.

    Raises RunError, also for a run that somebody paused or cancelled meanwhile.
    """
    strategies = arms_of(reasoning)
    start: dict[str, Any] = {"dataset": dataset, "language_model": language_model, "max_new_tokens": max_new_tokens}
    runs = {NEVER: arm_start(strategy=NEVER, **start)}
    _estimate(runs[NEVER], strategies, write)
    runs |= {strategy: arm_start(strategy=strategy, **start) for strategy in strategies[1:]}
    wait_until_done("answers", lambda: _finished(list(runs.values())), write)
    for run in runs.values():
        run.refresh_from_db()
    return runs


def replication_study(runs: Mapping[str, Run], write: Write) -> Study:
    """Find the study of the two baselines, or open it; its cases are paired."""
    never = runs[NEVER]
    always = next(runs[strategy] for strategy in REASONING if strategy in runs)
    study = _study_of(never, always)
    if study is None:
        slug = re.sub(r"[^a-z0-9]+", "-", f"replication-{never.dataset.name}-{never.language_model.slug}".lower())
        try:
            study = study_create(
                slug=f"{slug[:40].strip('-')}-{never.pk}",
                title=f"Replication: {never.language_model.slug} on {never.dataset}"[:200],
                first_run=never,
                second_run=always,
                codebook=codebook_default(),
            )
        except (StudyError, IntegrityError):
            study = _study_of(never, always)  # the same command at this moment may have been first
            if study is None:
                raise
        write(f"Study {study.slug} compares {study.first_role} with {study.second_role}.")
    run_pair(run_id=always.pk)
    return study


def _study_of(never: Run, always: Run) -> Study | None:
    return Study.objects.filter(first_run=never, second_run=always, slug__startswith="replication-").first()


def replication_router(study: Study) -> tuple[Router | None, str]:
    """Find the router of this study, or train it on the outcomes by verdict; with a reason where there is none."""
    name = study.slug[:64]
    router = Router.objects.filter(name=name).order_by("-version").first()
    if router is not None:
        return router, ""
    try:
        return router_train(name=name, studies=[study], settings=Settings(), splits=_SPLITS), ""
    except RoutingError as error:
        return None, str(error)


def replication_attention(study: Study, write: Write) -> str:
    """Trace the attention of both answers of every case, with filler; return why there is none, "" if there is."""
    try:
        study_trace_attention(study=study, filler=True)
    except RunError as error:
        return str(error)

    def progress() -> tuple[int, int]:
        found = trace_progress(paired_generations(study))
        return found.done + found.failed, found.total

    wait_until_done("attention traces", progress, write)
    return ""


def _estimate(run: Run, strategies: Sequence[str], write: Write) -> None:
    """Wait for the first answers, and write how long all arms take at their rate."""
    finished, total = _finished([run])
    wanted = min(total, _SAMPLE)
    if finished >= wanted:  # begun before: the other arms share the worker, and the line of progress has the time left
        return
    began, before = time.monotonic(), finished
    wait_until_done("first answers", lambda: (_finished([run])[0], wanted), write)
    made = _finished([run])[0] - before
    if made:
        each_s = (time.monotonic() - began) / made
        minutes = each_s * total * relative_time(strategies) / 60
        write(f"All {len(strategies)} arms over {total} prompts: about {max(1, round(minutes))} minutes.")


def _finished(runs: Sequence[Run]) -> tuple[int, int]:
    found = {run.pk: run_progress(run_numbered(run.pk)) for run in runs}
    stopped = [pk for pk, progress in found.items() if progress.status in (Run.Status.PAUSED, Run.Status.CANCELLED)]
    if stopped:
        raise RunError(f"Run {stopped[0]} was paused or cancelled; the same command resumes it.")
    return sum(progress.finished for progress in found.values()), sum(progress.total for progress in found.values())
