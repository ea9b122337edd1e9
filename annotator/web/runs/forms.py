"""The form that starts runs, and the field that chooses one.

Rules that the services own are not repeated here.
"""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from annotator.datasets.models import Dataset
from annotator.runs.models import LanguageModel, Run
from annotator.sampling import Sampling
from annotator.strategies import STRATEGIES
from annotator.web.labels import label_for

_SAMPLING = Sampling()


def _whole_number(name: str, label: Any) -> forms.IntegerField:
    """A field of `Sampling` with its own range and default."""
    low, high = Sampling.RANGES[name]
    return forms.IntegerField(label=label, initial=getattr(_SAMPLING, name), min_value=int(low), max_value=int(high))


class RunForm(forms.Form):
    """Dataset, language model, strategies and sampling. Each ticked strategy becomes a run of its own."""

    dataset = forms.ModelChoiceField(queryset=Dataset.objects.none(), label=_("Dataset"), empty_label=None)
    language_model = forms.ModelChoiceField(
        queryset=LanguageModel.objects.none(), label=_("Language model"), empty_label=None
    )
    strategies = forms.MultipleChoiceField(
        choices=lambda: [(name, label_for("strategy", name)) for name in STRATEGIES],
        widget=forms.CheckboxSelectMultiple,
        label=_("Strategies"),
        initial=list(STRATEGIES),
        error_messages={"required": _("Tick at least one strategy.")},
    )
    max_new_tokens = _whole_number("max_new_tokens", _("New tokens at most"))
    seed = _whole_number("seed", _("Seed"))

    def __init__(self, data: Any, *, datasets: QuerySet[Dataset], language_models: QuerySet[LanguageModel]) -> None:
        super().__init__(data)
        offer_rows(self, "dataset", datasets)
        offer_rows(self, "language_model", language_models)

    def sampling(self) -> dict[str, int]:
        """The sampling parameters of a valid form, by the names of `Sampling`."""
        return {name: self.cleaned_data[name] for name in ("max_new_tokens", "seed")}


class RunChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django cannot subscript it at run time
    """A choice among runs, each shown by number, dataset, language model and strategy."""

    def label_from_instance(self, obj: Run) -> str:
        template = _("run %(pk)d: %(dataset)s, %(language_model)s, %(strategy)s")
        return template % {
            "pk": obj.pk,
            "dataset": obj.dataset,
            "language_model": obj.language_model,
            "strategy": label_for("strategy", obj.strategy),
        }


def offer_rows(form: forms.Form, name: str, rows: QuerySet[Any]) -> None:
    """Limit the choice field `name` to `rows`, which depend on who fills in the form."""
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = rows
