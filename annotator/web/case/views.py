"""Views of a case's two answers that are fetched on request: word differences, and Markdown.

They depend on the answers alone, so they may be shown before the blind choice.
"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotator import access
from annotator.studies.selectors.sheet import SheetSide, assignment_sides
from annotator.web.decorators import SignedInRequest, page
from annotator.web.marks.difference import difference
from annotator.web.marks.difference_html import difference_html
from annotator.web.marks.markdown import model_markdown

_EMPTY = gettext_lazy("The answer is empty.")
_MAX_MARKDOWN = 400_000  # characters of both answers together


@page
def case_difference(request: SignedInRequest, case_id: int) -> HttpResponse:
    left, right = assignment_sides(access.assignment_to_read(request.user, case_id))
    pair = difference(left.answer, right.answer)
    if pair is None:
        return _view(request, "diff", refusal=_("The answers are too long or too unlike to be compared by words."))
    sides = [_shown(side, difference_html(pieces), _EMPTY) for side, pieces in zip((left, right), pair, strict=True)]
    return _view(request, "diff", sides=sides)


@page
def case_markdown(request: SignedInRequest, case_id: int) -> HttpResponse:
    sides = assignment_sides(access.assignment_to_read(request.user, case_id))
    if sum(len(side.answer) for side in sides) > _MAX_MARKDOWN:
        return _view(request, "markdown", refusal=_("The answers are too long to be rendered as Markdown."))
    return _view(request, "markdown", sides=[_rendered(side) for side in sides])


def _rendered(side: SheetSide) -> dict[str, Any]:
    nothing = _("As Markdown nothing of this answer shows.") if side.answer else _EMPTY
    return _shown(side, model_markdown(side.answer), nothing)


def _shown(side: SheetSide, html: str, nothing: str | Promise) -> dict[str, Any]:
    """What the template shows of a side; `nothing` is the sentence for a view with no words."""
    return {"name": side.name, "text": side.answer, "html": html, "empty": "" if html.strip() else nothing}


def _view(request: SignedInRequest, view: str, **context: Any) -> HttpResponse:
    return render(request, "case/_view.html", {"view": view, **context})
