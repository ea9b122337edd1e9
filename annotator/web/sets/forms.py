"""The forms of prompt sets: a new one, its settings, and the runs that it starts."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from annotator.datasets.models import Dataset, valid_name
from annotator.exemplars.models import PromptSet
from annotator.exemplars.selectors.suggested_sets import USUAL_SIZE
from annotator.exemplars.services.prompt_set_runs import GREATEST_SEED
from annotator.exemplars.services.prompt_sets import GREATEST_BUDGET
from annotator.runs.models import LanguageModel
from annotator.sampling import Sampling
from annotator.strategies.exemplars import MOST_EXEMPLARS
from annotator.web.labels import label_for
from annotator.web.runs.forms import offer_rows

_SAMPLING = Sampling()
_NEW_TOKENS = Sampling.RANGES["max_new_tokens"]


class SettingsForm(forms.Form):
    """Settings of a prompt set: how its exemplars are shown, and its budget."""

    template = forms.ChoiceField(
        choices=lambda: [(value, label_for("template", value)) for value in PromptSet.Template.values],
        label=_("Template"),
    )
    shows_reasoning = forms.BooleanField(
        label=_("Show the reasoning too, and ask for it: as under the strategy cot"), required=False
    )
    language_model = forms.ModelChoiceField(
        queryset=LanguageModel.objects.none(),
        label=_("Tokens of"),
        empty_label=_("no model: estimated"),
        required=False,
        help_text=_("The language model whose tokenizer counts."),
    )
    budget_tokens = forms.IntegerField(
        label=_("Budget in tokens"),
        min_value=1,
        max_value=GREATEST_BUDGET,
        required=False,
        help_text=_("Of a request without its target. Empty is no limit."),
    )

    def __init__(self, data: Any = None, *, language_models: QuerySet[LanguageModel], **options: Any) -> None:
        super().__init__(data, **options)
        offer_rows(self, "language_model", language_models)


class NewSetForm(SettingsForm):
    """A new set: its name and settings, and how many exemplars are chosen for it at first."""

    name = forms.CharField(
        label=_("Name"),
        max_length=64,
        validators=[valid_name],
        help_text=_("Letters, digits, dots, dashes and underscores."),
    )
    size = forms.IntegerField(
        label=_("Exemplars, chosen by coverage"),
        initial=USUAL_SIZE,
        min_value=0,
        max_value=MOST_EXEMPLARS,
        required=False,
        help_text=_("Exactly so many, if there are enough; 0 begins with an empty set."),
    )


class StartForm(forms.Form):
    """The run with a set, and the runs that it is compared with."""

    dataset = forms.ModelChoiceField(queryset=Dataset.objects.none(), label=_("Dataset"), empty_label=None)
    language_model = forms.ModelChoiceField(
        queryset=LanguageModel.objects.none(), label=_("Language model"), empty_label=None
    )
    max_new_tokens = forms.IntegerField(
        label=_("New tokens at most"),
        initial=_SAMPLING.max_new_tokens,
        min_value=int(_NEW_TOKENS[0]),
        max_value=int(_NEW_TOKENS[1]),
    )
    strategies = forms.MultipleChoiceField(
        choices=[("base", _("base: without exemplars, the empty set")), ("cot", _("cot: reasoning without exemplars"))],
        label=_("Compared with"),
        initial=["base", "cot"],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    random = forms.BooleanField(
        label=_("a random set of equal length: answers that needed no repair"), initial=True, required=False
    )
    random_seed = forms.IntegerField(
        label=_("Seed of the random set"), initial=0, min_value=0, max_value=GREATEST_SEED, required=False
    )
    without_defects = forms.BooleanField(label=_("Leave out the prompts with known defects"), required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        datasets: QuerySet[Dataset],
        language_models: QuerySet[LanguageModel],
        **options: Any,
    ) -> None:
        super().__init__(data, **options)
        offer_rows(self, "dataset", datasets)
        offer_rows(self, "language_model", language_models)

    def values(self) -> dict[str, Any]:
        """The arguments of `prompt_set_compare`, of a valid form."""
        cleaned = self.cleaned_data
        return {
            "dataset": cleaned["dataset"],
            "language_model": cleaned["language_model"],
            "sampling": {"max_new_tokens": cleaned["max_new_tokens"]},
            "strategies": cleaned["strategies"],
            "random_seed": (cleaned["random_seed"] or 0) if cleaned["random"] else None,
            "without_defects": cleaned["without_defects"],
        }
