"""Generations as a replay needs them: their model calls, with all that the same requests take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotator.options import OptionsError
from annotator.runs.errors import RunError
from annotator.runs.models import Generation, MessageText, ModelCall
from annotator.runs.selectors.model_calls import CallWithMessages, calls_with_messages
from annotator.sampling import Sampling


@dataclass(frozen=True, slots=True)
class StoredGeneration:
    """A generation and its model calls, without the `failed` ones, which left no text; `environment` made them.

    The rows are those of the generation that made the model calls, if `generation` reuses another one's result.
    """

    generation: Generation
    calls: Sequence[CallWithMessages]
    failed: int
    environment: Mapping[str, Any]


def generation_numbered(place: str) -> Generation:
    """Return the generation of that number, or RUN/POSITION as in the address of its page. Raises RunError."""
    run, slash, position = place.partition("/")
    numbers = (run, position) if slash else (run,)
    if not all(number.isascii() and number.isdecimal() and len(number) < 19 for number in numbers):
        raise RunError(f"{place!r} names no generation; write its number, or RUN/POSITION as in its page's address.")
    by = {"run": int(run), "position": int(position)} if slash else {"pk": int(run)}
    rows = Generation.objects.select_related("run__language_model", "prompt", "environment", "reused_from")
    generation = rows.filter(**by).first()
    if generation is None:
        raise RunError(f"No generation {place}; the page of a run lists its generations, and RUN/POSITION names one.")
    return generation


def generation_stored(generation: Generation) -> StoredGeneration:
    """Return what a replay of this generation needs. Raises RunError where a part of it was never stored."""
    _refuse_unfinished(generation)
    maker = generation.reused_from or generation
    calls = list(ModelCall.objects.filter(generation=maker).order_by("number"))
    answered = [call for call in calls if call.finish_reason != "error"]
    if not answered:
        raise RunError(f"{_named(generation)} has no model calls, so there is nothing to run again.")
    for call in answered:
        _refuse_incomplete(generation, call)
    _refuse_missing_texts(generation, answered)
    return StoredGeneration(
        generation=generation,
        calls=calls_with_messages(answered),
        failed=len(calls) - len(answered),
        environment=maker.environment.content if maker.environment else {},
    )


def _refuse_unfinished(generation: Generation) -> None:
    source = generation.run.source
    if source is not None:
        name = source.get("file") or source.get("name") or "a file"
        raise RunError(f"{_named(generation)} was imported from {name!r:.200}; Cotrast made no model call for it.")
    if generation.status == Generation.Status.FAILED:
        raise RunError(f"{_named(generation)} failed ({generation.error:.200}), so there is no text to compare with.")
    if generation.status != Generation.Status.DONE:
        raise RunError(f"{_named(generation)} is not finished; replay it when its run is done.")


def _refuse_incomplete(generation: Generation, call: ModelCall) -> None:
    if call.tools:
        names = ", ".join(map(str, call.tools))
        raise RunError(
            f"{_named(generation)}: call {call.number} offered tools ({names:.200}), of which the names alone are "
            "stored; generations that used tools cannot be replayed."
        )
    if not call.sampling:
        raise RunError(
            f"{_named(generation)}: the sampling parameters of call {call.number} were not stored yet when it was "
            "made; a run of another seed or strategy version is stored with them."
        )
    try:
        Sampling.from_json(call.sampling)
    except (OptionsError, ValueError) as error:
        raise RunError(f"{_named(generation)}, call {call.number}: {error}") from None


def _refuse_missing_texts(generation: Generation, calls: Sequence[ModelCall]) -> None:
    hashes = {digest for call in calls for _role, digest in call.messages}
    stored = set(MessageText.objects.filter(hash__in=hashes).values_list("hash", flat=True))
    for call in calls:
        for number, (_role, digest) in enumerate(call.messages, 1):
            if digest not in stored:
                raise RunError(
                    f"{_named(generation)}, call {call.number}: the text of message {number} is missing in the "
                    "database; restore it from a backup."
                )


def _named(generation: Generation) -> str:
    return f"Generation {generation.pk} (run {generation.run_id}, prompt {generation.prompt.key})"
