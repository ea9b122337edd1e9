"""The way round on the demo study: failing answers, repairs, a prompt set, its run and comparison.

What a person does on pages is done over REST, in the name of `dan`. Started again, it goes on where it was stopped:
every step looks first for what it has made. What the set changed is printed as it is, also where it hurts.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db.models import Exists, OuterRef

from annotator.accounts.services import token_issue
from annotator.analysis.run_comparison import RunComparison, compare_runs
from annotator.datasets.models import Constraint
from annotator.operations.demo import DemoError
from annotator.operations.demo_curator import DemoCurator
from annotator.operations.rest_client import RestClient, path
from annotator.operations.waiting import wait_until_done
from annotator.releases.prompt_sets import PROMPT_SET_FORMATS
from annotator.runs.models import Run, Verdict
from annotator.runs.selectors import run_progress
from annotator.statistics.estimates import Estimate
from annotator.studies.models import Case, Study, counted_cases
from annotator.studies.services.demo import SLUG

CURATOR, SET_NAME, SIZE = "dan", "repaired", 4
_BESIDE = ("base", "cot_forced")
Json = dict[str, Any]
Write = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Circle:
    """Products of the way round: the comparison page's address, its figures, and the exported files."""

    comparison_url: str
    comparison: RunComparison
    files: Sequence[Path]
    verified: int


def run_demo_exemplars(base_url: str, write: Write, *, size: int = SIZE) -> Circle:
    """Go the whole way on the demo study to a set of `size`, against the server at `base_url`. Raises DemoError."""
    study = _study()
    _wait_for_answers(study, write)
    client = RestClient(base_url, token_issue(user=User.objects.get(username=CURATOR), name="make demo-exemplars").text)
    model = study.first_run.language_model.slug
    write(f"Repairing failing answers of {study.slug} as {CURATOR}, with {model} and mechanical edits:")
    curator = DemoCurator(client, study=study.slug, language_model=model, write=write)
    exemplars = curator.approve(size, failing_cases(study))
    if len(exemplars) < size:
        raise DemoError(
            f"Only {len(exemplars)} of {size} answers could be repaired, and no failing answer is left; "
            "run the demo over more prompts."
        )
    prompt_set = _prompt_set(client, study, [exemplar["id"] for exemplar in exemplars], write)
    runs = _runs(client, study, prompt_set, write)
    files, verified = _export(client, study, prompt_set)
    numbers = ",".join(str(run.pk) for run in runs)
    address = f"{base_url}/studies/{study.slug}/prompt-sets/compare/?runs={numbers}"
    return Circle(address, compare_runs(runs[0], runs[1:]), files, verified)


def failing_cases(study: Study) -> Iterator[int]:
    """Yield the ids of the cases whose second answer violates a constraint and was not sent to repair: shortest first.

    For when no case is hurt any more. Their candidates keep the outcome by verdicts as their label.
    """
    violated = Verdict.objects.filter(
        generation=OuterRef("second"),
        scope=Verdict.Scope.ANSWER,
        constraint__scope=Constraint.Scope.ANSWER,
        strict=False,
    )
    cases = study.cases.filter(Exists(violated), counted_cases(), candidates__isnull=True)
    rows = cases.exclude(outcome=Case.Outcome.NO_ANSWER).exclude(second__answer="").values_list("pk", "second__answer")
    yield from (pk for pk, _answer in sorted(rows, key=lambda row: (len(row[1]), row[0])))


def lines_of(circle: Circle) -> Iterator[str]:
    """Yield what the reader is told at the end: the figures as they are, where to look, and the files."""
    found = circle.comparison
    yield f"Compared on {found.prompt_count} prompts with {found.constraint_count} constraints, strict, on the answer:"
    for row in found.runs:
        yield f"  {row.run.strategy:<11} prompts {_percent(row.prompts)}  constraints {_percent(row.constraints)}"
    for difference in found.differences:
        yield (
            f"  few_shot minus {difference.run.strategy}: constraints {_points(difference.compared.constraints)}; "
            f"helped {difference.helped} prompts, hurt {difference.hurt}"
        )
    yield f"Case by case: {circle.comparison_url}"
    yield f"manage.py verify: all {circle.verified} constraints of the exported set are strict-true."
    yield "Files: " + ", ".join(str(file) for file in circle.files)


