"""Recorded answers: the model call of an answer, and the constraint spans of its prompt."""

from annotator.datasets.models import Prompt
from annotator.runs.errors import RunError
from annotator.runs.models import Generation
from annotator.runs.selectors.model_calls import CallWithMessages, calls_of

StoredSpan = list[int] | None
"""[start, end] in the prompt, None where it is not known, as `AttentionTrace.spans` has it."""


def answer_call(generation: Generation) -> CallWithMessages | None:
    """Return the last call whose text has the answer word for word; None for an imported answer, which has no calls.

    Raises RunError where no call has it, as after a repair by rule, or where the reasoning came apart from the text.
    """
    if generation.run.source is not None:
        return None
    answer = generation.answer.strip()
    for row in reversed(calls_of(generation)):
        if answer and answer in row.call.text:
            if row.call.reasoning:
                raise RunError(
                    f"{_named(generation)}: its reasoning came apart from its text, so that the tokens of the model's "
                    "turn are not known; its attention cannot be read."
                )
            return row
    raise RunError(f"{_named(generation)}: no model call has its answer word for word, so its tokens are not known.")


def spans_of(prompt: Prompt) -> list[StoredSpan]:
    """Return the spans of the prompt's constraints, in their order."""
    rows = sorted(prompt.constraints.all(), key=lambda row: row.position)
    return [None if row.span_start is None or row.span_end is None else [row.span_start, row.span_end] for row in rows]


def _named(generation: Generation) -> str:
    return f"Generation {generation.pk} (run {generation.run_id}, prompt {generation.prompt.key})"
