"""Arms of a replication: one run for each strategy of the study's Table 1 that generates.

Starting them again starts nothing twice: a run is found by its content.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings

from annotator.datasets.jsonl import raw_lines
from annotator.datasets.models import Dataset
from annotator.exemplars.selectors.leaks import without_leaks
from annotator.input_files import open_input
from annotator.runs.errors import RunError
from annotator.runs.exemplar_lines import LINE_CAP, read_exemplar_lines
from annotator.runs.models import LanguageModel, Run
from annotator.runs.selectors import run_numbered
from annotator.runs.services import run_repeats_start, run_resume

NEVER = "base"
_LONGEST_NUMBER = 18  # digits
REASONING = ("cot", "cot_forced", "thinking")
_MODEL_CALLS: Mapping[str, float] = {"self_reflection": 2, "cot_forced": 1.5, "cot": 1.5, "few_shot": 1.2}
"""The time of a prompt as a multiple of that under `base`, a guess for the estimate of the time alone; 1 if missing."""


def arms_of(reasoning: str) -> Sequence[str]:
    """The strategies of the arms: `base` first, then the one that always reasons."""
    return (NEVER, reasoning, "few_shot", "self_reflection", "self_selective")


def relative_time(strategies: Sequence[str]) -> float:
    """The time of all these arms, as a multiple of that of `base`."""
    return sum(_MODEL_CALLS.get(strategy, 1) for strategy in strategies)


def arm_start(*, strategy: str, dataset: Dataset, language_model: LanguageModel, max_new_tokens: int) -> Run:
    """Start the greedy run of this arm, or resume it. Raises RunError.

    Prompts near to an exemplar of `few_shot` are left out of its run.
    """
    parameters: dict[str, Any] = {}
    if strategy == "few_shot":
        with open_input(settings.BASE_DIR / "fixtures" / "exemplars.jsonl") as file:
            exemplars = read_exemplar_lines(raw_lines(file, LINE_CAP))
        parameters, _leaks = without_leaks(dataset, {"exemplars": exemplars})
    [(run, _created)] = run_repeats_start(
        repeats=1,
        strategy=strategy,
        parameters=parameters,
        dataset=dataset,
        language_model=language_model,
        sampling={"max_new_tokens": max_new_tokens},
    )
    if run.status in (Run.Status.PAUSED, Run.Status.CANCELLED):
        run_resume(run=run)
        run.refresh_from_db()
    return run


def imported_arms(named: Sequence[str]) -> dict[str, Run]:
    """Return the runs of `STRATEGY=NUMBER` arguments: `base`, one that always reasons, and others. Raises RunError."""
    arms: dict[str, Run] = {}
    for argument in named:
        strategy, _equals, number = argument.partition("=")
        if not number.isdecimal() or len(number) > _LONGEST_NUMBER:
            raise RunError(f"--imported {argument!r} is no STRATEGY=NUMBER; name a run, such as base=15.")
        if strategy in arms:
            raise RunError(f"--imported names {strategy} twice; name one run for each strategy.")
        arms[strategy] = _of_strategy(strategy, run_numbered(int(number)))
    if NEVER not in arms or not any(strategy in arms for strategy in REASONING):
        raise RunError("--imported needs base=NUMBER and a run that always reasons, such as cot=NUMBER.")
    if len({run.dataset_id for run in arms.values()}) > 1:
        raise RunError("The runs of --imported are of several datasets; a row is made of one.")
    if len({run.language_model_id for run in arms.values()}) > 1:
        raise RunError("The runs of --imported are of several language models; a row is made of one.")
    return arms


def _of_strategy(strategy: str, run: Run) -> Run:
    if run.strategy != strategy:
        raise RunError(f"Run {run.pk} is one of {run.strategy}, not of {strategy}; name it {run.strategy}={run.pk}.")
    return run
