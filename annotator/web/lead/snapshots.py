"""The snapshots of a study, for its leads: asked for, watched while they are built, downloaded."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from annotator import access
from annotator.releases.models import Snapshot
from annotator.releases.selectors import snapshot_states
from annotator.releases.services import snapshot_request
from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.manifest import MANIFEST, read_manifest
from annotator.studies.models import Study
from annotator.web.decorators import SignedInRequest, lead_page, lead_post_page
from annotator.web.file_ranges import file_in_ranges

_LONGEST_LICENCE = 64


@lead_page
def snapshots_page(request: SignedInRequest, slug: str) -> HttpResponse:
    """All snapshots, and the form that asks for another one."""
    return render(request, "snapshots.html", _context(access.study_led_by(request.user, slug)))


@lead_page
def snapshots_progress(request: SignedInRequest, slug: str) -> HttpResponse:
    """The list alone, which the page polls while one is built."""
    return render(request, "snapshots/_list.html", _context(access.study_led_by(request.user, slug)))


@lead_post_page
def snapshot_new(request: SignedInRequest, slug: str) -> HttpResponse:
    """Queue a snapshot, unless one waits already."""
    study = access.study_led_by(request.user, slug)
    licence = " ".join(request.POST.get("licence", "").split())
    if len(licence) > _LONGEST_LICENCE:
        sentence = _("The licence has %(n)d characters; at most %(most)d fit: give its short name, such as CC-BY-4.0.")
        messages.error(request, sentence % {"n": len(licence), "most": _LONGEST_LICENCE})
        return redirect("snapshots", slug)
    anonymous = request.POST.get("anonymous") == "yes"
    snapshot = snapshot_request(study=study, user=request.user, anonymous=anonymous, licence=licence)
    messages.success(request, _("Snapshot %(n)d is being built; this page shows how far.") % {"n": snapshot.number})
    return redirect("snapshots", slug)


@lead_page
def snapshot_file(request: SignedInRequest, slug: str, number: int, file: str) -> HttpResponseBase:
    """One file; a download that broke off goes on where it stopped."""
    study = access.study_led_by(request.user, slug)
    snapshot = Snapshot.objects.filter(study=study, number=number, status=Snapshot.Status.DONE).first()
    if snapshot is None:
        raise Http404
    snapshot.study = study
    try:
        files = read_manifest(snapshot.folder).files
    except SnapshotError:
        raise Http404 from None
    digest = snapshot.hash if file == MANIFEST else files[file].sha256 if file in files else ""
    path = snapshot.folder / file
    if not digest or not path.is_file():
        raise Http404
    return file_in_ranges(request, path, name=f"{slug}-{number}-{file}", etag=f'"{digest}"')


def _context(study: Study) -> dict[str, object]:
    states = snapshot_states(study)
    waits = (Snapshot.Status.QUEUED, Snapshot.Status.CLAIMED)
    return {"study": study, "states": states, "under_way": any(row.snapshot.status in waits for row in states)}
