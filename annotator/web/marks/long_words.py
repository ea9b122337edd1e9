"""Very long words, wrapped so that a browser breaks them at once. Escaped text in, HTML out.

Where letters are kerned, Chromium shapes the rest of a word again for every line that it breaks off: 20,000 capitals
took it four seconds. Without kerning and ligatures (class `long`) it takes 15 ms.
"""

import re

_LONG = 500
_LONG_WORD = re.compile(rf"[^\s<>]{{{_LONG},}}")


def wrap_long_words(escaped: str) -> str:
    """The HTML with a <span> around each word of 500 characters or more; its text is the same."""
    if len(escaped) < _LONG or max(map(len, escaped.split()), default=0) < _LONG:
        return escaped
    return _LONG_WORD.sub(r'<span class="long">\g<0></span>', escaped)
