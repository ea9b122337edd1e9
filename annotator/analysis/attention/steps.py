"""The attention to the constraints at each step of one answer. Reads a trace's arrays alone."""

from annotator.runs.attention_files import TraceArrays
from annotator.runs.attention_summary import group_sums
from annotator.statistics.attention import step_values


def constraint_steps(arrays: TraceArrays, measure: str, place: int) -> list[float | None]:
    """Return the measure of the constraints at each step, in the layer at `place`; None where it is not defined."""
    values = step_values(group_sums(arrays), "constraints", measure)[place]
    return [float(value) if value == value else None for value in values]
