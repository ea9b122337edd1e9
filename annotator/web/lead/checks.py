"""The page that makes a case a hidden check, and sets the rate of checks of its study."""

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from annotator import access
from annotator.analysis.checks import check_count
from annotator.studies import services
from annotator.studies.errors import StudyError
from annotator.studies.models import Annotation, Case, Study
from annotator.studies.services.checks import MAX_EVERY
from annotator.web.decorators import SignedInRequest, lead_form
from annotator.web.labels import label_for, role_name

_DEFAULT_EVERY = 10


class CheckForm(forms.Form):
    """The known answer of a hidden check, and the rate of checks of the whole study."""

    label = forms.ChoiceField(
        error_messages={"required": gettext_lazy("Choose helped, hurt, no difference or can’t tell first.")}
    )
    choice = forms.ChoiceField(label=gettext_lazy("The answer that obeys better"), required=False)
    every = forms.IntegerField(
        label=gettext_lazy("One of how many cases is a hidden check"),
        help_text=gettext_lazy("For the whole study; 0 mixes in none."),
        min_value=0,
        max_value=MAX_EVERY,
    )

    def __init__(self, data: object, *, study: Study, case: Case) -> None:
        initial = {"label": case.known_label, "choice": case.known_choice, "every": study.check_every or _DEFAULT_EVERY}
        super().__init__(data, initial=initial)  # type: ignore[arg-type]
        roles = {"first": role_name(study.first_role), "second": role_name(study.second_role)}
        label, choice = self.fields["label"], self.fields["choice"]
        label.label = _("Known: compared with %(first)s, %(second)s") % roles
        assert isinstance(label, forms.ChoiceField)
        assert isinstance(choice, forms.ChoiceField)
        label.choices = [("", "–"), *((value, label_for("label", value)) for value in Annotation.Label.values)]
        choice.choices = [
            ("", _("not said: blind choices are not compared")),
            *((side, roles.get(side) or _("both the same")) for side in Case.Better.values),
        ]


@never_cache  # the back button must show the saved values and a valid token
@lead_form
def check_editor(request: SignedInRequest, slug: str, case_id: int) -> HttpResponse:
    """Show and save the form; a POST with `end` makes the case a real one. A refused form is shown as filled in."""
    case = access.case_led_by(request.user, slug, case_id)
    form = CheckForm(request.POST if request.method == "POST" else None, study=case.study, case=case)
    if request.method != "POST":
        return _page(request, case, form)
    try:
        message = _change(request, case, form)
    except StudyError as error:
        return _page(request, case, form, refusal=str(error), status=409)
    if not message:
        return _page(request, case, form, status=422)
    messages.success(request, message)
    return redirect("check", slug, case_id)


def _change(request: SignedInRequest, case: Case, form: CheckForm) -> str:
    """Save or end the check; returns the confirmation, "" for an invalid form."""
    if "end" in request.POST:
        services.check_end(case=case, by=request.user)
        return _("The case is a real one again.")
    if not form.is_valid():
        return ""
    answer = form.cleaned_data
    with transaction.atomic():  # the case and the rate, or neither
        services.study_check_every(study=case.study, every=answer["every"], by=request.user)
        services.check_set(case=case, label=answer["label"], choice=answer["choice"], by=request.user)
    return _("Saved. Annotators get this case like any other.")


def _page(
    request: SignedInRequest, case: Case, form: CheckForm, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    checks = check_count(case.study)
    context = {"study": case.study, "case": case, "form": form, "checks": checks, "refusal": refusal}
    return render(request, "check.html", context, status=status)
