"""The case list of a study, for leads: filters, search, and the annotations of each case."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from annotator import access
from annotator import constraints as checkers
from annotator.studies.models import Annotation, Case, Study
from annotator.studies.selectors.case_annotations import NamedAnnotation, annotations_by_case
from annotator.studies.selectors.case_search import CONCERNS, CaseQuery, SearchPage, case_search
from annotator.studies.selectors.codebook_versions import patterns_of_all_versions
from annotator.web.decorators import SignedInRequest, page
from annotator.web.labels import label_for

PAGE_SIZE = 25
_FRAGMENT = "Cotrast-Fragment"  # the header of a script that wants a part of the page alone
_ANY = ("", _("any"))
_NOT_OFFERED = _("%(value)s is not offered here; choose one of the list, or any.")
_TOO_LONG = _("A text to look for has at most %(limit_value)d characters; this one has %(show_value)d.")
_DAMAGED = _("The address of this page of the list is damaged; begin again with all cases.")
_PLACE = {"invalid": _DAMAGED, "min_value": _DAMAGED, "max_value": _DAMAGED}


class CaseFilters(forms.Form):
    """Every parameter that the list knows. What is not one of the choices is refused, other parameters are not read."""

    text = forms.CharField(
        label=_("Text in prompt or answers"), max_length=200, required=False, error_messages={"max_length": _TOO_LONG}
    )
    outcome = forms.ChoiceField(label=_("By verdicts"), required=False)
    label = forms.ChoiceField(label=_("By an annotator"), required=False)
    pattern = forms.ChoiceField(label=_("Failure pattern"), required=False)
    annotator = forms.ChoiceField(label=_("Annotator"), required=False)
    kind = forms.ChoiceField(label=_("Constraint"), required=False)
    concern = forms.ChoiceField(label=_("Only cases that are"), required=False)
    after = forms.IntegerField(
        min_value=0, max_value=2**63 - 1, required=False, widget=forms.HiddenInput, error_messages=_PLACE
    )
    have = forms.IntegerField(
        min_value=0, max_value=PAGE_SIZE - 1, required=False, widget=forms.HiddenInput, error_messages=_PLACE
    )

    def __init__(self, data: Mapping[str, str], *, study: Study) -> None:
        super().__init__(data)
        self._people = dict(study.memberships.order_by("pseudonym").values_list("pseudonym", "user_id"))
        self._offer("outcome", [(each, label_for("outcome", each)) for each in Case.Outcome.values])
        self._offer("label", [(each, label_for("label", each)) for each in Annotation.Label.values])
        self._offer("pattern", list(patterns_of_all_versions(study.codebook).items()))
        self._offer("annotator", [(name, name) for name in self._people])
        self._offer("kind", [(kind, kind) for kind in checkers.kinds()])
        self._offer("concern", [(each, label_for("concern", each)) for each in CONCERNS])

    def wanted(self) -> CaseQuery:
        filters = {name: self.cleaned_data[name] for name in ("text", "outcome", "label", "pattern", "kind", "concern")}
        return CaseQuery(**filters, annotator=self._people.get(self.cleaned_data["annotator"]))

    def query(self, **place: int) -> str:
        """The address of another page of the same list."""
        filters = {name: value for name, value in self.cleaned_data.items() if value and name not in ("after", "have")}
        return urlencode({**filters, **place})

    def _offer(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        choice = self.fields[name]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [_ANY, *choices]
        choice.error_messages["invalid_choice"] = _NOT_OFFERED

    @property
    def refusal(self) -> str:
        """What is wrong with the address itself; what is wrong with a filter is said beside it."""
        return str(_DAMAGED) if any(field.errors for field in self.hidden_fields()) else ""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One line of the list."""

    case: Case
    annotations: Sequence[NamedAnnotation]

    @property
    def practice(self) -> bool:
        return hasattr(self.case, "practice")


@page
def case_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """A page of cases. Where the search takes longer than a page may, the page says so and asks for more by itself.

    What it asks for then is the part of the page with the cases, without the filters.
    """
    study = access.study_led_by(request.user, slug)
    form = CaseFilters(request.GET, study=study)
    context = {"study": study, "form": form}
    if not form.is_valid():
        return render(request, "cases.html", context, status=400)
    wanted, have = form.wanted(), form.cleaned_data["have"] or 0
    found = case_search(study, wanted, after=form.cleaned_data["after"] or 0, limit=PAGE_SIZE - have)
    context |= {
        "rows": _rows(study, found.cases),
        "found": found,
        "filtered": any(asdict(wanted).values()),
        "first_page": form.query(),
        "next_page": _next_page(form, found, have),
        "goes_on": _goes_on(found, have),
    }
    return render(request, "cases/_found.html" if _FRAGMENT in request.headers else "cases.html", context)


def _goes_on(found: SearchPage, have: int) -> bool:
    """Whether the page is not full although there is more to look through."""
    return found.after is not None and have + len(found.cases) < PAGE_SIZE


def _next_page(form: CaseFilters, found: SearchPage, have: int) -> str:
    if found.after is None:
        return ""
    if _goes_on(found, have) and have + len(found.cases):
        return form.query(after=found.after, have=have + len(found.cases))
    return form.query(after=found.after)


def _rows(study: Study, cases: Sequence[Case]) -> Sequence[CaseRow]:
    annotations = annotations_by_case(study, [case.pk for case in cases])
    return [CaseRow(case, annotations[case.pk]) for case in cases]
