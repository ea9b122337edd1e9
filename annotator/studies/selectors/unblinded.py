"""Users who can read whose answer is whose, and so can judge nothing blind. Reads only.

They are the site leads; the leads, adjudicators and curators of the study, present and former; those of another study
that pairs one of its runs or a repeat of it; and whoever started one of its runs. It goes by what a person may open,
not by what they opened: lists, exports and charts show many cases at once, and a page that was read leaves no trace.
"""

from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from annotator.runs.models import Run
from annotator.studies.models import EarlierRuns, Membership, Study


def knows_sides(study: Study, user: User) -> bool:
    """Whether `user` can read, or could once, whose answer is whose in this study."""
    if user.is_staff:
        return True
    unblinded = Membership.objects.filter(user=user, unblinded_at__isnull=False)
    return (
        unblinded.filter(Q(study=study) | _pairs_a_run_of(study)).exists()
        or Run.objects.filter(pk__in=_run_ids(study), created_by=user).exists()
    )


def with_possible_sources(memberships: QuerySet[Membership]) -> QuerySet[Any]:
    """Annotate memberships with `may_know_sides`: whether `knows_sides` has anything to look into.

    Two lookups by index, since the queue asks for it on every click; `knows_sides` costs PostgreSQL 7 ms to plan.
    """
    unblinded = Membership.objects.filter(user=OuterRef("user"), unblinded_at__isnull=False).order_by()
    own_runs = Run.objects.filter(created_by=OuterRef("user")).order_by()
    return memberships.annotate(may_know_sides=Exists(unblinded) | Exists(own_runs))


def not_blind_sentence(study: Study) -> str:
    """Return the refusal for a user who knows the sides."""
    return _(
        "You can read whose answer is whose in study %(study)r, or could before, so that you cannot judge its cases "
        "blind; leave them to its annotators, or label in a study that is not blind."
    ) % {"study": study.slug}


def _run_ids(study: Study) -> QuerySet[Any, Any]:
    """The ids of the runs that the study pairs or did before prompts were added, and of other leads' runs of the same.

    Those have the same fingerprint and the same generations (`Run.copy_for`).
    """
    earlier = EarlierRuns.objects.filter(study=study).order_by()
    paired = Run.objects.filter(
        Q(pk__in=(study.first_run_id, study.second_run_id))
        | Q(pk__in=earlier.values("first_run"))
        | Q(pk__in=earlier.values("second_run"))
    )
    return Run.objects.filter(fingerprint__in=paired.order_by().values("fingerprint")).order_by().values("pk")


def _pairs_a_run_of(study: Study) -> Q:
    """Memberships of studies that pair a run of `study` or a repeat of one: repeats are opened together."""
    firsts = Run.objects.filter(pk__in=_run_ids(study)).order_by().values(first=Coalesce("repeat_of", "pk"))
    repeats = Run.objects.filter(Q(pk__in=firsts) | Q(repeat_of__in=firsts)).order_by().values("pk")
    earlier = EarlierRuns.objects.filter(Q(first_run__in=repeats) | Q(second_run__in=repeats)).order_by()
    pairs_now = Q(study__first_run__in=repeats) | Q(study__second_run__in=repeats)
    return pairs_now | Q(study__in=earlier.values("study"))
