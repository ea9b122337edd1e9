"""Form of a run's budget: the limits that a run starts or is resumed with."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class BudgetForm(forms.Form):
    """Limits in US dollars and in tokens; one that is left empty is none, or the one that the run has."""

    budget_usd = forms.FloatField(
        label=_("US dollars at most"),
        help_text=_("The run pauses once it cost so much, judge replies and repairs included; more lets it go on."),
        min_value=0.000001,
        max_value=1_000_000,
        required=False,
    )
    budget_tokens = forms.IntegerField(label=_("Tokens at most"), min_value=1, max_value=10**12, required=False)
    budget_usd.widget.attrs["step"] = "any"

    @property
    def limits(self) -> dict[str, Any]:
        """The limits of a valid form, as `run_budget_set` takes them."""
        return {"usd": self.cleaned_data["budget_usd"], "tokens": self.cleaned_data["budget_tokens"]}
