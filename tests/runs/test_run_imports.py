"""Imported runs: all or nothing, once per content, with verdicts made here, and never generated for."""

import hashlib
import json
import os
import threading
import uuid
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotator.datasets.models import Dataset
from annotator.datasets.responses.matching import RowProblem
from annotator.datasets.responses.splitting import SplitRule
from annotator.datasets.responses.unpacking import SourceFile
from annotator.datasets.services import dataset_import
from annotator.events.models import Event
from annotator.runs.errors import RunError, RunImportError
from annotator.runs.models import Generation, LanguageModel, Run, Verdict
from annotator.runs.response_reading import ImportSource
from annotator.runs.selectors import run_progress
from annotator.runs.services import language_model_register, run_cancel, run_import, run_resume, run_start
from annotator.runs.services.generations import generations_claim
from annotator.runs.services.reconcile import runs_reconcile
from annotator.studies.services import codebook_default, study_create
from tests.cast import SCENES, make_dataset
from tests.datasets.responses.reading import written
from tests.paths import SHARED_DATA, needs_shared_data


@pytest.fixture
def dataset(db: None) -> Dataset:
    return make_dataset("pilot")


def rows(**texts: str) -> list[dict[str, Any]]:
    """A row for each prompt of the cast's scenes, with the scene's first answer unless `texts` has another."""
    return [{"key": key, "response": texts.get(key, first)} for key, _, first, *_ in SCENES]


def imported(dataset: Dataset, path: Path, *, split: str = "none", **options: Any) -> tuple[Run, bool]:
    source = ImportSource(SourceFile(path), SplitRule.parse(split), sample=options.pop("sample", None))
    options = {"language_model": "gpt-x", "strategy": "base"} | options
    result = run_import(dataset=dataset, source=source, **options)
    return result.run, result.created


def test_the_constraints_of_a_chunk_are_read_by_one_query(dataset: Dataset, tmp_path: Path) -> None:
    with CaptureQueriesContext(connection) as queries:
        run, _ = imported(dataset, written(tmp_path, rows()))
    assert run.generations.count() > 1
    of_constraints = [query for query in queries if 'FROM "datasets_constraint"' in query["sql"]]
    assert len(of_constraints) == 1


def test_a_file_becomes_a_done_run_with_verdicts_of_every_scope(dataset: Dataset, tmp_path: Path, lena: User) -> None:
    row = {
        "key": "rain",
        "response": "Rain falls softly.",
        "reasoning": "No commas, then.",
        "finish_reason": "stop",
        "usage": {"prompt_tokens": 9, "completion_tokens": 12, "completion_tokens_details": {"reasoning_tokens": 8}},
        "model": "gpt-x-2026",
    }
    run, created = imported(dataset, written(tmp_path, [row]), strategy="cot", split="separate", terms="MIT", user=lena)
    assert (created, run.status, run.strategy, run.strategy_version) == (True, "done", "cot", "imported")
    assert (run.language_model.slug, run.language_model.backend, run.created_by) == ("gpt-x", "imported", lena)
    [generation] = run.generations.all()
    assert (generation.prompt.key, generation.status, generation.position) == ("rain", "done", 0)
    assert (generation.reasoning, generation.answer) == ("No commas, then.", "Rain falls softly.")
    assert generation.completion == "No commas, then.\n\nRain falls softly."
    assert (generation.reasoning_kind, generation.split_status, generation.finish_reason) == ("raw", "clean", "stop")
    counts = (generation.prompt_tokens, generation.reasoning_tokens, generation.answer_tokens, generation.other_tokens)
    assert (*counts, generation.completion_tokens) == (9, 8, 4, 0, 12)
    verdicts = {verdict.scope: verdict.strict for verdict in generation.verdicts.all()}
    assert verdicts == {"answer": True, "completion": False, "reasoning": False}
    [call] = generation.calls.all()
    assert (call.step, call.model, call.messages) == ("imported", "gpt-x-2026", [])


