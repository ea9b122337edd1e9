"""Snapshots of a study: requested by leads, watched while they are built, downloaded by readers too."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from annotator import access
from annotator.file_ranges import download_headers, file_in_ranges
from annotator.releases.models import Snapshot
from annotator.releases.selectors import snapshot_file_of, snapshot_states
from annotator.releases.services import snapshot_download_note, snapshot_request
from annotator.releases.snapshots.archive import archive_parts
from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.manifest import MANIFEST, Manifest, read_manifest
from annotator.studies.models import Study
from annotator.web.decorators import SignedInRequest, download, lead_post_page, page

_LONGEST_LICENCE = 64


@page
def snapshots_page(request: SignedInRequest, slug: str) -> HttpResponse:
    """All snapshots, and the form that asks for another one."""
    return render(request, "snapshots.html", _context(access.study_to_read(request.user, slug)))


@page
def snapshots_progress(request: SignedInRequest, slug: str) -> HttpResponse:
    """The list alone, which the page polls while one is built."""
    return render(request, "snapshots/_list.html", _context(access.study_to_read(request.user, slug)))


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


@download
def snapshot_file(request: SignedInRequest, slug: str, number: int, file: str) -> HttpResponseBase:
    """One file; a download that broke off goes on where it stopped."""
    study = access.study_to_read(request.user, slug)
    stored = snapshot_file_of(study, number, file)
    if stored is None:
        raise Http404
    in_part = "Range" in request.headers
    snapshot_download_note(study=study, number=number, file=file, by=request.user, in_part=in_part)
    return file_in_ranges(request, stored.path, name=f"{slug}-{number}-{file}", etag=f'"{stored.digest}"')


@download
def snapshot_archive(request: SignedInRequest, slug: str, number: int) -> HttpResponseBase:
    """All files as one zip file, which is made while it is sent."""
    snapshot, manifest = _released(request, slug, number)
    name = f"{slug}-{number}"
    names = [MANIFEST, *sorted(manifest.files)]
    if not all((snapshot.folder / file).is_file() for file in names):
        raise Http404
    snapshot_download_note(study=snapshot.study, number=number, file=f"{name}.zip", by=request.user)
    response = StreamingHttpResponse(archive_parts(snapshot.folder, names, folder=name))
    return download_headers(response, name=f"{name}.zip", etag=f'"{snapshot.hash}"')


def _released(request: SignedInRequest, slug: str, number: int) -> tuple[Snapshot, Manifest]:
    """Return a snapshot that is done, with its manifest. Raises Http404 where its files are not on this machine."""
    study = access.study_to_read(request.user, slug)
    snapshot = Snapshot.objects.filter(study=study, number=number, status=Snapshot.Status.DONE).first()
    if snapshot is None:
        raise Http404
    snapshot.study = study
    try:
        return snapshot, read_manifest(snapshot.folder)
    except SnapshotError:
        raise Http404 from None


def _context(study: Study) -> dict[str, object]:
    states = snapshot_states(study)
    waits = (Snapshot.Status.QUEUED, Snapshot.Status.CLAIMED)
    return {"study": study, "states": states, "under_way": any(row.snapshot.status in waits for row in states)}
