"""The pages of datasets and their prompts, for leads."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render

from annotator import access
from annotator.datasets.models import Prompt
from annotator.datasets.selectors import prompts_of, prompts_with_known_defects
from annotator.web.archive import archive_filter
from annotator.web.decorators import SignedInRequest, lead_page
from annotator.web.marks.evidence import constraint_span, prompt_marks
from annotator.web.marks.segments import Mark
from annotator.web.paging import page_by


@dataclass(frozen=True, slots=True)
class PromptCard:
    """A prompt with the titles of its constraints and marks where it states them."""

    prompt: Prompt

    @property
    def marks(self) -> Sequence[Mark]:
        return list(prompt_marks((row.position + 1, constraint_span(row)) for row in self.prompt.constraints.all()))

    @property
    def constraints(self) -> Sequence[tuple[int, str, str]]:
        """(number, title, kind) of each constraint."""
        rows = self.prompt.constraints.all()
        return [(row.position + 1, row.title, row.kind) for row in rows]


@lead_page
def dataset_list(request: SignedInRequest) -> HttpResponse:
    datasets, archive = archive_filter(request, access.datasets_for(request.user))
    return render(request, "datasets.html", {"datasets": datasets, "archive": archive})


@lead_page
def dataset_page(request: SignedInRequest, name: str, version: int) -> HttpResponse:
    dataset = access.dataset_for(request.user, name, version)
    page = page_by(request, prompts_of(dataset), "position")
    context = {
        "dataset": dataset,
        "defective": prompts_with_known_defects(dataset).count(),
        "page": page,
        "cards": [PromptCard(prompt) for prompt in page.rows],
    }
    return render(request, "dataset.html", context)
