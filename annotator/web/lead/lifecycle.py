"""Archiving, return and deletion of runs, datasets and studies, for those who may change them.

Archiving is undone by a click and asks nothing; a deletion has a page with the counts of what goes, and asks once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from annotator import access
from annotator.datasets.services import dataset_archive, dataset_restore
from annotator.deletion.selectors import dataset_deletion, run_deletion, study_deletion
from annotator.deletion.services import dataset_delete, run_delete, study_delete
from annotator.deletion.values import Deletion, DeletionRefused
from annotator.runs.errors import RunError
from annotator.runs.services import run_archive, run_restore
from annotator.studies.errors import StudyError
from annotator.studies.services import study_archive, study_restore
from annotator.web.decorators import SignedInRequest, lead_form, lead_post_page


@dataclass(frozen=True, slots=True)
class _DeletionPage:
    """The page that asks for a deletion: the object by name, what would go, its page, and the list it stands in."""

    name: str
    deletion: Deletion
    page: str
    list_page: str


@lead_post_page
def run_to_archive(request: SignedInRequest, pk: int) -> HttpResponse:
    run = access.run_for(request.user, pk)
    return _archived(request, lambda: run_archive(run=run, by=request.user), reverse("run", args=[pk]))


@lead_post_page
def run_from_archive(request: SignedInRequest, pk: int) -> HttpResponse:
    run = access.run_for(request.user, pk)
    return _restored(request, lambda: run_restore(run=run, by=request.user), reverse("run", args=[pk]))


@lead_form
def run_deletion_page(request: SignedInRequest, pk: int) -> HttpResponse:
    run = access.run_for(request.user, pk)
    page = _DeletionPage(_("run %(run)d") % {"run": pk}, run_deletion(run), reverse("run", args=[pk]), reverse("runs"))
    return _deletion(request, page, lambda: run_delete(run=run, user=request.user))


@lead_post_page
def dataset_to_archive(request: SignedInRequest, name: str, version: int) -> HttpResponse:
    dataset = access.dataset_for(request.user, name, version)
    return _archived(
        request, lambda: dataset_archive(dataset=dataset, by=request.user), reverse("dataset", args=[name, version])
    )


@lead_post_page
def dataset_from_archive(request: SignedInRequest, name: str, version: int) -> HttpResponse:
    dataset = access.dataset_for(request.user, name, version)
    return _restored(
        request, lambda: dataset_restore(dataset=dataset, by=request.user), reverse("dataset", args=[name, version])
    )


@lead_form
def dataset_deletion_page(request: SignedInRequest, name: str, version: int) -> HttpResponse:
    dataset = access.dataset_to_delete(request.user, name, version)
    page = _DeletionPage(
        str(dataset), dataset_deletion(dataset), reverse("dataset", args=[name, version]), reverse("datasets")
    )
    return _deletion(request, page, lambda: dataset_delete(dataset=dataset, user=request.user))


@lead_post_page
def study_to_archive(request: SignedInRequest, slug: str) -> HttpResponse:
    study = access.study_led_by(request.user, slug)
    return _archived(request, lambda: study_archive(study=study, by=request.user), reverse("study", args=[slug]))


@lead_post_page
def study_from_archive(request: SignedInRequest, slug: str) -> HttpResponse:
    study = access.study_led_by(request.user, slug)
    return _restored(request, lambda: study_restore(study=study, by=request.user), reverse("study", args=[slug]))


@lead_form
def study_deletion_page(request: SignedInRequest, slug: str) -> HttpResponse:
    study = access.study_owned_by(request.user, slug)
    page = _DeletionPage(study.title, study_deletion(study), reverse("study", args=[slug]), reverse("home"))
    return _deletion(request, page, lambda: study_delete(study=study, user=request.user))


def _archived(request: SignedInRequest, archive: Callable[[], Any], page: str) -> HttpResponse:
    done = _("Archived: it stands in no list and takes no new work. Nothing in it is lost, and it can be taken back.")
    return _changed(request, archive, page, done)


def _restored(request: SignedInRequest, restore: Callable[[], Any], page: str) -> HttpResponse:
    return _changed(request, restore, page, _("Taken back from the archive."))


def _changed(request: SignedInRequest, change: Callable[[], Any], page: str, done: str) -> HttpResponse:
    """Make the change, and show the object's page with what was done or why not."""
    try:
        change()
    except (RunError, StudyError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect(page)


def _deletion(request: SignedInRequest, page: _DeletionPage, delete: Callable[[], Deletion]) -> HttpResponse:
    """Ask, or delete and lead to the list; what came to stand on it meanwhile refuses the deletion in words."""
    context = {"page": page, "deletion": page.deletion}
    if request.method != "POST":
        return render(request, "deletion.html", context)
    try:
        delete()
    except DeletionRefused as error:
        return render(request, "deletion.html", {**context, "refusal": str(error)}, status=409)
    messages.success(request, _("Deleted: %(name)s.") % {"name": page.name})
    return redirect(page.list_page)
