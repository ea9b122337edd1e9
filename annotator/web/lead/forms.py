"""The forms of a study and of its members. Rules that the services own are not repeated here."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from annotator.datasets.models import valid_name
from annotator.runs.models import Run, Verdict
from annotator.studies.models import Codebook, Membership, Study
from annotator.studies.services.members import MAX_REASON
from annotator.web.runs.forms import RunChoice, offer_rows
from annotator.web.typed_text import TypedText

VERDICTS_SHOWN = [
    (Study.VerdictsShown.FROM_START, _("from the start")),
    (Study.VerdictsShown.AFTER_BLIND, _("after the blind choice")),
    (Study.VerdictsShown.AFTER_LABEL, _("after the label")),
    (Study.VerdictsShown.NEVER, pgettext_lazy("verdicts", "never")),
]


class StudyForm(forms.Form):
    """A new study: two runs of one dataset, the codebook, and how cases are handed out."""

    title = forms.CharField(label=_("Title"), max_length=160)
    slug = forms.CharField(
        label=_("Short name"),
        max_length=64,
        validators=[valid_name],
        help_text=_("For addresses and files: letters, digits, dots, dashes and underscores."),
    )
    first_run = RunChoice(
        queryset=Run.objects.none(), label=_("First run"), help_text=_("What the other one is compared with.")
    )
    second_run = RunChoice(
        queryset=Run.objects.none(),
        label=_("Second run"),
        help_text=_("Another run over the same dataset. Outcomes and labels say how it compares with the first."),
    )
    codebook = forms.ModelChoiceField(queryset=Codebook.objects.all(), label=_("Codebook"), empty_label=None)
    overlap = forms.IntegerField(
        label=_("Annotators per case"), initial=1, min_value=1, max_value=100, help_text=_("The overlap.")
    )
    scope = forms.ChoiceField(
        choices=[(Verdict.Scope.ANSWER, _("the answer alone")), (Verdict.Scope.COMPLETION, _("the whole completion"))],
        label=_("Outcomes judge"),
        help_text=_("Not the reasoning alone: an outcome compares two texts, and not every run has a reasoning."),
    )
    judge_unfinished = forms.BooleanField(
        label=_("Outcomes also where an answer is empty or was cut off; else such a case has no answer to judge"),
        required=False,
    )
    order = forms.ChoiceField(
        choices=[
            (Study.Order.RANDOM, _("shuffled")),
            (Study.Order.HARDEST, _("hardest first: most constraints not obeyed by both")),
            (Study.Order.AGREEMENT, _("a second annotation first, of what has one")),
        ],
        label=_("Order of the queue"),
        initial=Study.Order.RANDOM,
    )
    seed = forms.IntegerField(
        label=_("Seed"), initial=0, min_value=0, max_value=2**31 - 1, help_text=_("Of the shuffle.")
    )
    verdicts_shown = forms.TypedChoiceField(
        choices=VERDICTS_SHOWN,
        label=_("Annotators see the verdicts"),
        initial=Study.VerdictsShown.AFTER_BLIND,
        required=False,
        empty_value=Study.VerdictsShown.AFTER_BLIND,
        help_text=_(
            "What the checkers decided leads people who see it before they judge; stored with each annotation."
        ),
    )
    blind = forms.BooleanField(
        label=_("Blind first: annotators choose a side before they learn which run it is of"),
        initial=True,
        required=False,
    )

    def __init__(self, data: Any, *, runs: QuerySet[Run]) -> None:
        super().__init__(data)
        offer_rows(self, "first_run", runs)
        offer_rows(self, "second_run", runs)


class UserNameField(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django cannot subscript it at run time
    """A user, typed by name; spaces around the name are ignored."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.strip() if isinstance(value, str) else value)


ROLES = [
    (Membership.Role.ANNOTATOR, _("annotator")),
    (Membership.Role.ADJUDICATOR, _("adjudicator")),
    (Membership.Role.CURATOR, _("curator")),
    (Membership.Role.READER, _("reader")),
    (Membership.Role.LEAD, _("lead")),
]


class MemberForm(forms.Form):
    """A new member of a study: user name and role."""

    user = UserNameField(
        queryset=User.objects.filter(is_active=True),
        to_field_name="username",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        label=_("User name"),
        error_messages={
            "required": _("Give a user name."),
            "invalid_choice": _("There is no user of that name; ask whoever runs this server to make one."),
        },
    )
    role = forms.ChoiceField(choices=ROLES, label=_("Role"))


class DeactivationForm(forms.Form):
    """The reason why a member leaves, and what becomes of their annotations."""

    left_out = forms.ChoiceField(
        choices=[
            ("no", _("Keep them: they count in agreement, gold and figures, and are exported")),
            ("yes", _("Leave them out of agreement, gold, figures and export")),
        ],
        label=_("Their annotations"),
        widget=forms.RadioSelect,
        initial="no",
    )
    hand_out_again = forms.BooleanField(
        label=_("Hand out the cases that they have judged again, each to one more annotator"), required=False
    )
    reason = TypedText(
        label=_("Reason"),
        help_text=_("Kept, shown to leads and exported with the annotations: name nobody in it."),
        max_length=MAX_REASON,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Say in a few words why the member leaves.")},
    )
