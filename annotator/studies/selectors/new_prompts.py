"""Prompts of a later version of a study's dataset that the study lacks. Reads only."""

from dataclasses import replace

from annotator.datasets.models import Dataset
from annotator.datasets.versions import VersionDifference, newer_version, version_difference
from annotator.studies.models import Study


def new_prompts(study: Study, dataset: Dataset) -> VersionDifference:
    """Compare the study's version with `dataset`; a prompt of which the study has a case already is none of the added.

    It may have been removed by a version in between.
    """
    found = version_difference(study.first_run.dataset, dataset)
    paired = set(study.cases.filter(prompt__key__in=found.added).values_list("prompt__key", flat=True))
    return replace(found, added=[key for key in found.added if key not in paired])


def newer_dataset(study: Study) -> Dataset | None:
    """Return the newest version of the study's dataset if it is a later one, with any prompts."""
    return newer_version(study.first_run.dataset)
