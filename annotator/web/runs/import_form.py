"""The forms of an import: the file, and how its responses are read.

Rules that the services own are not repeated here.
"""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from annotator.constraints.messages import Message
from annotator.datasets.models import Dataset
from annotator.datasets.responses.formats import RESPONSE_FORMATS
from annotator.datasets.responses.records import ResponseFileError
from annotator.datasets.responses.splitting import SplitRule
from annotator.runs.models import LanguageModel
from annotator.runs.services.run_imports import TERMS_CAP
from annotator.strategies import STRATEGIES
from annotator.web.labels import label_for, localized
from annotator.web.runs.forms import offer_rows

_SPLITS = [
    ("none", _("not: the response is the answer, but for <think> blocks")),
    ("markers", _("by the markers THINK: and ANSWER:")),
    ("think_tags", _("by <think> blocks, which every response should have")),
    ("prefix", _("by the text below that begins the reasoning; a blank line ends it")),
    ("separate", _("the file keeps them apart already")),
]
_SAMPLES_AT_MOST = 10_000


class ImportForm(forms.Form):
    """Settings of an import: what the responses answer, who made them, and how they are read."""

    dataset = forms.ModelChoiceField(queryset=Dataset.objects.none(), label=_("Dataset"), empty_label=None)
    language_model = forms.CharField(
        label=_("Language model"),
        max_length=64,
        help_text=_("The short name of the model that answered; a new name is registered."),
        widget=forms.TextInput(attrs={"list": "models", "autocomplete": "off", "spellcheck": "false"}),
    )
    strategy = forms.ChoiceField(
        choices=lambda: [(name, label_for("strategy", name)) for name in STRATEGIES],
        label=_("Strategy"),
        help_text=_("How the model was asked."),
    )
    split = forms.ChoiceField(choices=_SPLITS, label=_("Reasoning and answer are separated"))
    opening = forms.CharField(
        label=_("Text that begins the reasoning"),
        max_length=90,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "Thought:"}),
    )
    format = forms.ChoiceField(
        choices=[("", _("recognised by the content")), *((name, name) for name in RESPONSE_FORMATS)],
        label=_("Format"),
        required=False,
    )
    sample = forms.IntegerField(
        label=_("Sample"),
        min_value=1,
        max_value=_SAMPLES_AT_MOST,
        required=False,
        help_text=_("Which one, where the file has several responses to a prompt."),
    )
    terms = forms.CharField(
        label=_("Licence or terms of the responses"),
        max_length=TERMS_CAP,
        required=False,
        help_text=_("Kept with the run, for whoever publishes its texts."),
    )
    set_aside = forms.BooleanField(label=_("Leave out rows that cannot be used"), required=False)

    def __init__(self, data: Any, *, datasets: QuerySet[Dataset], language_models: QuerySet[LanguageModel]) -> None:
        super().__init__(data)
        offer_rows(self, "dataset", datasets)
        self.model_names = [model.slug for model in language_models]

    def clean(self) -> dict[str, Any]:
        """Read the split rule."""
        cleaned: dict[str, Any] = super().clean() or {}
        rule = cleaned.get("split")
        if rule == "prefix":
            rule = f"prefix:{cleaned.get('opening', '')}"
        if rule:
            try:
                cleaned["rule"] = SplitRule.parse(rule)
            except ResponseFileError:
                self.add_error("opening", _("Give the text that begins the reasoning, such as Thought:"))
        return cleaned


class UploadForm(ImportForm):
    """The same with the file. It comes last: what was sent before a file that is too large is still read."""

    file = forms.FileField(label=_("File"), allow_empty_file=True)


def localized_problem(reason: str) -> str:
    """The place or the reason of a refused row in the reader's language, with a capital letter."""
    text = localized(reason) if isinstance(reason, Message) else reason
    return text[:1].upper() + text[1:]
