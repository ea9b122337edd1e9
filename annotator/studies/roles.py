"""Roles of a study's two runs: their strategies, and where these are equal, what else differs.

Owns the names as they are stored, exported and sent by the API. `web.labels` translates them for screens.
"""

from collections.abc import Mapping
from typing import Any

from annotator.runs.models import Run

_LONGEST_VALUE = 40  # a longer value, such as the text of an exemplar, names nothing


def run_roles(first: Run, second: Run) -> tuple[str, str]:
    """Return the role of each run: `base` and `cot`, or `cot (tiny)` and `cot (large)` for two models.

    Runs of one strategy are distinguished by the model's slug, else by the parameters that differ, else by run number.
    """
    if first.strategy != second.strategy:
        return first.strategy, second.strategy
    if first.language_model_id != second.language_model_id:
        return _named(first, first.language_model.slug), _named(second, second.language_model.slug)
    first_values, second_values = _settings(first), _settings(second)
    names = first_values.keys() | second_values.keys()
    differing = sorted(name for name in names if first_values.get(name) != second_values.get(name))
    details = (_listed(first_values, differing), _listed(second_values, differing))
    if details[0] == details[1]:
        details = (f"run {first.pk}", f"run {second.pk}")
    return _named(first, details[0]), _named(second, details[1])


def _named(run: Run, detail: str) -> str:
    return f"{run.strategy} ({detail})" if detail else run.strategy


def _settings(run: Run) -> Mapping[str, Any]:
    """The values that can differ between two runs of one strategy and one model."""
    parameters: Mapping[str, Any] = run.parameters
    return {"version": run.strategy_version, **parameters, **run.sampling}


def _listed(settings: Mapping[str, Any], names: list[str]) -> str:
    short = {name: str(settings[name]) for name in names if isinstance(settings.get(name), str | int | float)}
    return ", ".join(f"{name}={value}" for name, value in short.items() if len(value) <= _LONGEST_VALUE)
