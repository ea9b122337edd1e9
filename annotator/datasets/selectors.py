"""Read access to datasets and their prompts. Never writes; permissions are in `access`."""

from collections.abc import Iterable

from django.db.models import Count, Max, Q, QuerySet

from annotator.datasets.models import Constraint, Dataset, Prompt


def dataset_list() -> QuerySet[Dataset]:
    """Return all datasets, by name, the newest version of each first."""
    return Dataset.objects.order_by("name", "-version")


def dataset_named(name: str, version: int | None = None) -> Dataset | None:
    """Return this version of the dataset, by default its newest; None if there is none."""
    versions = Dataset.objects.filter(name=name)
    if version is not None:
        versions = versions.filter(version=version)
    return versions.order_by("-version").first()


def dataset_with_content(name: str, content_hash: str) -> Dataset | None:
    return Dataset.objects.filter(name=name, content_hash=content_hash).first()


def next_version(name: str) -> int:
    newest: int | None = Dataset.objects.filter(name=name).aggregate(newest=Max("version"))["newest"]
    return (newest or 0) + 1


def prompts_of(dataset: Dataset) -> QuerySet[Prompt]:
    """Return the dataset's prompts in order, each with its constraints prefetched."""
    return dataset.prompts.order_by("position").prefetch_related("constraints")


def prompts_with_known_defects(dataset: Dataset) -> QuerySet[Prompt]:
    """Return the dataset's prompts with published faults, in order."""
    return dataset.prompts.exclude(known_defects=[]).order_by("position")


def known_defect_counts(dataset: Dataset) -> tuple[int, int]:
    """Return how many of the dataset's prompts have published faults, and how many of these contradict themselves."""
    defects = prompts_with_known_defects(dataset).values_list("known_defects", flat=True)
    contradictory = [any(defect["contradictory"] for defect in of_prompt) for of_prompt in defects]
    return len(contradictory), sum(contradictory)


def constraint_counts(dataset: Dataset, kinds: Iterable[str]) -> dict[str, int]:
    """Return kind -> how many of the dataset's constraints are of it, for those of `kinds` that occur."""
    rows = Constraint.objects.filter(prompt__dataset=dataset, kind__in=list(kinds)).order_by()
    return dict(rows.values_list("kind").annotate(Count("pk")))


def keys_with_defects(dataset: Dataset) -> list[str]:
    """Return the keys of the dataset's prompts that have known defects, in order."""
    return list(prompts_with_known_defects(dataset).values_list("key", flat=True))


def with_defect_counts(datasets: QuerySet[Dataset]) -> QuerySet[Dataset]:
    """Return these datasets, each with `defective`, its number of prompts that have known defects."""
    return datasets.annotate(defective=Count("prompts", filter=~Q(prompts__known_defects=[])))
