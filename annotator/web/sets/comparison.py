"""The comparison of runs: what a prompt set helped and hurt beside other runs on the same prompts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from annotator import access
from annotator.analysis.run_comparison import (
    ChangedPrompt,
    ComparedRun,
    Difference,
    KindChange,
    RunComparison,
    changed_prompts,
    compare_runs,
)
from annotator.exemplars.models import PromptSetUse
from annotator.runs.models import Run
from annotator.web.decorators import SignedInRequest, page
from annotator.web.sets.run_names import run_name
from annotator.web.sets.screen import UseRow, use_row

MOST_RUNS = 8
MOST_CHANGES = 300
"""How many changed prompts the page lists; IFEval has 541."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A compared run by its name, with what it left out where it used a set."""

    name: str
    compared: ComparedRun
    use: UseRow | None


@dataclass(frozen=True, slots=True)
class DifferenceRow:
    """The run of interest minus another one, by the name of that one."""

    name: str
    difference: Difference
    shown: bool


@dataclass(frozen=True, slots=True)
class ComparisonScreen:
    """The values of the page; `name` is of the run of interest, `against` of the run that is shown case by case."""

    run: Run
    name: str
    comparison: RunComparison
    rows: Sequence[RunRow]
    differences: Sequence[DifferenceRow]
    against: DifferenceRow
    other: Run
    changes: Sequence[ChangedPrompt]
    kinds: Sequence[KindChange]
    unfinished: bool

    @property
    def pair(self) -> Sequence[Run]:
        """The two runs that are shown case by case, the one of interest last."""
        return [self.other, self.run]

    @property
    def shown_changes(self) -> Sequence[ChangedPrompt]:
        """The first changed prompts, as many as a page can show."""
        return self.changes[:MOST_CHANGES]

    @property
    def left_out(self) -> Sequence[RunRow]:
        """The runs that left out prompts near to their exemplars."""
        return [row for row in self.rows if row.use and row.use.excluded]


@page
def prompt_set_comparison(request: SignedInRequest, slug: str) -> HttpResponse:
    """Compare the runs in `?runs=`; `of` is the run of interest, `against` the one to show case by case.

    The statistics' libraries take seconds to load, so the numbers are fetched later. `?now` computes them first.
    """
    context = _context(request, slug)
    if "run" in context and "now" in request.GET:
        context.update(_numbers(context))
    return render(request, "prompt_set_comparison.html", context, status=422 if context["refusal"] else 200)


@page
def prompt_set_comparison_numbers(request: SignedInRequest, slug: str) -> HttpResponse:
    context = _context(request, slug)
    if "run" not in context:
        return redirect("prompt-set-comparison", slug)
    return render(request, "prompt_set_comparison/_numbers.html", {**context, **_numbers(context)})


def _context(request: SignedInRequest, slug: str) -> dict[str, Any]:
    """The values of the page without its numbers; `run` is the run of interest, missing where nothing is compared."""
    study = access.study_to_curate(request.user, slug)
    offered = access.runs_to_compare(request.user, slug)
    runs, refusal = _chosen(offered, _ids(request, "runs"))
    if len(runs) == 1:
        runs = [*runs, *_beside(runs[0], offered)]
    chosen = [row.pk for row in runs]
    context: dict[str, Any] = {
        "study": study,
        "offered": _offered(offered),
        "chosen": chosen,
        "refusal": refusal,
        "opens": set(access.runs_for(request.user).filter(pk__in=chosen).values_list("pk", flat=True)),
    }
    if len(runs) > 1 and not refusal:
        run = _first_of(runs, _ids(request, "of")) or next((row for row in runs if _own_use(row)), runs[0])
        others = [row for row in runs if row.pk != run.pk]
        other = _first_of(others, _ids(request, "against")) or _empty_set(run, others)
        query = [*(("runs", pk) for pk in chosen), ("of", run.pk)]
        context |= {
            "runs": runs,
            "run": run,
            "other": other,
            "name": run_name(run),
            "query": urlencode(query),
            "numbers_query": urlencode([*query, ("against", other.pk)]),
            "now_query": urlencode([*query, ("against", other.pk), ("now", "1")]),
        }
    return context