def test_the_source_of_a_run_is_kept_with_hash_terms_and_counts(dataset: Dataset, tmp_path: Path) -> None:
    path = written(tmp_path, [*rows()[:3], {"key": "who", "response": ""}])
    problems: list[RowProblem] = []
    run, _ = imported(dataset, path, terms="CC BY 4.0", set_aside=problems.append)
    source = run.source or {}
    assert source.pop("sha256") == hashlib.sha256(path.read_bytes()).hexdigest()
    assert source == {
        "name": "responses.jsonl",
        "format": "jsonl",
        "split": "none",
        "sample": None,
        "terms": "CC BY 4.0",
        "responses": 3,
        "missing": 1,
        "set_aside": 1,
        "cleaned": 0,
    }
    assert [(problem.number, problem.reason) for problem in problems] == [(4, "the key “who” is not in pilot v1")]
    event = Event.objects.get(kind="run.imported")
    assert event.payload["language_model"] == "gpt-x"


def test_the_same_responses_are_one_run_and_changed_ones_another(dataset: Dataset, tmp_path: Path) -> None:
    first, _ = imported(dataset, written(tmp_path, rows()))
    assert imported(dataset, written(tmp_path, rows(), "copy.jsonl.gz")) == (first, False)
    assert imported(dataset, written(tmp_path, rows()[::-1], "sorted.jsonl")) == (first, False)
    others = [
        imported(dataset, written(tmp_path, rows(rain="Rain!"))),
        imported(dataset, written(tmp_path, rows()), split="markers"),
        imported(dataset, written(tmp_path, rows()), strategy="cot"),
        imported(dataset, written(tmp_path, rows()), language_model="gpt-y"),
    ]
    assert all(created for _, created in others)
    assert len({run.pk for run, _ in others} | {first.pk}) == 5


def test_any_bad_row_refuses_everything_and_every_problem_is_said_at_once(dataset: Dataset, tmp_path: Path) -> None:
    bad = [*rows(), {"key": "rain", "response": "again"}, "{", {"key": "who", "response": "x"}]
    with pytest.raises(RunImportError) as refused:
        imported(dataset, written(tmp_path, bad))
    assert refused.value.lines().splitlines() == [
        "Nothing was imported, because 3 rows were refused; correct them, or set bad rows aside.",
        "line 5: the prompt with the key “rain” has a response in line 1 already; remove one",
        "line 6: not JSON: Expecting property name enclosed in double quotes at character 2",
        "line 7: the key “who” is not in pilot v1",
    ]
    assert not Run.objects.exists()
    assert not LanguageModel.objects.exists()


def test_of_very_many_problems_the_first_are_shown_and_all_counted(dataset: Dataset, tmp_path: Path) -> None:
    bad = [{"key": f"no-{number}", "response": ""} for number in range(1000)]
    with pytest.raises(RunImportError) as refused:
        imported(dataset, written(tmp_path, bad))
    lines = refused.value.lines().splitlines()
    assert (len(lines), lines[-1]) == (22, "... and 980 more")
    assert "1,000 rows were refused" in lines[0]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"strategy": "guess"}, "unknown strategy 'guess'"),
        ({"language_model": "no spaces"}, "language model 'no spaces': Use 1 to 64 letters"),
        ({"terms": "x" * 501}, "The terms have 501 characters; give at most 500"),
        ({"split": "separate"}, "no row of responses.jsonl has separate reasoning; choose another split rule"),
    ],
)
def test_what_cannot_be_imported_is_refused_in_a_sentence(
    dataset: Dataset, tmp_path: Path, options: dict[str, Any], why: str
) -> None:
    with pytest.raises((RunError, RunImportError), match=why):
        imported(dataset, written(tmp_path, rows()), **options)
    assert not Run.objects.exists()


def test_a_file_of_another_dataset_is_refused_even_where_bad_rows_are_set_aside(
    dataset: Dataset, tmp_path: Path
) -> None:
    path = written(tmp_path, [{"key": "x", "response": "y"}])
    with pytest.raises(RunImportError, match=r"no row of responses\.jsonl answers a prompt of pilot v1"):
        imported(dataset, path, set_aside=lambda problem: None)


