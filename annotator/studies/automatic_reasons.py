"""The fixed reasons stored when gold is set automatically, and their translations.

A reason is stored once and read in any language, so it is stored as it always was and looked up when it is shown.
"""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

AGREED = gettext_noop("By rule: all %(n)d annotations agree.")
ALONE = gettext_noop("By rule: the one annotation that the study asks for.")
NO_LONGER_AGREED = gettext_noop("By rule: the annotations no longer agree.")

_NUMBER = re.compile(r"\d+")


def reason_by_rule(stored: str) -> str:
    """A stored reason of a rule (never of a person) in the language of the reader; what is not known stays as it is."""
    number = _NUMBER.search(stored)
    if number is None:
        return _(stored)
    return _(_NUMBER.sub("%(n)d", stored, count=1)) % {"n": int(number[0])}
