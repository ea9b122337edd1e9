"""The page on which leads mark the words of a prompt that state each constraint."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotator import access
from annotator.datasets.models import Constraint, Dataset, Prompt
from annotator.datasets.services import constraint_span_set
from annotator.datasets.spans import SpanError, span_of_words
from annotator.runs.models import Run
from annotator.web.decorators import SignedInRequest, lead_form
from annotator.web.marks.evidence import constraint_span, prompt_marks

_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class SpanRow:
    """One constraint with the words that were typed or are stored, and what is wrong with them."""

    constraint: Constraint
    words: str
    problem: str = ""

    @property
    def number(self) -> int:
        return self.constraint.position + 1

    @property
    def field(self) -> str:
        return f"words-{self.constraint.position}"


@lead_form
def prompt_spans(request: SignedInRequest, name: str, version: int, position: int) -> HttpResponse:
    """GET shows the words of each constraint, POST stores them all or none."""
    dataset = access.dataset_for(request.user, name, version)
    prompt = access.prompt_of(dataset, position)
    constraints = list(prompt.constraints.order_by("position"))
    if request.method == "POST":
        rows = _checked(request, prompt, constraints)
        refusal = _refusal(dataset)
        if not refusal and not any(row.problem for row in rows):
            _store(request, prompt, rows)
            return redirect("prompt-spans", name, version, position)
    else:
        refusal, rows = "", [SpanRow(row, _words(prompt, row)) for row in constraints]
    context = {
        "dataset": dataset,
        "prompt": prompt,
        "rows": rows,
        "refusal": refusal,
        "marks": list(prompt_marks((row.position + 1, constraint_span(row)) for row in constraints)),
    }
    return render(request, "prompt_spans.html", context, status=422 if refusal or _problems(rows) else 200)


def _problems(rows: Sequence[SpanRow]) -> bool:
    return any(row.problem for row in rows)


def _words(prompt: Prompt, constraint: Constraint) -> str:
    span = constraint_span(constraint)
    return prompt.text[slice(*span)] if span else ""


def _checked(request: SignedInRequest, prompt: Prompt, constraints: Sequence[Constraint]) -> list[SpanRow]:
    rows = []
    for constraint in constraints:
        typed = request.POST.get(SpanRow(constraint, "").field, "")[:_LONGEST]
        try:
            span_of_words(prompt.text, typed, constraint_span(constraint))
        except SpanError as error:
            rows.append(SpanRow(constraint, typed, str(error)))
        else:
            rows.append(SpanRow(constraint, typed))
    return rows


def _refusal(dataset: Dataset) -> str:
    """Why no span may change now: a strategy may read it, and what a run reads is fixed when it starts."""
    running = Run.objects.filter(dataset=dataset, status=Run.Status.RUNNING).order_by("pk").first()
    if running is None:
        return ""
    return _("Run %(run)d over this dataset is under way and reads these words; wait for its end, or cancel it.") % {
        "run": running.pk
    }


@transaction.atomic
def _store(request: SignedInRequest, prompt: Prompt, rows: Sequence[SpanRow]) -> None:
    changed = sum(
        constraint_span_set(
            constraint=row.constraint,
            span=span_of_words(prompt.text, row.words, constraint_span(row.constraint)),
            by=request.user,
        )
        for row in rows
    )
    if not changed:
        messages.info(request, _("Nothing was changed."))
        return
    sentence = ngettext(
        "The words of %(n)d constraint were stored.", "The words of %(n)d constraints were stored.", changed
    )
    messages.success(request, sentence % {"n": changed})
