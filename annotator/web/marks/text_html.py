"""Text as HTML: escaped, exact to the character, with signs on invisible characters.

Owns the escaping of what models and people wrote. Knows no marks and no page.
"""

from collections.abc import Iterable

from django.utils.html import escape

from annotator.web.marks.invisible import Part
from annotator.web.marks.long_words import wrap_long_words

# An HTML parser drops NUL and turns CR into LF: offsets counted in the browser would no longer be ours.
_KEPT_EXACT = str.maketrans({"\x00": "\ufffd", "\r": "&#13;"})


def exact_html(text: str) -> str:
    """The text, escaped, so that the browser holds it character for character."""
    return escape(text).translate(_KEPT_EXACT)


def signed_html(found: Iterable[Part]) -> str:
    """The parts of a text, one after the other; what the browser then holds is the text."""
    return "".join(
        f'<span class="sign{" always" * part.always}" data-sign="{part.sign}">{exact_html(part.text)}</span>'
        if part.sign
        else wrap_long_words(exact_html(part.text))
        for part in found
    )
