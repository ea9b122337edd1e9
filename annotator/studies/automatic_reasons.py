"""The fixed reasons stored when gold is set automatically, and their translations.

A reason is stored in English and translated when it is shown, since its readers have different languages.
"""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

AGREED = gettext_noop("By rule: all %(n)d annotations agree.")
ALONE = gettext_noop("By rule: the one annotation that the study asks for.")
NO_LONGER_AGREED = gettext_noop("By rule: the annotations no longer agree.")
LEFT_OUT = gettext_noop("By rule: an annotator was left out, and the annotations that count no longer decide the case.")
HANDED_OUT_AGAIN = gettext_noop("By rule: the case was handed out again.")

_FIXED = frozenset({ALONE, NO_LONGER_AGREED, LEFT_OUT, HANDED_OUT_AGAIN})
_AGREED = re.compile(r"By rule: all ([0-9]{1,9}) annotations agree\.")


def reason_by_rule(stored: str) -> str:
    """Translate a stored automatic reason into the reader's language. Any other text, as an import may bring, stays."""
    agreed = _AGREED.fullmatch(stored)
    if agreed:
        return _(AGREED) % {"n": int(agreed[1])}
    return _(stored) if stored in _FIXED else stored
