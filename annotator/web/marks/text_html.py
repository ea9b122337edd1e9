"""Text as HTML: escaped, exact to the character, with signs on invisible characters.

Owns the escaping of what models and people wrote. Knows no marks and no page.
"""

from collections.abc import Iterable

from django.utils.html import escape

from annotator.web.marks.invisible import Part
from annotator.web.marks.long_words import wrap_long_words

# An HTML parser drops NUL and turns CR into LF: offsets in the browser would differ from stored ones.
_KEPT_EXACT = str.maketrans({"\x00": "\ufffd", "\r": "&#13;"})


def exact_html(text: str) -> str:
    """Escape `text` so that its textContent in the browser is the text, exactly."""
    return escape(text).translate(_KEPT_EXACT)


def signed_html(found: Iterable[Part]) -> str:
    """Join the parts of a text as HTML; its textContent in the browser is the text, exactly."""
    return "".join(
        f'<span class="sign{" always" * part.always}" data-sign="{part.sign}">{exact_html(part.text)}</span>'
        if part.sign
        else wrap_long_words(exact_html(part.text))
        for part in found
    )
