"""Template tags: escaped texts with their marks, labels of stored values, and page addresses."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from annotator import access
from annotator.access.roles import Action
from annotator.studies.automatic_reasons import reason_by_rule
from annotator.studies.models import Adjudication, Codebook, Study
from annotator.studies.selectors.codebook_versions import pattern_name
from annotator.web import labels
from annotator.web.decorators import opened_from
from annotator.web.marks import evidence
from annotator.web.marks.code_blocks import CODE, code_marks
from annotator.web.marks.difference_html import revised_html
from annotator.web.marks.directions import has_right_to_left
from annotator.web.marks.evidence_layers import Piece
from annotator.web.marks.inline_difference import RevisedPiece
from annotator.web.marks.invisible import parts
from annotator.web.marks.markdown import markdown
from annotator.web.marks.segments import Mark, Segment, segments
from annotator.web.marks.text_html import exact_html, signed_html

register = template.Library()

_THEMES = ("auto", "light", "dark")
_TINY = 2


@register.simple_tag
def marked(text: str, marks: Iterable[Mark]) -> SafeString:
    """`text`, escaped, with a <mark> per marked piece; its textContent in the browser is the text, exactly."""
    pieces = list(segments(text, [*marks, *code_marks(text)]))
    last = len(pieces) - 1
    html = (_piece(piece, first=place == 0, last=place == last) for place, piece in enumerate(pieces))
    return mark_safe("".join(html))  # noqa: S308 - every part is escaped


@register.simple_tag
def revised(pieces: Sequence[RevisedPiece]) -> SafeString:
    """A text and its revision in one, with what was removed and what was added."""
    return revised_html(pieces)


@register.filter
def signed(text: str, loop: Mapping[str, Any] | None = None) -> SafeString:
    """`exact`, with a sign on each invisible character; `loop` is the `forloop` of a text that comes in pieces."""
    if loop is None:
        return marked(text, ())
    return mark_safe(signed_html(parts(text, first=loop["first"], last=loop["last"])))  # noqa: S308 - every part is escaped


@register.filter
def piece_text(piece: Piece, loop: Mapping[str, Any]) -> SafeString:
    """The text of a piece under layers of marks, `signed`, and as code where it is code."""
    html = signed(piece.text, loop)
    return mark_safe(f"<code>{html}</code>") if piece.code else html  # noqa: S308 - escaped by `signed`


@register.filter
def exact(text: str) -> SafeString:
    """Text of a model or person, escaped so that its textContent in the browser is the text, exactly."""
    return mark_safe(exact_html(text))  # noqa: S308 - escaped just here


@register.filter
def as_text(value: Any) -> str:
    """A text as it is, any other JSON value as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@register.filter
def mixed(text: str) -> str:
    """The CSS class of a text whose lines may run in different directions; it makes the layout of a long text slow."""
    return "mixed" if has_right_to_left(text) else ""


@register.filter
def written(text: str) -> SafeString:
    """Markdown of a person, as HTML."""
    return markdown(text)


@register.filter
def apart(text: str) -> SafeString:
    """`exact` in a <bdi>, for use inside a sentence: right-to-left text cannot reorder the words around it."""
    return mark_safe(f"<bdi>{exact(text)}</bdi>")  # noqa: S308 - escaped by `exact`


@register.filter
def tone(obeyed: bool | None) -> str:
    """The CSS class of a verdict: obeyed, violated or unverifiable."""
    return evidence.tone(obeyed)


@register.filter
def label_for(value: str, family: str) -> str:
    """The screen label of a stored value (`no_difference`); `family` names its list in `annotator.web.labels`."""
    return labels.label_for(family, value)


@register.filter
def localized(text: str) -> str:
    """A checker's message or a constraint's title in the reader's language."""
    return labels.localized(text)


@register.filter
def split_sentence(status: str, role: str) -> str:
    """Return a sentence on a split status, for a completion of this role."""
    return labels.split_sentence(status, role)


@register.filter
def role_name(role: str) -> str:
    """The name of one of a study's two runs."""
    return labels.role_name(role)


@register.filter
def text_name(text: str, study: Study) -> str:
    """The name of a text that spans point into (`first.answer`)."""
    return labels.text_name(text, study)


@register.filter
def effect_name(effect: str, study: Study) -> str:
    """The label of a constraint that was `gained` or `lost`."""
    return labels.effect_name(effect, study)


@register.filter
def item(mapping: Mapping[str, Any], key: str) -> Any:
    """The value under `key`, None if missing."""
    return mapping.get(key)


@register.filter
def pattern_named(slug: str, codebook: Codebook) -> str:
    """The name of the pattern `slug` in that version of the codebook."""
    return pattern_name(slug, codebook)


@register.filter
def reason(decision: Adjudication) -> str:
    """The reason of a decision: a person's text, or the sentence of the rule that decided."""
    return decision.reason if decision.author_id else reason_by_rule(decision.reason)


@register.filter
def span_of_time(seconds: float) -> str:
    """Seconds as `3 h 12 min`, `4 min` or `20 s`: as exact as an estimate can be."""
    whole = max(0, round(seconds))
    if whole >= 3600:
        return _("%(h)d h %(min)d min") % {"h": whole // 3600, "min": whole % 3600 // 60}
    return _("%(min)d min") % {"min": round(whole / 60)} if whole >= 90 else _("%(s)d s") % {"s": whole}


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> str:
    """The theme in this browser's cookie, `auto` unless it is a known one."""
    request: HttpRequest | None = context.get("request")
    name = request.COOKIES.get("theme", "") if request else ""
    return name if name in _THEMES else "auto"


@register.simple_tag(takes_context=True)
def to_open(context: template.Context) -> str:
    """The address that shows this page again; for the answer of a POST, the nearest parent with a page.

    A page that answers at another address than its own sets `address` in its context.
    """
    request: HttpRequest | None = context.get("request")
    address = context.get("address")
    if request is None or address:
        return str(address or "/")
    return request.get_full_path() if request.method in ("GET", "HEAD") else opened_from(request.path)


@register.simple_tag
def leads_something(user: Any) -> bool:
    """Whether the user leads the site or a study: the navigation then has the leads' pages."""
    return access.is_lead(user)


@register.simple_tag
def may(user: Any, action: Action, study: Study) -> bool:
    """Whether the user has this right on the study, one of `access.RIGHTS`."""
    return access.may(user, action, study)


def _piece(segment: Segment, *, first: bool, last: bool) -> str:
    text = signed_html(parts(segment.text, first=first, last=last))
    if CODE in segment.numbers:
        text = f"<code>{text}</code>"
    numbers = [number for number in segment.numbers if number != CODE]
    if not numbers:
        return text
    ending = [number for number in segment.ending if number != CODE]
    tiny = ("tiny",) if len(segment.text) <= _TINY else ()
    ends = f' data-ends="{_listed(ending)}"' if ending else ""
    # Classes and numbers come from this program; only the text needs escaping.
    return f'<mark class="{_listed((*segment.tones, *tiny))}" data-numbers="{_listed(numbers)}"{ends}>{text}</mark>'


def _listed(values: Iterable[object]) -> str:
    return " ".join(map(str, values))
