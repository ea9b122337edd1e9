"""Runs by number, language models by slug, and the list of all runs."""

from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from annotator.datasets.models import Dataset
from annotator.datasets.selectors import dataset_list, dataset_named
from annotator.runs.errors import RunError
from annotator.runs.models import Generation, JudgeReply, LanguageModel, Run

_RUNS_SHOWN = 10


def run_numbered(number: int) -> Run:
    """Return the run of that number. Raises RunError, which names the newest runs."""
    run = Run.objects.select_related("dataset", "language_model").filter(pk=number).first()
    if run is None:
        known = ", ".join(map(str, Run.objects.values_list("pk", flat=True)[:_RUNS_SHOWN])) or _("none yet")
        raise RunError(
            _("No run %(number)d; the newest are: %(known)s. Start one with `.venv/bin/python manage.py start_run`.")
            % {"number": number, "known": known}
        )
    return run


def dataset_called(name: str) -> Dataset:
    """Return the newest version of the dataset NAME, or the version of NAME@VERSION. Raises RunError."""
    name, _at, version = name.partition("@")
    dataset = None if version and not version.isdecimal() else dataset_named(name, int(version) if version else None)
    if dataset is None:
        known = ", ".join(str(dataset) for dataset in dataset_list()) or _("none yet")
        raise RunError(
            _("No dataset %(name)r; known: %(known)s. Import one with `.venv/bin/python manage.py import_dataset`.")
            % {"name": f"{name}@{version}" if version else name, "known": known}
        )
    return dataset


def language_model_named(slug: str) -> LanguageModel:
    """Return the language model of that slug. Raises RunError, which names the known ones."""
    model = LanguageModel.objects.filter(slug=slug).first()
    if model is None:
        known = ", ".join(LanguageModel.objects.values_list("slug", flat=True)) or _("none yet")
        raise RunError(
            _("No language model %(slug)r; known: %(known)s. Register one with `.venv/bin/python manage.py add_model`.")
            % {"slug": slug, "known": known}
        )
    return model


def runs_reusing_since(moment: datetime) -> set[int]:
    """Return the ids of the runs in which a generation was finished by reuse since `moment`."""
    reusing = Generation.objects.filter(reused_from__isnull=False, finished_at__gte=moment)
    return set(reusing.values_list("run_id", flat=True).order_by())


def runs_generated_since(moment: datetime) -> set[int]:
    """Return the ids of the runs in which a generation was finished since `moment`."""
    finished = Generation.objects.filter(finished_at__gte=moment)
    return set(finished.values_list("run_id", flat=True).order_by().distinct())


def runs_judged_since(moment: datetime) -> set[int]:
    """Return the ids of the runs about which a judge replied since `moment`."""
    replied = JudgeReply.objects.filter(finished_at__gte=moment)
    return set(replied.values_list("generation__run_id", flat=True).order_by().distinct())


def running_run_ids(language_model_id: int) -> set[int]:
    """Return the ids of the running runs of a language model."""
    running = Run.objects.filter(language_model_id=language_model_id, status=Run.Status.RUNNING)
    return set(running.order_by().values_list("pk", flat=True))


def runs_overview() -> QuerySet[Run]:
    """Return every run, newest first, with its numbers of generations `done`, `failed` and in `total`."""
    status = Generation.Status
    return Run.objects.select_related("dataset", "language_model").annotate(
        total=Count("generations"),
        done=Count("generations", filter=Q(generations__status=status.DONE)),
        failed=Count("generations", filter=Q(generations__status=status.FAILED)),
    )
