"""The page that turns a case into practice, with an expected annotation and feedback."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from annotator import access
from annotator.studies import services
from annotator.studies.errors import StudyError
from annotator.studies.models import Annotation, Case, Practice, Study
from annotator.studies.selectors.codebook_versions import expected_patterns, practice_of
from annotator.studies.services.practice import MAX_FEEDBACK
from annotator.web.decorators import SignedInRequest, lead_form
from annotator.web.labels import label_for, role_name
from annotator.web.typed_text import TypedText


class PracticeForm(forms.Form):
    """The expected annotation of a practice case, and the feedback shown after it."""

    label = forms.ChoiceField()
    patterns = forms.MultipleChoiceField(
        label=gettext_lazy("Expected patterns"), widget=forms.CheckboxSelectMultiple, required=False
    )
    feedback = TypedText(
        label=gettext_lazy("Feedback"),
        help_text=gettext_lazy("Shown after the annotator has judged: why this is expected."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=MAX_FEEDBACK,
        required=False,
    )

    def __init__(self, data: object, *, study: Study, practice: Practice | None) -> None:
        initial = {}
        if practice is not None:
            slugs = list(practice.patterns.values_list("slug", flat=True))
            initial = {"label": practice.label, "patterns": slugs, "feedback": practice.feedback}
        super().__init__(data, initial=initial)  # type: ignore[arg-type]
        label, patterns = self.fields["label"], self.fields["patterns"]
        roles = {"first": role_name(study.first_role), "second": role_name(study.second_role)}
        label.label = _("Expected: compared with %(first)s, %(second)s") % roles
        assert isinstance(label, forms.ChoiceField)
        assert isinstance(patterns, forms.MultipleChoiceField)
        label.choices = [(value, label_for("label", value)) for value in Annotation.Label.values]
        patterns.choices = list(study.codebook.patterns.values_list("slug", "name"))


@never_cache  # the back button must show the saved values and a valid token; typed text is in the outbox
@lead_form
def practice_editor(request: SignedInRequest, slug: str, case_id: int) -> HttpResponse:
    """Show and save the form; a POST with `end` ends the practice. A refused form is shown again as filled in."""
    case = access.case_led_by(request.user, slug, case_id)
    practice = practice_of(case)
    form = PracticeForm(request.POST if request.method == "POST" else None, study=case.study, practice=practice)
    if request.method != "POST":
        return _page(request, case, form, practice)
    try:
        message = _change(request, case, form)
    except StudyError as error:
        return _page(request, case, form, practice, refusal=str(error), status=409)
    if not message:
        return _page(request, case, form, practice, status=422)
    messages.success(request, message)
    return redirect("practice", slug, case_id)


def _change(request: SignedInRequest, case: Case, form: PracticeForm) -> str:
    """Save or end the practice; returns the confirmation, "" for an invalid form."""
    if "end" in request.POST:
        services.practice_end(case=case, by=request.user)
        return _("The case is a real one again.")
    if not form.is_valid():
        return ""
    services.practice_set(case=case, **form.cleaned_data, by=request.user)
    return _("Saved. Annotators get this case before their first real one.")


def _page(
    request: SignedInRequest,
    case: Case,
    form: PracticeForm,
    practice: Practice | None,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    removed = expected_patterns(practice, case.study.codebook_id).gone if practice is not None else ()
    context = {
        "study": case.study,
        "case": case,
        "form": form,
        "practice": practice,
        "removed": removed,
        "refusal": refusal,
    }
    return render(request, "practice.html", context, status=status)
