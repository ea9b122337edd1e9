"""Adding the new prompts of a later version of the dataset to a study, for its leads."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotator import access
from annotator.datasets.models import Dataset
from annotator.studies.errors import StudyError
from annotator.studies.models import Study
from annotator.studies.selectors.new_prompts import new_prompts, newer_dataset
from annotator.studies.services import AddedPrompts, study_add_prompts
from annotator.web.decorators import SignedInRequest, lead_post_page

_KEYS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class NewerVersion:
    """A later version of a study's dataset, with the number of new prompts and the keys that differ."""

    dataset: Dataset
    added: int
    changed: str
    removed: str


def newer_version_of(study: Study) -> NewerVersion | None:
    """The later version to offer on the study's page; None if there is none."""
    dataset = newer_dataset(study)
    if dataset is None:
        return None
    found = new_prompts(study, dataset)
    return NewerVersion(dataset, len(found.added), _shown(found.changed), _shown(found.removed))


@lead_post_page
def study_new_prompts(request: SignedInRequest, slug: str) -> HttpResponse:
    """Continue the study over the newest version of its dataset."""
    study = access.study_led_by(request.user, slug)
    dataset = newer_dataset(study)
    if dataset is None:
        messages.error(request, _("%(dataset)s is the newest version.") % {"dataset": study.first_run.dataset})
        return redirect("study", slug)
    try:
        added = study_add_prompts(
            study=study, dataset=dataset, user=request.user, visible=access.runs_for(request.user)
        )
    except StudyError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, " ".join(_sentences(added)))
    return redirect("study", slug)


def _sentences(added: AddedPrompts) -> list[str]:
    n = len(added.added)
    first = ngettext(
        "%(n)d new prompt is added: its case appears as soon as both runs have answered it.",
        "%(n)d new prompts are added: their cases appear as soon as both runs have answered them.",
        n,
    )
    sentences = [first % {"n": n}]
    if added.changed:
        sentences.append(_("Changed, and left as they were: %(keys)s.") % {"keys": _shown(added.changed)})
    if added.removed:
        sentences.append(_("Removed, and left as they were: %(keys)s.") % {"keys": _shown(added.removed)})
    return sentences


def _shown(keys: Sequence[str]) -> str:
    """The first keys, and how many there are where these are not all."""
    more = len(keys) - _KEYS_SHOWN
    return ", ".join(keys[:_KEYS_SHOWN]) + (_(" and %(n)d more") % {"n": more} if more > 0 else "")