def _numbers(context: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"screen": _screen(context["runs"], context["run"], context["other"])}


def _first_of(runs: Sequence[Run], ids: Sequence[int]) -> Run | None:
    return next((row for row in runs if row.pk in ids), None)


def _chosen(offered: QuerySet[Run], numbers: Sequence[int]) -> tuple[Sequence[Run], str]:
    """The chosen runs in the order of the address, and why they cannot be compared."""
    found = {run.pk: run for run in offered.filter(pk__in=numbers).select_related("prompt_set_use__prompt_set")}
    runs = [found[pk] for pk in dict.fromkeys(numbers) if pk in found]
    if len(runs) > MOST_RUNS:
        return runs, _("At most %(most)d runs are compared at once; choose fewer.") % {"most": MOST_RUNS}
    other = next((run for run in runs if run.dataset_id != runs[0].dataset_id), None)
    if other is not None:
        return runs, _("Run %(first)d is over %(dataset)s and run %(second)d over %(other)s; choose runs over one.") % {
            "first": runs[0].pk,
            "dataset": runs[0].dataset,
            "second": other.pk,
            "other": other.dataset,
        }
    return runs, ""


def _beside(run: Run, offered: QuerySet[Run]) -> Sequence[Run]:
    """The runs that one run alone is compared with: without exemplars and with the same set, sampled alike."""
    use: PromptSetUse | None = getattr(run, "prompt_set_use", None)
    rows = offered.filter(dataset=run.dataset_id, language_model=run.language_model_id).exclude(pk=run.pk)
    without_exemplars = Q(strategy__in=("base", "cot"), source__isnull=True)
    alike = rows.filter(without_exemplars | Q(prompt_set_use__prompt_set=use.prompt_set_id if use else 0))
    found = alike.select_related("prompt_set_use__prompt_set").order_by("pk")
    return [row for row in found if row.sampling == run.sampling][: MOST_RUNS - 1]


def _screen(runs: Sequence[Run], run: Run, other: Run) -> ComparisonScreen:
    others = [row for row in runs if row.pk != run.pk]
    comparison = compare_runs(run, others)
    changes, kinds = changed_prompts(run, other, runs)
    names = {row.pk: run_name(row) for row in runs}
    differences = [
        DifferenceRow(names[difference.run.pk], difference, difference.run.pk == other.pk)
        for difference in comparison.differences
    ]
    return ComparisonScreen(
        run=run,
        name=names[run.pk],
        comparison=comparison,
        rows=[RunRow(names[row.run.pk], row, _use_row(row.run)) for row in comparison.runs],
        differences=differences,
        against=next(row for row in differences if row.shown),
        other=other,
        changes=changes,
        kinds=kinds,
        unfinished=any(row.status == Run.Status.RUNNING for row in runs),
    )


def _empty_set(run: Run, others: Sequence[Run]) -> Run:
    """The run without exemplars that a set is compared with first: base, or cot for a set that shows reasoning."""
    strategy = "cot" if run.parameters.get("reasoning") else "base"
    return next((row for row in others if row.strategy == strategy), others[0])


def _own_use(run: Run) -> PromptSetUse | None:
    """The use of a set by this run; None for a random set, which only stands beside one."""
    use: PromptSetUse | None = getattr(run, "prompt_set_use", None)
    return use if use and use.random_seed is None else None


def _use_row(run: Run) -> UseRow | None:
    use: PromptSetUse | None = getattr(run, "prompt_set_use", None)
    return use_row(use) if use else None


def _offered(runs: QuerySet[Run]) -> Sequence[tuple[int, str]]:
    rows = runs.select_related("prompt_set_use__prompt_set").order_by("-pk")[:50]
    return [(run.pk, f"{run_name(run)} · {run.dataset} · {run.language_model}") for run in rows]


def _ids(request: SignedInRequest, name: str) -> list[int]:
    """The numbers under a name of the address, one each or several with commas between."""
    parts = [part for value in request.GET.getlist(name) for part in value.split(",")]
    return [int(part) for part in parts if part.isdecimal() and len(part) < 19]
