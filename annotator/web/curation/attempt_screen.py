"""Template values of the attempts at a candidate: makers, proofs in numbers, and what is to come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from annotator.exemplars.models import Repair

_STATUS = Repair.Status


@dataclass(frozen=True, slots=True)
class ShownAttempt:
    """One attempt. `whole` is whether it violates nothing and leaves nothing undecided."""

    attempt: Repair
    maker: str
    began_on: bool  # the edit on the page began on this attempt

    @property
    def done(self) -> bool:
        return self.attempt.status == _STATUS.DONE

    @property
    def waits(self) -> bool:
        return self.attempt.status in (_STATUS.QUEUED, _STATUS.CLAIMED)

    @property
    def whole(self) -> bool:
        return self.done and 0 < self.attempt.constraint_count == self.attempt.satisfied


@dataclass(frozen=True, slots=True)
class AttemptList:
    """The attempts at a candidate, as they were made."""

    shown: Sequence[ShownAttempt]
    closed: bool  # the candidate is rejected or has an exemplar: no attempt can be used

    @property
    def waits(self) -> bool:
        """Whether an attempt by a model is still to come."""
        return any(shown.waits for shown in self.shown)

    @property
    def began_on(self) -> ShownAttempt | None:
        """The attempt that the edit began on, None for the model's own answer."""
        return next((shown for shown in self.shown if shown.began_on), None)

    @property
    def newest_by_people(self) -> int:
        """The id of the newest attempt by a person, 0 without one."""
        by_people = [shown.attempt.pk for shown in self.shown if shown.attempt.method == Repair.Method.PERSON]
        return max(by_people, default=0)


def attempt_list(attempts: Iterable[Repair], reader: User, *, parent: int | None, closed: bool) -> AttemptList:
    """The attempts as `reader` sees them; `parent` is the id of the one that the edit began on."""
    shown = [ShownAttempt(attempt, _maker(attempt, reader), attempt.pk == parent) for attempt in attempts]
    return AttemptList(shown, closed)


def _maker(attempt: Repair, reader: User) -> str:
    if attempt.method == Repair.Method.MECHANICAL:
        return _("mechanical")
    if attempt.method == Repair.Method.PERSON:
        own = attempt.author_id == reader.pk
        return _("you") if own or attempt.author is None else attempt.author.get_username()
    model = str(attempt.language_model)
    return _("%(model)s, round %(round)d") % {"model": model, "round": attempt.round}
