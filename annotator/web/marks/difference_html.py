"""The pieces of a word difference as HTML: every change in a <mark>. Knows no page."""

from collections.abc import Sequence

from django.utils.safestring import SafeString, mark_safe

from annotator.web.marks.difference import Piece
from annotator.web.marks.inline_difference import RevisedPiece
from annotator.web.marks.invisible import parts
from annotator.web.marks.text_html import signed_html


def difference_html(pieces: Sequence[Piece]) -> SafeString:
    """One text; its textContent in the browser is the text, exactly. White space that differs has all its signs."""
    last = len(pieces) - 1
    html = (_piece(piece, first=place == 0, last=place == last) for place, piece in enumerate(pieces))
    return mark_safe("".join(html))  # noqa: S308 - every part is escaped


def _piece(piece: Piece, *, first: bool, last: bool) -> str:
    if not piece.changed:
        return signed_html(parts(piece.text, first=first, last=last))
    text = signed_html(parts(piece.text, every_space=piece.text.isspace()))
    return f'<mark class="changed">{text}</mark>'


def revised_html(pieces: Sequence[RevisedPiece]) -> SafeString:
    """A text and its revision in one: <del> for what was removed, <ins> for what was added."""
    last = len(pieces) - 1
    html = (_revised(piece, first=place == 0, last=place == last) for place, piece in enumerate(pieces))
    return mark_safe("".join(html))  # noqa: S308 - every part is escaped


def _revised(piece: RevisedPiece, *, first: bool, last: bool) -> str:
    if piece.fate == "same":
        return signed_html(parts(piece.text, first=first, last=last))
    tag = "del" if piece.fate == "removed" else "ins"
    text = signed_html(parts(piece.text, first=False, last=False, every_space=piece.text.isspace()))
    return f'<{tag} class="changed">{text}</{tag}>'
