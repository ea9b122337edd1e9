"""The case list of a study, for leads: filters, search, and the annotations of each case."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from annotator import access
from annotator import constraints as checkers
from annotator.analysis.results.kind_groups import GROUPS, kinds_of
from annotator.studies.models import Annotation, Case, Study
from annotator.studies.models.studies import SCOPE_CHOICES
from annotator.studies.selectors.case_annotations import NamedAnnotation, annotations_by_case
from annotator.studies.selectors.case_search import CONCERNS, CaseQuery, SearchPage, case_search, metadata_names
from annotator.studies.selectors.codebook_versions import patterns_of_all_versions
from annotator.studies.selectors.compared_cases import EFFECTS, OBEYED_BY
from annotator.web.decorators import SignedInRequest, page
from annotator.web.labels import label_for

PAGE_SIZE = 25
_LONGEST = 10**9  # characters
_FRAGMENT = "Cotrast-Fragment"  # header: the script needs only the part of the page with the cases
_ANY = ("", _("any"))
_NOT_OFFERED = _("%(value)s is not offered here; choose one of the list, or any.")
_TOO_LONG = _("A text to look for has at most %(limit_value)d characters; this one has %(show_value)d.")
_DAMAGED = _("The address of this page of the list is damaged; begin again with all cases.")
_DAMAGED_ADDRESS = {"invalid": _DAMAGED, "min_value": _DAMAGED, "max_value": _DAMAGED}


class CaseFilters(forms.Form):
    """The parameters of the list. Values beyond the choices are refused; other parameters are ignored."""

    text = forms.CharField(
        label=_("Text in prompt or answers"), max_length=200, required=False, error_messages={"max_length": _TOO_LONG}
    )
    outcome = forms.ChoiceField(label=_("By verdicts"), required=False)
    label = forms.ChoiceField(label=_("By an annotator"), required=False)
    pattern = forms.ChoiceField(label=_("Failure pattern"), required=False)
    gold_pattern = forms.ChoiceField(label=_("Failure pattern of the gold"), required=False)
    annotator = forms.ChoiceField(label=_("Annotator"), required=False)
    kind = forms.ChoiceField(label=_("Constraint"), required=False)
    effect = forms.ChoiceField(label=_("Effect on a constraint"), required=False)
    obeyed_by = forms.ChoiceField(label=_("Every constraint obeyed by"), required=False)
    scope = forms.ChoiceField(label=_("Every constraint read in"), required=False)
    shortest = forms.IntegerField(
        label=_("Characters of reasoning, from"), min_value=0, max_value=_LONGEST, required=False
    )
    longest = forms.IntegerField(
        label=_("Characters of reasoning, up to"), min_value=0, max_value=_LONGEST, required=False
    )
    concern = forms.ChoiceField(label=_("Only cases that are"), required=False)
    metadata = forms.ChoiceField(label=_("Metadata of the prompt"), required=False)
    metadata_value = forms.CharField(
        label=_("Value of the metadata"), max_length=200, required=False, error_messages={"max_length": _TOO_LONG}
    )
    after = forms.IntegerField(
        min_value=0, max_value=2**63 - 1, required=False, widget=forms.HiddenInput, error_messages=_DAMAGED_ADDRESS
    )
    have = forms.IntegerField(
        min_value=0, max_value=PAGE_SIZE - 1, required=False, widget=forms.HiddenInput, error_messages=_DAMAGED_ADDRESS
    )

    def __init__(self, data: Mapping[str, str], *, study: Study) -> None:
        super().__init__(data)
        self._people = dict(study.memberships.order_by("pseudonym").values_list("pseudonym", "user_id"))
        self._offer("outcome", [(value, label_for("outcome", value)) for value in Case.Outcome.values])
        self._offer("label", [(value, label_for("label", value)) for value in Annotation.Label.values])
        self._offer("pattern", list(patterns_of_all_versions(study.codebook).items()))
        self._offer("gold_pattern", list(patterns_of_all_versions(study.codebook).items()))
        self._offer("annotator", [(name, name) for name in self._people])
        groups = [(group, label_for("kind_group", group)) for group in GROUPS]
        self._offer("kind", [*groups, *((kind, kind) for kind in checkers.kinds())])
        self._offer("effect", [(value, label_for("effect", value)) for value in EFFECTS])
        self._offer("obeyed_by", [(value, label_for("obeyed_by", value)) for value in OBEYED_BY])
        self._offer("scope", [(value, label_for("scope", value)) for value, _label in SCOPE_CHOICES])
        names = metadata_names(study)
        self._offer("metadata", [(name, name) for name in names])
        if not names:  # nothing to choose from
            del self.fields["metadata"], self.fields["metadata_value"]
        self._offer("concern", [(value, label_for("concern", value)) for value in CONCERNS])

    def criteria(self) -> CaseQuery:
        """The search criteria of a valid form."""
        names = ("text", "outcome", "label", "pattern", "gold_pattern", "effect", "obeyed_by", "scope", "concern")
        return CaseQuery(
            **{name: self.cleaned_data[name] for name in names},
            kinds=kinds_of(self.cleaned_data["kind"]) if self.cleaned_data["kind"] else (),
            shortest_reasoning=self.cleaned_data["shortest"],
            longest_reasoning=self.cleaned_data["longest"],
            annotator=self._people.get(self.cleaned_data["annotator"]),
            metadata=self.cleaned_data.get("metadata", ""),
            metadata_value=self.cleaned_data.get("metadata_value", ""),
        )

    def query(self, **position: int) -> str:
        """The query string of another page of the same list; `position` is its `after` and `have`."""
        shown = {name: value for name, value in self.cleaned_data.items() if name not in ("after", "have")}
        filters = {name: value for name, value in shown.items() if value not in ("", None)}
        return urlencode({**filters, **position})

    def _offer(self, name: str, choices: Sequence[tuple[str, str]]) -> None:
        choice = self.fields[name]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [_ANY, *choices]
        choice.error_messages["invalid_choice"] = _NOT_OFFERED

    @property
    def refusal(self) -> str:
        """The error of the address itself, "" for none; an error of a filter is shown beside its field."""
        return str(_DAMAGED) if any(field.errors for field in self.hidden_fields()) else ""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case of the list with the newest annotations of its annotators."""

    case: Case
    annotations: Sequence[NamedAnnotation]

    @property
    def practice(self) -> bool:
        return hasattr(self.case, "practice")


