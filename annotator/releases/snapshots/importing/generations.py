"""Import of language models, environments, runs, and generations with all that belongs to them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from annotator.canonical import fingerprint
from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.importing.places import Places, prompt_of
from annotator.releases.snapshots.importing.reading import read_chunks, read_rows
from annotator.releases.snapshots.rows.generations import (
    CALL_FIELDS,
    GENERATION_FIELDS,
    MODEL_FIELDS,
    REPLY_FIELDS,
    RUN_FIELDS,
)
from annotator.releases.snapshots.tables import ENVIRONMENTS, GENERATIONS, LANGUAGE_MODELS, RUNS
from annotator.runs.models import (
    Environment,
    Generation,
    JudgeReply,
    LanguageModel,
    MessageText,
    ModelCall,
    Run,
    Verdict,
)

Json = dict[str, Any]
_IDENTITY = ("backend", "name", "revision", "options")


def import_models(folder: Path, places: Places) -> None:
    for row in read_rows(folder, LANGUAGE_MODELS):
        model, made = LanguageModel.objects.get_or_create(
            slug=row["language_model"], defaults={name: row[name] for name in MODEL_FIELDS}
        )
        if not made and model.identity() != {name: row[name] for name in _IDENTITY}:
            raise SnapshotError(f"There is another language model {model.slug} here; import into another installation.")
        places.models[model.slug] = model.pk


def import_environments(folder: Path, places: Places) -> None:
    for row in read_rows(folder, ENVIRONMENTS):
        stored, _made = Environment.objects.get_or_create(hash=row["environment"], defaults={"content": row["content"]})
        places.environments[stored.hash] = stored.pk


def import_runs(folder: Path, places: Places) -> None:
    """Runs of one content are told apart as those of several leads are (`Run.copy_for`)."""
    repeats = dict[int, int]()
    for row in read_rows(folder, RUNS):
        dataset = places.datasets[row["dataset"], row["version"]]
        content = {
            "fingerprint": row["fingerprint"],
            "language_model_id": places.models[row["language_model"]],
            "dataset_id": dataset,
        }
        copies = Run.objects.filter(**content).count()
        values = {name: row[name] for name in RUN_FIELDS if name not in content}
        run = Run.objects.create(**content, **values, copy_for=copies)
        places.runs[row["run"]] = run
        if row["repeat_of"] is not None:
            repeats[run.pk] = row["repeat_of"]
    for pk, first in repeats.items():
        Run.objects.filter(pk=pk).update(repeat_of=places.runs[first])


def import_generations(folder: Path, places: Places) -> None:
    for chunk in read_chunks(folder, GENERATIONS):
        stored = Generation.objects.bulk_create(_generation(row, places) for row in chunk)
        pairs = list(zip(stored, chunk, strict=True))
        for generation, row in pairs:
            places.generations[generation.run_id, row["dataset"], row["version"], row["key"]] = generation.pk
        texts = {text: fingerprint("message-1", text) for row in chunk for text in _texts(row)}
        MessageText.objects.bulk_create(
            [MessageText(hash=digest, text=text) for text, digest in sorted(texts.items())], ignore_conflicts=True
        )
        ModelCall.objects.bulk_create(call for pair in pairs for call in _calls(*pair, texts))
        Verdict.objects.bulk_create(verdict for pair in pairs for verdict in _verdicts(*pair, places))
        JudgeReply.objects.bulk_create(reply for pair in pairs for reply in _judge_replies(*pair, places))


def _generation(row: Json, places: Places) -> Generation:
    return Generation(
        run=places.runs[row["run"]],
        prompt_id=places.prompts[prompt_of(row)],
        position=places.positions[prompt_of(row)],
        environment_id=_environment(row, places),
        **{name: row[name] for name in GENERATION_FIELDS},
    )


def _environment(row: Json, places: Places) -> int | None:
    return None if row["environment"] is None else places.environments[row["environment"]]


def _texts(row: Json) -> Iterator[str]:
    for call in row["calls"]:
        for message in call["messages"]:
            yield message["content"]


def _calls(generation: Generation, row: Json, hashes: dict[str, str]) -> Iterator[ModelCall]:
    for call in row["calls"]:
        messages = [[message["role"], hashes[message["content"]]] for message in call["messages"]]
        yield ModelCall(generation=generation, messages=messages, **{name: call[name] for name in CALL_FIELDS})


def _verdicts(generation: Generation, row: Json, places: Places) -> Iterator[Verdict]:
    constraints: Sequence[int] = places.constraints[prompt_of(row)]
    for verdict in row["verdicts"]:
        yield Verdict(
            generation=generation,
            constraint_id=constraints[verdict["constraint"]],
            scope=verdict["scope"],
            strict=verdict["strict"],
            loose=verdict["loose"],
            evidence=verdict["evidence"],
            checker_version=verdict["checker_version"],
        )


def _judge_replies(generation: Generation, row: Json, places: Places) -> Iterator[JudgeReply]:
    for reply in row["judge_replies"]:
        yield JudgeReply(
            generation=generation,
            constraint_id=places.constraints[prompt_of(row)][reply["constraint"]],
            judge_id=None if reply["language_model"] is None else places.models[reply["language_model"]],
            environment_id=_environment(reply, places),
            **{name: reply[name] for name in REPLY_FIELDS},
        )
