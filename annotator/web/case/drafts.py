"""Draft saves over HTTP: version checks, answers, and reading a stored draft back into a form."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self

from django.http import HttpRequest, JsonResponse, QueryDict
from django.utils.translation import gettext as _

from annotator.studies.errors import StaleDraft, StudyError
from annotator.studies.models import BaseDraft

_QUOTE_SENT = 100  # what the page sends of a long quote, for the service to compare
_DIGITS = 9  # one fewer than would overflow the database's numbers

Save = Callable[[int], BaseDraft]  # on top of the version given


class DraftState(NamedTuple):
    """The draft that a page knows, 0 for none, and its time; `stale`: the page holds words that no draft has."""

    version: int
    saved_at: datetime | None = None
    stale: bool = False

    @classmethod
    def of(cls, draft: BaseDraft | None) -> Self:
        return cls(draft.version, draft.saved_at) if draft else cls(0)


NONE = DraftState(0)


def draft_saved(request: HttpRequest, save: Save) -> JsonResponse:
    """Answer a save in the background. `version` is the draft that the page knows, 0 for none."""
    version = number_sent(request.POST, "version")
    if version is None:
        return refusal(_("The draft's version is not a number; load the page again."), status=400)
    try:
        draft = save(version)
    except StaleDraft as error:
        return refusal(str(error), version=error.version)
    except StudyError as error:
        return refusal(str(error))
    return JsonResponse({"version": draft.version, "saved_at": draft.saved_at.isoformat()})


def refused_kept(request: HttpRequest, newest: int, save: Save) -> DraftState:
    """Make what was refused the draft, so that loading the page again shows it; what the page that answers knows then.

    `newest` is the draft that there is, 0 for none. One that another tab saved and this page does not know stays: then
    what was refused is on the page that answers alone, and in its browser.
    """
    sent = number_sent(request.POST, "version")
    known = newest if sent is None else min(sent, newest)
    try:
        return DraftState.of(save(known))
    except StudyError:
        return DraftState(known, stale=True)


def refusal(sentence: str, *, status: int = 409, **more: int) -> JsonResponse:
    return JsonResponse({"refusal": sentence, **more}, status=status)


def number_sent(data: QueryDict, name: str) -> int | None:
    """The number that was sent as `name`, None for nonsense."""
    sent = data.get(name, "")
    return int(sent) if sent.isdecimal() and len(sent) <= _DIGITS else None


# --- what of a stored draft fits: another version of the page may have written it, or a program ---


def text_in(value: object) -> str:
    return value if isinstance(value, str) else ""


def texts_in(value: object) -> tuple[str, ...]:
    return tuple(map(text_in, value)) if isinstance(value, list) else ()


def spans_in(value: object) -> tuple[dict[str, Any], ...]:
    """What has the shape of spans; long quotes only as far as they are compared."""
    items: Sequence[Any] = value if isinstance(value, list) else ()
    return tuple(
        {
            "text": text_in(item.get("text")),
            "start": item.get("start"),
            "end": item.get("end"),
            "pattern": text_in(item.get("pattern")),
            "quote": text_in(item.get("quote"))[:_QUOTE_SENT],
        }
        for item in items
        if isinstance(item, dict) and type(item.get("start")) is int and type(item.get("end")) is int
    )
