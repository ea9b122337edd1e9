"""Summaries of attention traces: the means over the answer that a row keeps beside its file. Pure."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.runs.attention_files import TraceArrays
from annotator.statistics.attention import MEASURES, GroupSums, layer_means, step_values

GROUPS = ("constraints", "text")
"""The constraints, and their control: the words of the prompt that state none."""


def group_sums(arrays: TraceArrays) -> dict[str, GroupSums]:
    """Return the sums of each group of a trace."""
    mass, value, contribution = arrays.sums.astype(np.float64)
    return {
        str(name): GroupSums(mass[:, :, number], value[:, :, number], contribution[:, :, number], int(size))
        for number, (name, size) in enumerate(zip(arrays.groups, arrays.sizes, strict=True))
    }


def trace_summary(arrays: TraceArrays) -> dict[str, Any]:
    """Return the layers, the sizes, what the masks show, and the mean of each measure over the answer, by layer."""
    groups = group_sums(arrays)
    means = {
        group: {measure: _listed(layer_means(step_values(groups, group, measure))) for measure in MEASURES}
        for group in GROUPS
    }
    visible = arrays.visible[:, arrays.group("constraints")]
    return {
        "layers": arrays.layers.tolist(),
        "answer_tokens": int(arrays.sums.shape[2]),
        "prompt_tokens": int(arrays.tokens.shape[2]),
        "sizes": _sizes(arrays),
        "visible": _listed(visible),
        "means": means,
    }


def _sizes(arrays: TraceArrays) -> Mapping[str, int]:
    return {str(name): int(size) for name, size in zip(arrays.groups, arrays.sizes, strict=True)}


def _listed(values: NDArray[Any]) -> list[float | None]:
    """As JSON: what is not defined is null, never NaN."""
    return [float(value) if np.isfinite(value) else None for value in values]
