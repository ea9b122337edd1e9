"""Studies and their members."""

from typing import ClassVar, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from annotator.datasets.models import valid_name
from annotator.runs.models import Run, Verdict
from annotator.strategies import uses_checkers
from annotator.studies.models.codebooks import Codebook

# Not `reasoning`: an outcome compares two texts, and a run that does not reason has no reasoning to compare.
SCOPES = (Verdict.Scope.ANSWER, Verdict.Scope.COMPLETION)
SCOPE_CHOICES = [(scope.value, scope.label) for scope in SCOPES]

_RESERVED_SLUGS = {"new"}  # /studies/new/ is the form that creates a study


class Study(models.Model):
    """A case study: which two runs are paired, with which codebook, overlap and blinding.

    Any two runs of one dataset can be paired; the lead chooses their order. Outcomes and labels say how the second
    compares with the first. `first_role` and `second_role` name the runs; they are stored because a run never changes.
    `judge_unfinished`: outcomes also compare answers that are empty or were cut off at the token limit. One of
    `check_every` cases that an annotator gets is a hidden check; 0 for none.

    When prompts are added, the two runs are those over the new version of the dataset, and `EarlierRuns` has the two
    before them: older cases keep the prompt and the generations that they were made of. `extended` is whether that ever
    happened. `archived_at` is set while the study is archived: it is closed, stands in no list and takes no decisions.
    """

    class Status(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"

    class Order(models.TextChoices):
        """Order of the queue. `agreement` puts cases first that have one annotation already."""

        RANDOM = "random"
        HARDEST = "hardest"
        AGREEMENT = "agreement"

    class VerdictsShown(models.TextChoices):
        """The moment from which annotators see verdicts. Without a blind step, "after the blind choice" is at once."""

        FROM_START = "from_start"
        AFTER_BLIND = "after_blind"
        AFTER_LABEL = "after_label"
        NEVER = "never"

    slug = models.CharField(max_length=64, unique=True, validators=[valid_name])
    title = models.CharField(max_length=160)
    first_run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="studies_as_first")
    second_run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="studies_as_second")
    first_role = models.CharField(max_length=400)
    second_role = models.CharField(max_length=400)
    codebook = models.ForeignKey(Codebook, on_delete=models.PROTECT, related_name="studies")
    overlap = models.PositiveSmallIntegerField(default=1)
    blind = models.BooleanField(default=True)
    verdicts_shown = models.CharField(max_length=16, choices=VerdictsShown, default=VerdictsShown.AFTER_BLIND)
    scope = models.CharField(max_length=16, choices=SCOPE_CHOICES, default=Verdict.Scope.ANSWER)
    judge_unfinished = models.BooleanField(default=False)
    order = models.CharField(max_length=16, choices=Order, default=Order.RANDOM)
    seed = models.PositiveIntegerField(default=0)
    check_every = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=16, choices=Status, default=Status.OPEN)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True)
    extended = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(first_run=models.F("second_run")),
                name="study_pairs_two_runs",
                violation_error_message=_("The two runs are the same; choose two different ones."),
            ),
            models.CheckConstraint(
                condition=Q(overlap__gte=1),
                name="study_overlap_positive",
                violation_error_message=_("The overlap must be 1 or more."),
            ),
            models.CheckConstraint(
                condition=~Q(check_every=1),
                name="study_checks_beside_cases",
                violation_error_message=_("Hidden checks are one of 2 cases or fewer."),
            ),
        ]
        verbose_name_plural = "studies"

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Refuse a short name at whose address another page stands."""
        if self.slug in _RESERVED_SLUGS:
            raise ValidationError(_("this short name is an address of ours; choose another one."))

    @property
    def shown_settings(self) -> str:
        """The settings that a case page is made with and that can change: codebook and `verdicts_shown`, in one value.

        A page sends it back, so that nothing is stored under a codebook or a setting that its annotator never saw.
        """
        return f"{self.codebook_id}.{self.verdicts_shown}"

    @property
    def roles_with_checkers(self) -> list[str]:
        """The roles of the runs whose models were shown what the checkers found: bounds, and no fair comparison."""
        return [role for role in (self.first_role, self.second_role) if uses_checkers(role.partition(" ")[0])]


class EarlierRuns(models.Model):
    """The two runs of a study before prompts were added to it. Cases of that time are made of their generations."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="earlier_runs")
    first_run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="earlier_as_first")
    second_run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="earlier_as_second")
    replaced_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"runs {self.first_run_id} and {self.second_run_id} of {self.study_id}"


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Memberships, with the names that exports and pages may show."""

    def active(self) -> Self:
        """Keep the memberships that open their study."""
        return self.filter(deactivated_at=None)

    def pseudonyms(self) -> dict[int, str]:
        """Return user id -> pseudonym."""
        return dict(self.order_by().values_list("user_id", "pseudonym"))


class Membership(models.Model):
    """A user's role in a study. `pseudonym` replaces their name in everything that leaves the study.

    `unblinded_at` is when they first had a role that reads whose answer is whose; a later role does not end it.

    A deactivated membership opens nothing, and its row stays: what its user annotated keeps its pseudonym. `left_out`
    means that their annotations count in no figure, gold or export; `deactivation_reason` says why.

    A study has one owner, who is active: its first lead, until they hand it over. A reader changes nothing.
    """

    class Role(models.TextChoices):
        OWNER = "owner"
        LEAD = "lead"
        ANNOTATOR = "annotator"
        ADJUDICATOR = "adjudicator"
        CURATOR = "curator"
        READER = "reader"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role)
    pseudonym = models.CharField(max_length=32)
    unblinded_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deactivated_at = models.DateTimeField(null=True)
    deactivation_reason = models.CharField(max_length=500, blank=True)
    left_out = models.BooleanField(default=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["study", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "user"], name="membership_once"),
            models.UniqueConstraint(fields=["study", "pseudonym"], name="pseudonym_once"),
            models.UniqueConstraint(fields=["study"], condition=Q(role="owner"), name="study_owned_once"),
            models.CheckConstraint(
                condition=~Q(role="owner") | Q(deactivated_at=None), name="membership_owner_is_active"
            ),
            models.CheckConstraint(
                condition=Q(deactivated_at=None, deactivation_reason="", left_out=False)
                | (Q(deactivated_at__isnull=False) & ~Q(deactivation_reason="")),
                name="membership_deactivated_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pseudonym} in {self.study_id}"


LEADING = (Membership.Role.OWNER, Membership.Role.LEAD)
"""The roles that lead a study."""
ASSIGNABLE_ROLES = [(role.value, role.label) for role in Membership.Role if role != Membership.Role.OWNER]
"""The roles that a member can be given. A study gets an owner with its first lead, and another by handing over."""
