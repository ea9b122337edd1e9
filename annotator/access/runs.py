"""Access to datasets, language models and runs, for leads alone."""

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from annotator.access.objects import Visitor, one_or_404
from annotator.access.roles import is_lead
from annotator.access.studies import studies_led_by
from annotator.datasets.models import Dataset, Prompt
from annotator.runs.models import LanguageModel, Run
from annotator.studies.models import EarlierRuns, Study


def datasets_for(user: Visitor) -> QuerySet[Dataset]:
    """Every dataset for a lead, else none."""
    return Dataset.objects.all() if is_lead(user) else Dataset.objects.none()


def dataset_for(user: Visitor, name: str, version: int) -> Dataset:
    """Return one version of a dataset, for leads."""
    return one_or_404(datasets_for(user), name=name, version=version)


def prompt_of(dataset: Dataset, position: int) -> Prompt:
    """Return the prompt at that position of a dataset that was opened."""
    return one_or_404(dataset.prompts.all(), position=position)


def dataset_to_delete(user: Visitor, name: str, version: int) -> Dataset:
    """Return one version of a dataset for its deletion, by site leads alone: a dataset belongs to no single study."""
    return one_or_404(datasets_for(user) if user.is_staff else Dataset.objects.none(), name=name, version=version)


def language_models_for(user: Visitor) -> QuerySet[LanguageModel]:
    """Every language model for a lead, else none."""
    return LanguageModel.objects.all() if is_lead(user) else LanguageModel.objects.none()


def language_model_for(user: Visitor, slug: str) -> LanguageModel:
    """Return one language model, for leads."""
    return one_or_404(language_models_for(user), slug=slug)


def runs_for(user: Visitor) -> QuerySet[Run]:
    """The runs that `user` may open: all for a site lead, else those that they started or whose studies they lead.

    Repeats are one thing: who may open one for its study may open all of them.
    """
    runs = Run.objects.select_related("dataset", "language_model")
    if not is_lead(user):
        return runs.none()
    if user.is_staff:
        return runs
    led = studies_led_by(user).order_by()
    earlier = EarlierRuns.objects.filter(study__in=led).order_by()
    paired = Run.objects.filter(
        Q(pk__in=led.values("first_run"))
        | Q(pk__in=led.values("second_run"))
        | Q(pk__in=earlier.values("first_run"))
        | Q(pk__in=earlier.values("second_run"))
    ).order_by()
    firsts = paired.values(first=Coalesce("repeat_of", "pk"))
    return runs.filter(Q(pk__in=firsts) | Q(repeat_of__in=firsts) | Q(created_by=user))


def runs_in_results(user: Visitor, study: Study) -> QuerySet[Run]:
    """The runs that the results of a study may show `user`, who reads it: its own two, and those that they may open."""
    opened = Q(pk__in=runs_for(user).order_by().values("pk"))
    own = Q(pk__in=[study.first_run_id, study.second_run_id])
    return Run.objects.select_related("dataset", "language_model").filter(own | opened)


def run_for(user: Visitor, pk: int) -> Run:
    """Return one run that `user` may open."""
    return one_or_404(runs_for(user), pk=pk)
