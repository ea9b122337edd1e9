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

_NUMBER = re.compile(r"\d+")


def reason_by_rule(stored: str) -> str:
    """Translate a stored automatic reason, never a person's, into the reader's language. Unknown text is unchanged."""
    number = _NUMBER.search(stored)
    if number is None:
        return _(stored)
    return _(_NUMBER.sub("%(n)d", stored, count=1)) % {"n": int(number[0])}
