"""Prompts that are exemplars of their own run, and get no generation in it.

Such a prompt would show the model its own answer.
"""

from collections.abc import Mapping
from typing import Any

from annotator.datasets.models import Dataset
from annotator.strategies.exemplars import comparable_text


def without_exemplars(dataset: Dataset, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return canonical `parameters` whose `excluded` also has the keys of the prompts that equal an exemplar.

    Prompts are equal by `comparable_text`. Parameters without exemplars stay as they are.
    """
    if not parameters.get("exemplars"):
        return dict(parameters)
    keys = dict.fromkeys([*parameters["excluded"], *_keys_of_exemplars(dataset, parameters)])
    return {**parameters, "excluded": list(keys)}


def _keys_of_exemplars(dataset: Dataset, parameters: Mapping[str, Any]) -> list[str]:
    shown = {comparable_text(exemplar["prompt"]) for exemplar in parameters["exemplars"]}
    prompts = dataset.prompts.order_by("position").values_list("key", "text").iterator()
    return [key for key, text in prompts if comparable_text(text) in shown]
