"""Report of a replay: as lines for people, and as one JSON object for programs.

Model output is hostile text: what a terminal would obey is escaped.
"""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from annotator.constraints.messages import counted
from annotator.runs.selectors import StoredGeneration
from workers.replay import CallReplay, Replay

_INEXACT = ("bfloat16", "float16")
_SHOWN = 200


def replay_lines(stored: StoredGeneration, replay: Replay) -> Iterator[str]:
    """Yield the report, line by line: each call, the environment, and what it comes to."""
    generation = stored.generation
    where = f"run {generation.run_id}, prompt {_escaped(generation.prompt.key)}"
    reused = f", reused from generation {generation.reused_from_id}" if generation.reused_from_id else ""
    calls = counted(len(replay.calls), "model call")
    yield f"generation {generation.pk} ({where}{reused}): {calls} by {generation.run.language_model}"
    if stored.failed:
        yield f"{counted(stored.failed, 'failed call')} left out: no text came back then"
    for call in replay.calls:
        yield from _call_lines(call)
    yield from _environment_lines(replay)
    yield _conclusion(replay)


def replay_json(stored: StoredGeneration, replay: Replay) -> dict[str, Any]:
    """Return the same as a JSON object."""
    generation = stored.generation
    return {
        "generation": generation.pk,
        "run": generation.run_id,
        "key": generation.prompt.key,
        "reused_from": generation.reused_from_id,
        "language_model": generation.run.language_model.slug,
        "identical": replay.identical,
        "calls": [{**asdict(call), "identical": call.identical} for call in replay.calls],
        "failed_calls": stored.failed,
        "environment": {
            "then": replay.environment_then,
            "now": replay.environment_now,
            "changed": {name: {"then": then, "now": now} for name, (then, now) in replay.changed.items()},
        },
    }


def _call_lines(call: CallReplay) -> Iterator[str]:
    name = f"call {call.number} ({_escaped(call.step)})"
    shift = "" if call.probability_shift is None else f"; probabilities differ by {call.probability_shift:.2g} at most"
    difference = call.difference
    if call.error:
        yield f"{name}: failed now: {_escaped(call.error)[:_SHOWN]}"
    elif difference is None:
        yield f"{name}: identical{shift}"
    elif difference.part == "finish_reason":
        yield f"{name}: the same text, but it ended by {difference.then} then and by {difference.now} now{shift}"
    else:
        yield f"{name}: its {difference.part} differs from character {difference.offset} on{shift}"
        yield f"  then: {_escaped(difference.then) or '(it ended)'}"
        yield f"  now:  {_escaped(difference.now) or '(it ended)'}"


def _environment_lines(replay: Replay) -> Iterator[str]:
    if not replay.environment_then:
        yield "environment: not stored with the generation, so it cannot be compared"
    elif not replay.changed:
        yield "environment: the same"
    else:
        yield "environment: changed"
        for name, (then, now) in sorted(replay.changed.items()):  # PostgreSQL keeps no order of keys
            yield f"  {_escaped(name)}: {_value(then)} then, {_value(now)} now"


def _conclusion(replay: Replay) -> str:
    if replay.identical:
        return "identical"
    differing = sum(not call.identical for call in replay.calls)
    sentence = f"not identical: {differing} of {counted(len(replay.calls), 'call')}."
    dtype = replay.environment_now.get("dtype")
    if dtype in _INEXACT and not replay.changed:
        sentence += (
            f" In {dtype} the last bits of a sum depend on which prompts shared the batch, and two tokens that are "
            "nearly as likely can change places; a model with the option dtype float32 is far less exposed to it."
        )
    return sentence


def _value(value: Any) -> str:
    return "none" if value is None else _escaped(str(value))[:_SHOWN]


def _escaped(text: str) -> str:
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape", "surrogatepass").decode() for letter in text
    )