def test_a_file_that_cannot_be_read_says_why(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(RunImportError) as refused:
        imported(dataset, written(tmp_path, [""]))
    assert refused.value.lines() == "Nothing was imported.\nresponses.jsonl is empty."
    with pytest.raises(OSError, match="nowhere"):
        imported(dataset, tmp_path / "nowhere")


def test_characters_that_no_database_stores_are_replaced_and_counted(dataset: Dataset, tmp_path: Path) -> None:
    run, _ = imported(dataset, written(tmp_path, [{"key": "rain", "response": "a\x00b\ud800c"}]))
    assert run.generations.get().answer == "a\ufffdb\ufffdc"
    assert (run.source or {})["cleaned"] == 1


def test_an_answer_is_cut_off_only_where_the_file_says_so(dataset: Dataset, tmp_path: Path) -> None:
    stated = [
        {"key": "rain", "response": "Rain", "finish_reason": "length"},
        {"key": "tea", "response": "Tea"},
        {"key": "bike", "response": ""},
    ]
    run, _ = imported(dataset, written(tmp_path, stated))
    unfinished = run.generations.filter(Generation.without_whole_answer())
    assert set(unfinished.values_list("prompt__key", flat=True)) == {"rain", "bike"}
    assert run.generations.get(prompt__key="tea").finish_reason == "unknown"


@pytest.mark.parametrize(
    ("usage", "reasoning", "counts"),
    [
        ({}, "", (0, 0, 0, 0)),
        ({"completion_tokens": 9}, "", (0, 9, 0, 9)),
        ({"completion_tokens": 9}, "Hm.", (0, 0, 9, 9)),
        ({"completion_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 20}}, "Hm.", (9, 0, 0, 9)),
    ],
)
def test_token_counts_are_those_of_the_file_and_add_up(
    dataset: Dataset, tmp_path: Path, usage: dict[str, Any], reasoning: str, counts: tuple[int, ...]
) -> None:
    row = {"key": "rain", "response": "Rain", "reasoning": reasoning, "usage": usage}
    generation = imported(dataset, written(tmp_path, [row]))[0].generations.get()
    stored = (generation.reasoning_tokens, generation.answer_tokens, generation.other_tokens)
    assert (*stored, generation.completion_tokens) == counts


def test_an_imported_run_is_never_claimed_resumed_or_generated_for(dataset: Dataset, tmp_path: Path) -> None:
    run, _ = imported(dataset, written(tmp_path, rows()[:2]))
    model_id = run.language_model_id
    claimed = generations_claim(language_model_id=model_id, claim=uuid.uuid4(), worker="w", limit=9)
    assert claimed == []
    assert runs_reconcile() == 0
    assert not run_cancel(run=run)
    with pytest.raises(RunError, match=rf"Run {run.pk} was imported from responses\.jsonl"):
        run_resume(run=run)
    with pytest.raises(RunError, match="'gpt-x' is known by imported answers alone"):
        run_start(dataset=dataset, language_model=run.language_model, strategy="base")
    progress = run_progress(run)
    assert (progress.status, progress.done, progress.total, progress.no_worker_message) == ("done", 2, 2, "")


def test_a_run_of_a_registered_model_may_be_imported_too_and_is_no_reuse(dataset: Dataset, tmp_path: Path) -> None:
    model = language_model_register(slug="tiny", backend="scripted", name="tiny")
    run, _ = imported(dataset, written(tmp_path, rows()), language_model="tiny")
    assert run.language_model == model
    ours, created = run_start(dataset=dataset, language_model=model, strategy="base")
    assert created
    fingerprints = set(run.generations.values_list("fingerprint", flat=True))
    assert not fingerprints & set(ours.generations.values_list("fingerprint", flat=True))


def test_two_imported_arms_become_cases_with_outcomes(dataset: Dataset, tmp_path: Path) -> None:
    base, _ = imported(dataset, written(tmp_path, rows(), "base.jsonl"))
    second = [{"key": key, "response": f"THINK: hm, hm\nANSWER: {text}"} for key, _, _, text, _ in SCENES]
    cot, _ = imported(dataset, written(tmp_path, second, "cot.jsonl"), strategy="cot", split="markers")
    study = study_create(slug="s", title="S", first_run=base, second_run=cot, codebook=codebook_default())
    outcomes = dict(study.cases.values_list("prompt__key", "outcome"))
    assert outcomes == {"rain": "helped", "tea": "hurt", "bike": "helped", "moon": "tie"}


@pytest.mark.parametrize("split", ["none", "markers", "think_tags", "prefix:Thought:", "separate"])
def test_verify_and_an_import_of_the_same_file_come_to_the_same_verdicts(db: None, tmp_path: Path, split: str) -> None:
    constraints = {"instruction_id_list": ["punctuation:no_comma", "change_case:english_lowercase"], "kwargs": [{}, {}]}
    texts = (
        "rain, rain",
        "<think>one, two</think>rain falls",
        "THINK: Rain, tea\nANSWER: rain falls",
        "Thought: Rain, tea\n\nrain falls",
        "THINK: no end, <think>open",
        "a\x00b, \ud800",
        "",
    )
    asked = [{"key": key, "prompt": f"Prompt {key}.", **constraints} for key in range(7)]
    prompts = written(tmp_path, asked, "prompts.jsonl")
    answers = [{"key": key, "response": text} for key, text in enumerate(texts)]
    path = written(tmp_path, [{**answers[0], "reasoning": "So, then."}, *answers[1:]])
    dataset = dataset_import(name="seven", path_or_lines=prompts).dataset
    run, _ = imported(dataset, path, split=split)
    for scope in ("answer", "completion"):
        out = StringIO()
        options = ("--split", split, "--scope", scope)
        call_command("verify", str(prompts), str(path), *options, stdout=out, stderr=StringIO())
        rows = [json.loads(line)["strict"] for line in out.getvalue().splitlines()]
        stored = Verdict.objects.filter(generation__run=run, scope=scope).order_by(
            "generation__position", "constraint__position"
        )
        flat = list(stored.values_list("strict", flat=True))
        assert [flat[place : place + 2] for place in range(0, 14, 2)] == rows


def test_a_file_name_that_is_no_utf_8_and_terms_with_half_a_character_are_stored_as_text(
    dataset: Dataset, tmp_path: Path
) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/na\xefve.jsonl"))
    written(tmp_path, rows()).rename(path)
    run, _ = imported(dataset, path, terms="CC \udcff")
    run.refresh_from_db()
    assert ((run.source or {})["name"], (run.source or {})["terms"]) == ("na\ufffdve.jsonl", "CC \ufffd")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_imports_of_the_same_at_once_make_one_run(tmp_path: Path) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite in memory serializes writers; run it on PostgreSQL")
    dataset, path = make_dataset("pilot"), written(tmp_path, rows())
    found: list[tuple[int, bool]] = []

    def work() -> None:
        run, created = imported(dataset, path)
        found.append((run.pk, created))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({pk for pk, _ in found}) == 1
    assert sorted(created for _, created in found) == [False, False, False, True]


@pytest.mark.slow
@needs_shared_data
def test_the_verdicts_of_imported_responses_are_the_official_ones(db: None) -> None:
    """Two real models' responses to IFEval, as two runs of one study."""
    ifeval = SHARED_DATA / "ifeval"
    dataset = dataset_import(name="ifeval", path_or_lines=ifeval / "input_data_gpt4.jsonl").dataset
    started = timezone.now()
    runs = []
    for name in ("gpt-4o-mini", "claude-3-haiku"):
        run, _ = imported(dataset, ifeval / "responses" / f"{name}.jsonl", language_model=name)
        runs.append(run)
        official = [json.loads(row) for row in (SHARED_DATA / f"golden/ifeval/{name}.jsonl").read_text().splitlines()]
        _compare(run, official)
    seconds = (timezone.now() - started).total_seconds()
    study = study_create(slug="two", title="Two", first_run=runs[0], second_run=runs[1], codebook=codebook_default())
    assert study.cases.count() == 541
    assert (study.first_role, study.second_role) == ("base (gpt-4o-mini)", "base (claude-3-haiku)")
    assert len(set(study.cases.values_list("outcome", flat=True))) >= 3
    assert seconds < 120


def _compare(run: Run, official: list[dict[str, Any]]) -> None:
    verdicts: dict[str, list[Verdict]] = {}
    answers = Verdict.objects.filter(generation__run=run, scope="answer").select_related("constraint")
    for verdict in answers.order_by("constraint__position").select_related("generation__prompt"):
        verdicts.setdefault(verdict.generation.prompt.key, []).append(verdict)
    compared = 0
    for theirs in official:
        drawn = {item["index"] for item in theirs.get("nondeterministic", [])}
        for index, ours in enumerate(verdicts[str(theirs["key"])]):
            if index not in drawn:
                assert (ours.strict, ours.loose) == (theirs["strict"][index], theirs["loose"][index]), theirs["key"]
                compared += 1
    assert compared > 800
