"""Page of language models, for leads: the registered ones, and the catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator import access
from annotator.runs import services
from annotator.runs.catalogue import CatalogueModel, catalogue
from annotator.runs.errors import RunError
from annotator.runs.models import LanguageModel
from annotator.web.decorators import SignedInRequest, lead_page, lead_post_page


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """One model of the catalogue: why it cannot be registered, and the slugs under which it is registered."""

    model: CatalogueModel
    obstacle: str
    registered: Sequence[str]


@lead_page
def model_list(request: SignedInRequest) -> HttpResponse:
    models = list(access.language_models_for(request.user))
    return render(request, "models.html", {"models": models, "rows": _catalogue_rows(models, timezone.localdate())})


@lead_post_page
def model_add(request: SignedInRequest) -> HttpResponse:
    """Register a model of the catalogue under its own slug."""
    try:
        model = services.language_model_from_catalogue(name=request.POST.get("model", ""))
    except RunError as error:
        messages.error(request, str(error))
    else:
        message = _("%(slug)s is registered. Start a worker with: make worker MODEL=%(slug)s")
        messages.success(request, message % {"slug": model.slug})
    return redirect("models")


def _catalogue_rows(models: Sequence[LanguageModel], today: date) -> Sequence[CatalogueRow]:
    return [
        CatalogueRow(
            model=known,
            obstacle=known.obstacle(today),
            registered=[row.slug for row in models if (row.backend, row.name) == (known.backend, known.name)],
        )
        for known in catalogue()
    ]