@page
def case_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """A page of cases. A slow search stops after a time limit; the page then fetches the rest by itself.

    With the header `Cotrast-Fragment` only the part with the cases is answered, without the filters.
    """
    study = access.study_to_read(request.user, slug)
    form = CaseFilters(request.GET, study=study)
    context = {"study": study, "form": form}
    if not form.is_valid():
        return render(request, "cases.html", context, status=400)
    criteria, have = form.criteria(), form.cleaned_data["have"] or 0
    found = case_search(study, criteria, after=form.cleaned_data["after"] or 0, limit=PAGE_SIZE - have)
    context |= {
        "rows": _rows(study, found.cases),
        "found": found,
        "filtered": criteria != CaseQuery(),
        "first_page": form.query(),
        "next_page": _next_page(form, found, have),
        "goes_on": _goes_on(found, have),
    }
    return render(request, "cases/_found.html" if _FRAGMENT in request.headers else "cases.html", context)


def _goes_on(found: SearchPage, have: int) -> bool:
    """Whether the page is not full although more cases are left to search."""
    return found.after is not None and have + len(found.cases) < PAGE_SIZE


def _next_page(form: CaseFilters, found: SearchPage, have: int) -> str:
    """The query string of the page or part that comes next, "" at the end."""
    if found.after is None:
        return ""
    if _goes_on(found, have) and have + len(found.cases):
        return form.query(after=found.after, have=have + len(found.cases))
    return form.query(after=found.after)


def _rows(study: Study, cases: Sequence[Case]) -> Sequence[CaseRow]:
    annotations = annotations_by_case(study, [case.pk for case in cases])
    return [CaseRow(case, annotations[case.pk]) for case in cases]
