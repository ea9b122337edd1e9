"""Import of language models, environments, runs, and generations with all that belongs to them."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from annotator.bulk_rows import json_text, rows_insert, rows_insert_numbered
from annotator.canonical import fingerprint
from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.importing.places import Places, check_name, prompt_of
from annotator.releases.snapshots.importing.reading import SHORT, read_chunks, read_rows, values_of
from annotator.releases.snapshots.rows.generations import (
    CALL_FIELDS,
    GENERATION_FIELDS,
    MODEL_FIELDS,
    REPLY_FIELDS,
    RUN_FIELDS,
    VERDICT_FIELDS,
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
from annotator.runs.selectors import read_evidence

Json = dict[str, Any]
Values = Sequence[Any]
_IDENTITY = ("backend", "name", "revision", "options")
_NESTED = {column.name: column.columns for column in GENERATIONS.columns}
_GENERATION_COLUMNS = ("run_id", "prompt_id", "position", "environment_id", *GENERATION_FIELDS)
_generation_values = values_of(GENERATIONS.columns, GENERATION_FIELDS)
_CALL_COLUMNS = ("generation_id", "messages", *CALL_FIELDS)
_call_values = values_of(_NESTED["calls"], CALL_FIELDS)
_VERDICT_COLUMNS = ("generation_id", "constraint_id", *VERDICT_FIELDS)
_verdict_values = values_of(_NESTED["verdicts"], VERDICT_FIELDS)
_REPLY_COLUMNS = ("generation_id", "constraint_id", "judge_id", "environment_id", *REPLY_FIELDS)
_reply_values = values_of(_NESTED["judge_replies"], REPLY_FIELDS)


def import_models(folder: Path, places: Places) -> None:
    for row in read_rows(folder, LANGUAGE_MODELS):
        check_name("language model", row["language_model"])
        model, made = LanguageModel.objects.get_or_create(
            slug=row["language_model"], defaults={name: row[name] for name in MODEL_FIELDS}
        )
        if not made and model.identity() != {name: row[name] for name in _IDENTITY}:
            raise SnapshotError(f"There is another language model {model.slug} here; import into another installation.")
        if made:
            _check_runs_no_code(model)
        places.models[model.slug] = model.pk


def _check_runs_no_code(model: LanguageModel) -> None:
    """Raise SnapshotError for a model that is loaded with Python code of its own: an operator decides about that."""
    if not isinstance(model.options, dict) or model.options.get("trust_remote_code"):
        raise SnapshotError(
            f"The language model {model.slug} runs Python code of its own (trust_remote_code); register it here with "
            "`.venv/bin/python manage.py add_model` if you trust it, and import again."
        )


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
        ids = rows_insert_numbered(Generation, _GENERATION_COLUMNS, [_generation(row, places) for row in chunk])
        pairs = list(zip(ids, chunk, strict=True))
        for pk, row in pairs:
            places.generations[places.runs[row["run"]].pk, *prompt_of(row)] = pk
        texts = {text: fingerprint("message-1", text) for row in chunk for text in _texts(row)}
        MessageText.objects.bulk_create(
            [MessageText(hash=digest, text=text) for text, digest in sorted(texts.items())], ignore_conflicts=True
        )
        rows_insert(ModelCall, _CALL_COLUMNS, (call for pair in pairs for call in _calls(*pair, texts)))
        rows_insert(Verdict, _VERDICT_COLUMNS, (verdict for pair in pairs for verdict in _verdicts(*pair, places)))
        rows_insert(JudgeReply, _REPLY_COLUMNS, (reply for pair in pairs for reply in _judge_replies(*pair, places)))


def _generation(row: Json, places: Places) -> Values:
    prompt = prompt_of(row)
    environment = _environment(row, places)
    of_row = (places.runs[row["run"]].pk, places.prompts[prompt], places.positions[prompt], environment)
    return (*of_row, *_generation_values(row))


def _environment(row: Json, places: Places) -> int | None:
    return None if row["environment"] is None else places.environments[row["environment"]]


def _texts(row: Json) -> Iterator[str]:
    for call in row["calls"]:
        for message in call["messages"]:
            yield message["content"]


def _calls(generation: int, row: Json, hashes: dict[str, str]) -> Iterator[Values]:
    for call in row["calls"]:
        messages = [[message["role"], hashes[message["content"]]] for message in call["messages"]]
        yield (generation, json_text(messages), *_call_values(call))


def _verdicts(generation: int, row: Json, places: Places) -> Iterator[Values]:
    constraints = places.constraints[prompt_of(row)]
    for verdict in row["verdicts"]:
        _check_evidence(verdict["evidence"])
        yield (generation, constraints[verdict["constraint"]], *_verdict_values(verdict))


def _check_evidence(text: str) -> None:
    """Raise ValueError, or what `snapshot_import` takes for one, for evidence that no page could show."""
    if len(text) <= SHORT:
        _check_short_evidence(text)
    else:
        read_evidence(orjson.loads(text))


@lru_cache(maxsize=4096)
def _check_short_evidence(text: str) -> None:
    """Check once: short evidence repeats a lot, and long one would fill the memory."""
    read_evidence(orjson.loads(text))


def _judge_replies(generation: int, row: Json, places: Places) -> Iterator[Values]:
    for reply in row["judge_replies"]:
        constraint = places.constraints[prompt_of(row)][reply["constraint"]]
        judge = None if reply["language_model"] is None else places.models[reply["language_model"]]
        yield (generation, constraint, judge, _environment(reply, places), *_reply_values(reply))
