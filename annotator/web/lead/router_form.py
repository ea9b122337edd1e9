"""The form that requests the training of a router. Rules that the services own are not repeated here."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from annotator.routing.models import Router, Training
from annotator.routing.training import Settings
from annotator.studies.models import Study
from annotator.web.label_words import WORDS
from annotator.web.runs.forms import offer_rows

_SETTINGS = Settings()


class StudyChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django cannot subscript it at run time
    """A choice among studies, each shown by title and short name."""

    def label_from_instance(self, obj: Study) -> str:
        return f"{obj.title} ({obj.slug})"


class RouterForm(forms.Form):
    """A router to train: its name, the study, and what it learns from the prompts."""

    study = StudyChoice(queryset=Study.objects.none(), to_field_name="slug", label=_("Study"), empty_label=None)
    name = forms.CharField(
        label=_("Name"),
        max_length=64,
        help_text=_("Letters, digits, dots, dashes and underscores; each training is a new version of the name."),
    )
    labels = forms.ChoiceField(
        choices=lambda: list(WORDS["router_labels"].items()),
        label=_("Labels"),
        initial=Router.Labels.VERDICTS,
        help_text=_("What says whether reasoning helped: the checkers, or the decided labels."),
    )
    features = forms.ChoiceField(
        choices=lambda: list(WORDS["features"].items()), label=_("Reads"), initial=_SETTINGS.features
    )
    ties = forms.ChoiceField(choices=lambda: list(WORDS["ties"].items()), label=_("Ties"), initial=_SETTINGS.ties)
    calibration = forms.ChoiceField(
        choices=lambda: list(WORDS["calibration"].items()),
        label=_("Calibration"),
        initial=_SETTINGS.calibration,
        help_text=_("Of the probabilities that it gives."),
    )

    def __init__(self, data: Any, *, studies: QuerySet[Study], initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        offer_rows(self, "study", studies)
        features = self.fields["features"]
        assert isinstance(features, forms.ChoiceField)
        # A fine-tuning is not offered; the service refuses it with the command that does it.
        features.widget.choices = [(name, WORDS["features"][name]) for name in Training.Features.values]

    def settings(self) -> Settings:
        """The settings of a valid form."""
        return Settings(**{name: self.cleaned_data[name] for name in ("features", "ties", "calibration")})
