"""Flags: raised by an annotator, answered or settled by those who decide, reopened by a reply."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.events.services import event_append
from annotator.studies.errors import FlagRefused
from annotator.studies.models import Assignment, Flag, FlagMessage
from annotator.studies.services.slots import lock_case
from annotator.text_cleaning import replace_unstorable

MAX_REASON = 500
MAX_MESSAGE = 2_000


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
    _check_length(_("The reason of the flag"), text, MAX_REASON)
    lock_case(assignment.case_id)  # else it could be deleted before the flag is stored
    flag, made = Flag.objects.get_or_create(assignment=assignment, defaults={"reason": text})
    if not made and flag.reason != text:
        raise FlagRefused(
            _("You flagged case %(case)d before; add what is new to your note.") % {"case": assignment.case_id}
        )
    return flag


@transaction.atomic
def flag_answer(*, flag: Flag, author: User, text: str) -> FlagMessage:
    """Answer the flag, which settles it until its annotator writes again. Raises FlagRefused for an unfit text."""
    message = _message_append(flag, author, text)
    Flag.objects.filter(pk=flag.pk).update(settled_at=message.written_at, read_at=None)
    case = flag.assignment.case
    event_append("flag.answered", flag, {"case": case.pk}, actor=author, study=case.study_id)
    return message


@transaction.atomic
def flag_reply(*, flag: Flag, text: str) -> FlagMessage:
    """Append a further message of the annotator who raised the flag; it is open again. Raises FlagRefused."""
    message = _message_append(flag, flag.assignment.annotator, text)
    Flag.objects.filter(pk=flag.pk).update(settled_at=None, read_at=message.written_at)
    case = flag.assignment.case
    event_append("flag.reopened", flag, {"case": case.pk}, actor=flag.assignment.annotator, study=case.study_id)
    return message


def flag_read(*, flag: Flag) -> None:
    """Mark the answer as read by the annotator who raised the flag. Idempotent."""
    Flag.objects.filter(pk=flag.pk, read_at=None).exclude(settled_at=None).update(read_at=timezone.now())


@transaction.atomic
def flag_settle(*, flag: Flag, by: User | None = None) -> Flag:
    """Mark the flag as settled. Idempotent: the time of the first call stays."""
    if Flag.objects.filter(pk=flag.pk, settled_at=None).update(settled_at=timezone.now()):
        case = flag.assignment.case
        event_append("flag.settled", flag, {"case": case.pk}, actor=by, study=case.study_id)
    flag.refresh_from_db(fields=["settled_at"])
    return flag


def _message_append(flag: Flag, author: User, text: str) -> FlagMessage:
    """Append a message; the author's last one again, as after a lost response, is returned and not stored twice."""
    stored = replace_unstorable(text.strip())
    if not stored:
        raise FlagRefused(_("Write a few words first: an empty message says nothing."))
    _check_length(_("The message"), stored, MAX_MESSAGE)
    lock_case(flag.assignment.case_id)  # one message after the other, and none to a deleted case
    newest = FlagMessage.objects.filter(flag=flag).order_by("-pk").first()
    if newest is not None and (newest.author_id, newest.text) == (author.pk, stored):
        return newest
    return FlagMessage.objects.create(flag=flag, author=author, text=stored)


def _check_length(field: str, text: str, most: int) -> None:
    if len(text) > most:
        raise FlagRefused(
            _("%(field)s has %(n)d characters; at most %(most)d fit, shorten it.")
            % {"field": field, "n": len(text), "most": most}
        )
