"""Draft saves over HTTP: version checks, JSON answers, and reading stored drafts back into forms."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self

from django.http import HttpRequest, JsonResponse, QueryDict
from django.utils.translation import gettext as _

from annotator.studies.errors import StaleDraft, StudyError
from annotator.studies.models import BaseDraft
from annotator.studies.services.drafts import SubmittedDraft

_MAX_QUOTE = 100  # characters of a quote that the page sends, for the service to compare
_DIGITS = 9  # a number of so many digits fits into the database's 32 bits

Save = Callable[[int], BaseDraft]  # called with the draft version that the page is based on


class DraftState(NamedTuple):
    """The draft that a page is based on."""

    version: int  # 0 for none
    saved_at: datetime | None = None
    stale: bool = False  # the page has text that could not be saved as a draft
    base: int | None = None  # the newer draft that the page has told of, which its next submission replaces

    @classmethod
    def of(cls, draft: BaseDraft | None) -> Self:
        return cls(draft.version, draft.saved_at) if draft else cls(0)


NONE = DraftState(0)


def save_draft(request: HttpRequest, save: Save) -> JsonResponse:
    """Save in the background and answer as JSON: the new version, or a refusal (409, or 400 without a version)."""
    version = posted_number(request.POST, "version")
    if version is None:
        return refusal(_("The draft's version is not a number; load the page again."), status=400)
    try:
        draft = save(version)
    except StaleDraft as error:
        return refusal(str(error), version=error.version)
    except StudyError as error:
        return refusal(str(error))
    return JsonResponse({"version": draft.version, "saved_at": draft.saved_at.isoformat()})


def save_refused(request: HttpRequest, newest: int, save: Save) -> DraftState:
    """Save a refused submission as the draft, so that reloading shows it. Returns the draft of the answering page.

    `newest` is the version of the stored draft, 0 for none. A draft that another tab has saved since is never
    overwritten: the refused text is then only on the answering page and in its browser.
    """
    version = known_version(request.POST)
    known = newest if version is None else min(version, newest)
    try:
        return DraftState.of(save(known))
    except StudyError:
        return DraftState(known, stale=True)


def submitted_draft(data: QueryDict, content: Mapping[str, Any]) -> SubmittedDraft | None:
    """The draft that the page of a submission knew, None without a version, as without scripts."""
    version = known_version(data)
    return None if version is None else SubmittedDraft(version, content)


def newer_draft(request: HttpRequest, error: StaleDraft) -> DraftState:
    """The state of the page that answers a submission refused for a newer draft. The next submission replaces that."""
    return DraftState(posted_number(request.POST, "version") or 0, stale=True, base=error.version)


def known_version(data: QueryDict) -> int | None:
    """The newest version that the page has told of: the one in `base`, else the one in `version`."""
    base = posted_number(data, "base")
    return posted_number(data, "version") if base is None else base


def refusal(sentence: str, *, status: int = 409, **more: int) -> JsonResponse:
    return JsonResponse({"refusal": sentence, **more}, status=status)


def posted_number(data: QueryDict, name: str) -> int | None:
    """The whole number in the field `name`, None for anything else."""
    text = data.get(name, "")
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else None


# --- values of a stored draft: another version of the page or an API client may have written it ---


def text_in(value: object) -> str:
    return value if isinstance(value, str) else ""


def texts_in(value: object) -> tuple[str, ...]:
    return tuple(map(text_in, value)) if isinstance(value, list) else ()


def spans_in(value: object) -> tuple[dict[str, Any], ...]:
    """The items of a list that have the shape of spans, with quotes cut to the length that is compared."""
    items: Sequence[Any] = value if isinstance(value, list) else ()
    return tuple(
        {
            "text": text_in(item.get("text")),
            "start": item.get("start"),
            "end": item.get("end"),
            "pattern": text_in(item.get("pattern")),
            "quote": text_in(item.get("quote"))[:_MAX_QUOTE],
        }
        for item in items
        if isinstance(item, dict) and type(item.get("start")) is int and type(item.get("end")) is int
    )
