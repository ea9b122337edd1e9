"""Prompts of a dataset that leak from exemplars, of a prompt set or of a file."""

from collections.abc import Mapping, Sequence
from typing import Any

from annotator.datasets.models import Dataset
from annotator.exemplars.leakage import Leak, leaks
from annotator.options import OptionsError, read_options
from annotator.strategies.parameters import FewShotParameters, parameters_of
from annotator.text_cleaning import storable


def dataset_leaks(dataset: Dataset, exemplars: Sequence[Mapping[str, Any]]) -> list[Leak]:
    """Return the prompts identical or near to the prompt of an exemplar. One query; about a second for 500 prompts."""
    prompts = dataset.prompts.order_by("position").values_list("key", "text")
    return leaks([str(exemplar["prompt"]) for exemplar in exemplars], prompts.iterator())


def without_leaks(dataset: Dataset, parameters: Mapping[str, Any]) -> tuple[dict[str, Any], list[Leak]]:
    """Return parameters of `few_shot` that also exclude what leaks from their exemplars, and these prompts.

    Parameters that are none of `few_shot`, which the run's own checks refuse in words, are returned as they are.
    """
    try:
        read = read_options(FewShotParameters, storable(parameters), where=parameters_of("few_shot"))
    except OptionsError:
        return dict(parameters), []
    found = dataset_leaks(dataset, read.exemplars)
    excluded = dict.fromkeys([*read.excluded, *(leak.key for leak in found)])
    return {**parameters, "excluded": list(excluded)}, found
