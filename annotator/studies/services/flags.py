"""Flags: raised by an annotator for discussion, settled by a lead or adjudicator."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.studies.errors import FlagRefused
from annotator.studies.models import Assignment, Flag
from annotator.studies.services.slots import lock_case
from annotator.text_cleaning import replace_unstorable

MAX_REASON = 500


@transaction.atomic
def flag_raise(*, assignment: Assignment, reason: str) -> Flag:
    """Flag the case of this assignment, once. Raises FlagRefused.

    The same reason sent again returns the stored flag, since the first response may have been lost.
    """
    text = replace_unstorable(reason.strip())
    if not text:
        raise FlagRefused(
            _("Say in a few words what there is to discuss about case %(case)d.") % {"case": assignment.case_id}
        )
    if len(text) > MAX_REASON:
        raise FlagRefused(
            _("%(field)s has %(n)d characters; at most %(most)d fit, shorten it.")
            % {"field": _("The reason of the flag"), "n": len(text), "most": MAX_REASON}
        )
    lock_case(assignment.case_id)  # else it could be deleted before the flag is stored
    flag, made = Flag.objects.get_or_create(assignment=assignment, defaults={"reason": text})
    if not made and flag.reason != text:
        raise FlagRefused(
            _("You flagged case %(case)d before; add what is new to your note.") % {"case": assignment.case_id}
        )
    return flag


def flag_settle(*, flag: Flag) -> Flag:
    """Mark the flag as settled. Idempotent: the time of the first call stays."""
    Flag.objects.filter(pk=flag.pk, settled_at=None).update(settled_at=timezone.now())
    flag.refresh_from_db(fields=["settled_at"])
    return flag
