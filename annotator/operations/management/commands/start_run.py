"""`manage.py start_run DATASET MODEL STRATEGY`: start or resume a run, and optionally watch it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.constraints.messages import counted
from annotator.datasets.jsonl import raw_lines
from annotator.exemplars.errors import PromptSetError
from annotator.exemplars.leakage import Leak
from annotator.exemplars.models import PromptSetUse
from annotator.exemplars.selectors.leaks import without_leaks
from annotator.exemplars.selectors.prompt_sets import prompt_set_called
from annotator.exemplars.services.prompt_set_runs import prompt_set_repeats_run
from annotator.input_files import open_input
from annotator.routing.errors import RoutingError
from annotator.routing.run_parameters import parameters_with
from annotator.routing.selectors import router_called
from annotator.runs.errors import RunError
from annotator.runs.exemplar_lines import LINE_CAP, read_exemplar_lines
from annotator.runs.models import Run
from annotator.runs.owners import owner_called
from annotator.runs.parameter_arguments import parameters_of_arguments, parameters_of_file
from annotator.runs.selectors import RunProgress, dataset_called, language_model_named, run_progress
from annotator.runs.services import run_budget_set, run_repeats_start, run_resume
from annotator.runs.watching import Glimpse, watch
from annotator.sampling import Sampling
from annotator.strategies import STRATEGIES

_FAILURES_NAMED = 5
_DEFAULTS = Sampling().to_json()


class Command(BaseCommand):
    help = "Start a run. Starting exactly the same again resumes it; nothing is generated twice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dataset", help="NAME for its newest version, or NAME@VERSION")
        parser.add_argument("model", help="slug of a registered language model")
        parser.add_argument("strategy", choices=sorted(STRATEGIES))
        parser.add_argument("--max-new-tokens", type=int, default=_DEFAULTS["max_new_tokens"])
        parser.add_argument("--temperature", type=float, default=_DEFAULTS["temperature"])
        parser.add_argument("--top-p", type=float, default=_DEFAULTS["top_p"])
        parser.add_argument("--seed", type=int, default=_DEFAULTS["seed"])
        parser.add_argument(
            "--parameter",
            action="append",
            default=[],
            metavar="NAME=JSON",
            help="one parameter of the strategy, such as threshold=0.4; repeat it for more",
        )
        parser.add_argument(
            "--parameters", type=Path, metavar="FILE", help="a JSON object of parameters; --parameter overrides it"
        )
        parser.add_argument(
            "--without-defects", action="store_true", help="leave out the prompts that have known defects"
        )
        parser.add_argument(
            "--repeats",
            type=int,
            default=1,
            metavar="K",
            help="start K runs with the seeds SEED to SEED + K - 1 as one thing; needs a temperature above 0",
        )
        parser.add_argument(
            "--exemplars", type=Path, metavar="FILE", help="JSON lines of prompt, answer and, if you like, reasoning"
        )
        parser.add_argument(
            "--router", metavar="NAME@VERSION", help="a trained router for classifier_selective or pipeline"
        )
        parser.add_argument(
            "--prompt-set",
            metavar="STUDY/NAME[@VERSION]",
            help="the exemplars of a prompt set, for few_shot; prompts near to one of them are left out",
        )
        parser.add_argument(
            "--owner",
            metavar="NAME",
            help="a lead who sees the run on the web; without one it belongs to nobody, and every site lead sees it",
        )
        parser.add_argument(
            "--budget-usd", type=float, metavar="N", help="pause the run, with its repeats, once it cost N US dollars"
        )
        parser.add_argument(
            "--budget-tokens", type=int, metavar="N", help="pause the run, with its repeats, once it used N tokens"
        )
        parser.add_argument(
            "--watch", action="store_true", help="show a bar until the run ends; Ctrl-C leaves it going"
        )

    def handle(self, *, dataset: str, model: str, strategy: str, watch: bool, **options: Any) -> None:
        sampling = {name: options[name] for name in _DEFAULTS}
        parameters: dict[str, Any] = {}
        found: list[Leak] = []
        try:
            parameters |= parameters_of_file(options["parameters"])
            parameters |= parameters_of_arguments(options["parameter"])
            if options["exemplars"]:
                parameters["exemplars"] = _exemplars(options["exemplars"])
            start: dict[str, Any] = {
                "repeats": options["repeats"],
                "dataset": dataset_called(dataset),
                "language_model": language_model_named(model),
                "sampling": sampling,
                "without_defects": options["without_defects"],
                "user": owner_called(options["owner"]),
            }
            if options["router"]:
                parameters = parameters_with(router_called(options["router"]), strategy, parameters)
            if options["prompt_set"]:
                _refuse_beside_a_set(strategy, parameters)
                started = prompt_set_repeats_run(prompt_set=prompt_set_called(options["prompt_set"]), **start)
            else:
                parameters, found = without_leaks(start["dataset"], parameters)
                started = run_repeats_start(strategy=strategy, parameters=parameters, **start)
            runs = [run for run, _created in started]
            run_budget_set(runs=runs, usd=options["budget_usd"], tokens=options["budget_tokens"])
            if any(run.status in (Run.Status.PAUSED, Run.Status.CANCELLED) for run in runs):
                run_resume(run=runs[0])
        except (RunError, PromptSetError, RoutingError) as error:
            raise CommandError(str(error)) from None
        for run, created in started:
            seed = f" (seed {run.sampling['seed']})" if len(runs) > 1 else ""
            self.stdout.write(f"run {run.pk} {'started' if created else 'exists already and goes on'}: {run}{seed}")
        if runs[0].left_out:
            self.stdout.write(f"It leaves out {counted(len(runs[0].left_out), 'prompt')} with known defects.")
        self._name_exemplars(runs[0], found)
        if watch:
            self._watch(runs)

    def _name_exemplars(self, run: Run, found: Sequence[Leak]) -> None:
        """Say how many exemplars are shown, and which prompts got no generation: by which rule, near to which one."""
        if exemplars := run.parameters.get("exemplars"):
            self.stdout.write(f"{counted(len(exemplars), 'exemplar')} before each prompt.")
        if use := PromptSetUse.objects.select_related("prompt_set").filter(run=run).first():
            self.stdout.write(f"{use.prompt_set}: {use.prompts_before} prompts before, {use.prompts_after} after.")
            found = [Leak(**leak) for leak in use.excluded]
        for leak in found:
            similarity = "" if leak.rule == "exact" else f", {leak.similarity:.2f}"
            self.stdout.write(f"Left out: {leak.key}, near to exemplar {leak.exemplar} ({leak.rule}{similarity}).")
        named = {leak.key for leak in found}
        if others := [key for key in run.parameters.get("excluded", ()) if key not in named]:
            self.stdout.write(f"Left out, since they are excluded: {', '.join(others)}.")

    def _watch(self, runs: Sequence[Run]) -> None:
        title = f"run {runs[0].pk}" if len(runs) == 1 else f"runs {', '.join(str(run.pk) for run in runs)}"
        watch(lambda: _glimpse(_progress_of(runs)), title=title, unit="prompt", goes_on="the run goes on")
        all_progress = _progress_of(runs)
        if any(progress.stopped_by_budget for progress in all_progress):
            self.stderr.write(
                "The run is paused because its budget is used up; start it again with a larger --budget-usd or "
                "--budget-tokens."
            )
        for line in _failures(all_progress):
            self.stderr.write(line)


def _progress_of(runs: Sequence[Run]) -> Sequence[RunProgress]:
    return [run_progress(Run.objects.get(pk=run.pk)) for run in runs]


def _failures(all_progress: Sequence[RunProgress]) -> Sequence[str]:
    """A line for each failed prompt where they are few, else one for each reason with its count."""
    failures = dict.fromkeys(failure for progress in all_progress for failure in progress.failures)
    if len(failures) <= _FAILURES_NAMED:
        return [f"prompt {key} failed: {sentence}" for key, sentence in failures]
    reasons = [reason for progress in all_progress for reason in progress.reasons]
    return [f"{counted(reason.n, 'prompt')} failed: {reason.sentence}" for reason in reasons]


def _refuse_beside_a_set(strategy: str, parameters: Mapping[str, Any]) -> None:
    if strategy != "few_shot":
        raise CommandError(f"--prompt-set is for the strategy few_shot, not for {strategy}.")
    if parameters:
        name = next(iter(parameters))
        raise CommandError(f"--prompt-set brings its own parameters; leave {name} out, or change the set.")


def _exemplars(path: Path) -> list[dict[str, Any]]:
    try:
        with open_input(path) as file:
            return read_exemplar_lines(raw_lines(file, LINE_CAP))
    except OSError as error:
        raise CommandError(f"--exemplars: cannot read {path}: {error.strerror}.") from None
    except RunError as error:
        raise CommandError(f"--exemplars {path}: {error}") from None


def _glimpse(all_progress: Sequence[RunProgress]) -> Glimpse:
    tokens_per_s = sum(progress.tokens_per_s or 0 for progress in all_progress)
    rate = f"{tokens_per_s:.0f} tokens/s" if tokens_per_s else "no rate yet"
    # The repeats advance side by side, so the last one ends them all.
    seconds = [progress.seconds_left for progress in all_progress if progress.seconds_left is not None]
    left = f", {max(seconds):.0f} s left" if seconds else ""
    return Glimpse(
        finished=sum(progress.finished for progress in all_progress),
        total=sum(progress.total for progress in all_progress),
        state=f"{rate}{left}, {sum(progress.failed for progress in all_progress)} failed",
        notices=[
            notice for progress in all_progress for notice in (progress.no_worker_message, *progress.worker_problems)
        ],
        over=all(progress.status != Run.Status.RUNNING for progress in all_progress),
    )
