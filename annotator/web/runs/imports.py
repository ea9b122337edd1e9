"""Import pages, for leads: sending a file of responses, its preview, and the import itself.

The file is kept until its import has succeeded or a day is over; the settings of a preview are in its address.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from annotator import access
from annotator.datasets.models import Prompt
from annotator.datasets.responses.matching import RowProblem
from annotator.datasets.responses.records import ResponseFileError, ResponseRecord
from annotator.datasets.responses.splitting import Parts
from annotator.datasets.responses.unpacking import SourceFile
from annotator.runs.errors import RunError, RunImportError
from annotator.runs.response_reading import ImportSource, read_responses
from annotator.runs.services import run_import
from annotator.text_cleaning import replace_unstorable
from annotator.web.decorators import SignedInRequest, lead_form
from annotator.web.labels import localized
from annotator.web.runs.existing_runs import tell_existing
from annotator.web.runs.import_form import ImportForm, UploadForm, localized_problem
from annotator.web.runs.uploads import UNPACKED_CAP, UPLOAD_CAP, Upload, UploadQuota, upload_keep, upload_of

_ROWS_SHOWN = 5
_PROBLEMS_SHOWN = 200
_PROBLEMS_AT_MOST = 100_000  # a small packed file can hold a hundred million lines, and people wait for the page
_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class PreviewedRow:
    """One response of the file with its prompt and its parts."""

    prompt: Prompt
    record: ResponseRecord
    parts: Parts


@dataclass(frozen=True, slots=True)
class Preview:
    """The outcome of reading a file: the first rows, counts, and all problems, or why the file cannot be read."""

    rows: Sequence[PreviewedRow] = ()
    about: Mapping[str, Any] | None = None
    problems: Sequence[tuple[str, str]] = ()
    more_problems: int = 0
    refusal: str = ""
    lacks_reasoning: bool = False


@csrf_exempt
def run_import_new(request: HttpRequest) -> HttpResponseBase:
    """Limit the size of the file before the body is read, which the check of the token does."""
    quota = UploadQuota(request)
    request.upload_handlers.insert(0, quota)
    return _run_import_new(request, quota)


@csrf_protect
@lead_form
def _run_import_new(request: SignedInRequest, quota: UploadQuota) -> HttpResponse:
    """Show the form; keep the file and lead on to its preview."""
    posted = request.method == "POST"
    form = _form(UploadForm, request, request.POST if posted else None)
    if posted:
        form.files = request.FILES
        if form.is_valid() and not quota.exceeded:
            upload = upload_keep(form.cleaned_data["file"], owner_id=request.user.pk)
            return redirect(_address(upload, form))
        if quota.exceeded:
            form.errors.pop("file", None)
            form.add_error("file", _too_large())
    context = {"form": form, "datasets": access.datasets_for(request.user).exists(), "cap": UPLOAD_CAP // _MEBIBYTE}
    return render(request, "run_import.html", context, status=422 if form.errors else 200)


@lead_form
def run_import_preview(request: SignedInRequest, upload: str) -> HttpResponse:
    """Show what the file holds under the chosen settings; a POST imports it, or leads on to other settings.

    A refused import keeps the file.
    """
    try:
        return _previewed(request, upload_of(request.user.pk, upload))
    except FileNotFoundError:  # another request has imported it meanwhile
        raise Http404 from None


def _previewed(request: SignedInRequest, kept: Upload) -> HttpResponse:
    form = _form(ImportForm, request, request.POST if request.method == "POST" else request.GET)
    if request.method == "POST" and form.is_valid():
        if request.POST.get("action") == "preview":
            return redirect(_address(kept, form))
        try:
            return _import(request, kept, form)
        except RunImportError as refusal:
            form.add_error(None, str(refusal))
        except RunError as error:
            form.add_error(None, str(error))
    preview = _preview(kept, form) if form.is_valid() or form.non_field_errors() else Preview()
    context = {"form": form, "upload": kept, "preview": preview}
    return render(request, "run_import_preview.html", context, status=422 if form.errors else 200)


def _form(kind: type[ImportForm], request: SignedInRequest, data: Any) -> ImportForm:
    datasets, models = (
        access.datasets_for(request.user).filter(archived_at=None),
        access.language_models_for(request.user),
    )
    return kind(data, datasets=datasets, language_models=models)


def _address(upload: Upload, form: ImportForm) -> str:
    """Return the address of the preview with the settings of the form."""
    names = (name for name in form.fields if name != "file")
    values = {name: value for name in names if (value := form[name].value()) not in (None, "", False)}
    return f"{reverse('run-import-preview', args=[upload.token])}?{urlencode(values)}"


def _source(upload: Upload, form: ImportForm) -> ImportSource:
    values = form.cleaned_data
    file = SourceFile(upload.path, upload.name, UNPACKED_CAP)
    return ImportSource(file, values["rule"], values["format"], values["sample"], _PROBLEMS_AT_MOST)


def _preview(upload: Upload, form: ImportForm) -> Preview:
    problems: list[RowProblem] = []

    def on_problem(problem: RowProblem) -> None:
        if len(problems) < _PROBLEMS_SHOWN:
            problems.append(replace(problem, text=""))  # a row may be long

    try:
        with read_responses(form.cleaned_data["dataset"], _source(upload, form), on_problem=on_problem) as read:
            first = list(islice(read, _ROWS_SHOWN))
            prompts = Prompt.objects.in_bulk([read.prompts[index][0] for index, _record, _parts in first])
            return Preview(
                rows=[
                    PreviewedRow(prompts[read.prompts[index][0]], record, _storable(parts))
                    for index, record, parts in first
                ],
                about=read.described(),
                problems=[
                    (localized_problem(read.place(problem.number)), localized_problem(problem.reason))
                    for problem in problems
                ],
                more_problems=read.matched.problems - len(problems),
                lacks_reasoning=bool(first) and read.lacks_reasoning,
            )
    except ResponseFileError as error:
        return Preview(refusal=localized(error.args[0]))


def _storable(parts: Parts) -> Parts:
    """Return the parts as the import stores them: half a surrogate pair could not be sent as UTF-8 either."""
    return replace(parts, reasoning=replace_unstorable(parts.reasoning), answer=replace_unstorable(parts.answer))


def _import(request: SignedInRequest, upload: Upload, form: ImportForm) -> HttpResponse:
    values = form.cleaned_data
    imported = run_import(
        dataset=values["dataset"],
        source=_source(upload, form),
        language_model=values["language_model"],
        strategy=values["strategy"],
        terms=values["terms"],
        set_aside=(lambda _problem: None) if values["set_aside"] else None,
        user=request.user,
        visible=access.runs_for(request.user),
    )
    upload.remove()
    if imported.created:
        messages.success(request, _("Imported."))
    else:
        tell_existing(request, imported.run)
    return redirect("run", imported.run.pk)


def _too_large() -> str:
    return _(
        "The file is larger than %(cap)s MB, the most that can be sent; pack it with gzip, or use "
        ".venv/bin/python manage.py import_run on the server."
    ) % {"cap": UPLOAD_CAP // _MEBIBYTE}
