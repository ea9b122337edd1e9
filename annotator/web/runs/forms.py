"""The form that starts runs, and the field that chooses one.

Rules that the services own are not repeated here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from annotator.datasets.models import Dataset
from annotator.exemplars.models import PromptSet
from annotator.routing.models import Router
from annotator.routing.run_parameters import ROUTED, parameters_with
from annotator.runs.models import LanguageModel, Run
from annotator.runs.services.repeats import REPEATS_AT_MOST
from annotator.sampling import Sampling
from annotator.strategies import STRATEGIES
from annotator.web.labels import label_for
from annotator.web.runs.budget_form import BudgetForm
from annotator.web.runs.strategy_choices import StrategyChoice, lacks_by_model, strategy_choices

_SAMPLING = Sampling()
_TICKED_AT_FIRST = ("base", "cot")
FEW_SHOT = "few_shot"
"""The strategy that a prompt set is for."""


def _number(name: str, label: Any, help_text: Any = "", step: float | None = None) -> forms.IntegerField:
    """A field of `Sampling` with its own range and default; left empty it is the default."""
    low, high = Sampling.RANGES[name]
    default = getattr(_SAMPLING, name)
    field = forms.FloatField if isinstance(default, float) else forms.IntegerField
    words = {"label": label, "help_text": help_text, "required": False}
    made = field(initial=default, min_value=type(default)(low), max_value=type(default)(high), **words)
    if step is not None:
        made.widget.attrs["step"] = step
    return made


class DatasetChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django cannot subscript it at run time
    """A choice among datasets whose rows have their number of prompts with known defects, `defective`."""

    def label_from_instance(self, obj: Any) -> str:
        if not obj.defective:
            return str(obj)
        known = ngettext("%(n)d prompt has known defects", "%(n)d prompts have known defects", obj.defective)
        return f"{obj} ({known % {'n': obj.defective}})"


class PromptSetChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django cannot subscript it at run time
    """A choice among prompt sets, each shown with its study."""

    def label_from_instance(self, obj: PromptSet) -> str:
        return f"{obj.study.slug}/{obj}"


class RunForm(BudgetForm):
    """Dataset, language model, strategies with parameters, and sampling. Each ticked strategy is a run of its own."""

    dataset = DatasetChoice(queryset=Dataset.objects.none(), label=_("Dataset"), empty_label=None)
    language_model = forms.ModelChoiceField(
        queryset=LanguageModel.objects.none(), label=_("Language model"), empty_label=None
    )
    strategies = forms.MultipleChoiceField(
        choices=lambda: [(name, label_for("strategy", name)) for name in STRATEGIES],
        label=_("Strategies"),
        initial=list(_TICKED_AT_FIRST),
        error_messages={"required": _("Tick at least one strategy.")},
    )
    prompt_set = PromptSetChoice(
        queryset=PromptSet.objects.none(),
        label=_("Prompt set"),
        empty_label=_("no set: the exemplars below"),
        required=False,
        help_text=_("Its exemplars and template take the place of the parameters; prompts near to one are left out."),
    )
    router = forms.ModelChoiceField(
        queryset=Router.objects.none(),
        label=_("Trained router"),
        help_text=_("For the strategies that a router decides in; its values are copied into the run."),
        empty_label=_("none: the router of the parameters"),
        required=False,
    )
    max_new_tokens = _number("max_new_tokens", _("New tokens at most"))
    temperature = _number("temperature", _("Temperature"), _("0 is greedy: always the likeliest token."), step=0.1)
    top_p = _number("top_p", _("Top p"), _("1 draws from every token."), step=0.01)
    seed = _number("seed", _("Seed"))
    repeats = forms.IntegerField(
        label=_("Repeats"),
        help_text=_("Runs with the seeds from the one above on, counted together; for a temperature above 0."),
        initial=1,
        min_value=1,
        max_value=REPEATS_AT_MOST,
        required=False,
    )
    without_defects = forms.BooleanField(label=_("Leave out the prompts with known defects"), required=False)

    def __init__(
        self,
        data: Any,
        *,
        datasets: QuerySet[Dataset],
        language_models: QuerySet[LanguageModel],
        prompt_sets: QuerySet[PromptSet],
        routers: QuerySet[Router],
    ) -> None:
        super().__init__(data)
        offer_rows(self, "dataset", datasets)
        offer_rows(self, "prompt_set", prompt_sets)
        offer_rows(self, "language_model", language_models)
        offer_rows(self, "router", routers)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        prompt_set = cleaned.get("prompt_set")
        if prompt_set and not any(choice.ticked and choice.spec.name == FEW_SHOT for choice in self.choices):
            message = _("A prompt set is for the strategy %(strategy)s; tick it, or choose no set.")
            self.add_error("prompt_set", message % {"strategy": label_for("strategy", FEW_SHOT)})
        for choice in self.choices:
            if choice.spec.name == FEW_SHOT and prompt_set:
                continue
            if choice.ticked and not choice.parameters.is_valid():
                message = _("The parameters of %(strategy)s need a second look.")
                self.add_error("strategies", message % {"strategy": label_for("strategy", choice.spec.name)})
        if cleaned.get("router") and not {*ROUTED} & {*cleaned.get("strategies", ())}:
            known = ", ".join(label_for("strategy", name) for name in ROUTED)
            message = _("A router decides in %(strategies)s alone; tick one of them, or choose no router.")
            self.add_error("router", message % {"strategies": known})
        return cleaned

    def parameters(self, choice: StrategyChoice) -> dict[str, Any]:
        """The parameters of a ticked strategy, with the trained router where it has one. Raises RoutingError."""
        values = choice.parameters.values()
        router: Router | None = self.cleaned_data["router"]
        return parameters_with(router, choice.spec.name, values) if router and choice.spec.name in ROUTED else values

    @cached_property
    def choices(self) -> Sequence[StrategyChoice]:
        """Every strategy with its parameters, as ticked."""
        return strategy_choices(self.data if self.is_bound else None, self["strategies"].value() or (), self._model)

    @property
    def lacks(self) -> Mapping[str, Mapping[str, str]]:
        """Return what each offered language model lacks, for the script that follows the choice of a model."""
        return lacks_by_model(self._models)

    def sampling(self) -> dict[str, Any]:
        """The sampling parameters of a valid form, by the names of `Sampling`."""
        values = {name: self.cleaned_data[name] for name in Sampling.RANGES}
        return {name: value for name, value in values.items() if value is not None}

    @cached_property
    def _models(self) -> Sequence[LanguageModel]:
        return list(_rows(self, "language_model"))

    @property
    def _model(self) -> LanguageModel | None:
        """The chosen model; the first, which a browser shows as chosen, where none is."""
        chosen = str(self["language_model"].value() or "")
        return next((model for model in self._models if str(model.pk) == chosen), next(iter(self._models), None))


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


def _rows(form: forms.Form, name: str) -> QuerySet[Any]:
    field = form.fields[name]
    assert isinstance(field, forms.ModelChoiceField)
    assert field.queryset is not None
    return field.queryset