def _study() -> Study:
    study = Study.objects.select_related("first_run__language_model", "second_run").filter(slug=SLUG).first()
    if study is None:
        raise DemoError("The demo study is not loaded; start `make demo` once.")
    return study


def _wait_for_answers(study: Study, write: Write) -> None:
    runs = (study.first_run, study.second_run)

    def progress() -> tuple[int, int]:
        found = [run_progress(run) for run in runs]
        return sum(run.finished for run in found), sum(run.total for run in found)

    wait_until_done("answers", progress, write)


def _prompt_set(client: RestClient, study: Study, exemplar_ids: Sequence[int], write: Write) -> Json:
    """The set with these exemplars in this order; a new one, numbered, where there is none."""
    sets = path("studies", study.slug, "prompt-sets")
    taken = set()
    for row in client.rows(sets):
        taken.add(row["name"])
        members = client.get(f"{sets}{path(row['name'])}v{row['version']}/")["members"]
        if [member["exemplar"] for member in members] == list(exemplar_ids):
            return row
    numbers = (f"{SET_NAME}-{number}" if number > 1 else SET_NAME for number in range(1, len(taken) + 2))
    name = next(name for name in numbers if name not in taken)
    body = {"name": name, "exemplars": list(exemplar_ids), "language_model": study.first_run.language_model.slug}
    created: Json = client.post(sets, body)
    write(f"Prompt set {name} v{created['version']} has {len(exemplar_ids)} exemplars.")
    return created


def _runs(client: RestClient, study: Study, prompt_set: Json, write: Write) -> list[Run]:
    """Start the few-shot run and those beside it, and wait for them; the few-shot run is the first."""
    address = _address(study, prompt_set)
    started = client.post(f"{address}runs/", {"compared_with": list(_BESIDE)})
    few_shot = started[0]["id"]
    (use,) = [use for use in client.get(address)["uses"] if use["run"] == few_shot]
    excluded = ", ".join(f"{leak['key']} ({leak['rule']})" for leak in use["excluded"])
    write(
        f"Few-shot run {few_shot} on {use['prompts_after']} of {use['prompts_before']} prompts; left out: {excluded}."
    )

    def progress() -> tuple[int, int]:
        uses = {row["run"]: row for row in client.get(address)["uses"]}
        return uses[few_shot]["finished"], uses[few_shot]["prompts_after"]

    wait_until_done("few-shot answers", progress, write)
    rows = Run.objects.select_related("language_model", "dataset").in_bulk([run["id"] for run in started])
    return [rows[run["id"]] for run in started]


def _export(client: RestClient, study: Study, prompt_set: Json) -> tuple[list[Path], int]:
    """Write the set in every format, and verify it; return the files and how many constraints were verified."""
    folder = Path(settings.VAR_DIR) / "exports"
    folder.mkdir(exist_ok=True)
    files = {}
    for format, known in PROMPT_SET_FORMATS.items():
        files[format] = folder / f"{study.slug}-{prompt_set['name']}-v{prompt_set['version']}{known.suffix}"
        files[format].write_text(client.text(f"{_address(study, prompt_set)}export/", format=format), encoding="utf-8")
    out = StringIO()
    call_command("verify", str(files["verify"]), str(files["verify"]), stdout=out, stderr=StringIO())
    strict = [obeyed for line in out.getvalue().splitlines() for obeyed in json.loads(line)["strict"]]
    if not strict or not all(strict):
        raise DemoError(
            f"{files['verify']}: {strict.count(True)} of {len(strict)} constraints are strict-true; "
            "run `.venv/bin/python manage.py reprove_exemplars`, which withdraws what the checkers no longer prove."
        )
    return list(files.values()), len(strict)


def _address(study: Study, prompt_set: Json) -> str:
    return f"{path('studies', study.slug, 'prompt-sets', prompt_set['name'])}v{prompt_set['version']}/"


def _percent(share: float | None) -> str:
    return "  n/a" if share is None else f"{100 * share:5.1f} %"


def _points(estimate: Estimate) -> str:
    if estimate.value is None:
        return f"no figure ({estimate.status})"
    value, low, high = estimate.value, estimate.low, estimate.high
    interval = "" if low is None or high is None else f" [{100 * low:+.1f}, {100 * high:+.1f}]"
    return f"{100 * value:+.1f} points{interval}"
