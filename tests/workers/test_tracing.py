"""Tracing: from a study to its traces, their statistics and its boosts, on a model whose attention is known."""

import uuid
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings

from annotator.analysis.attention.results import series_result
from annotator.analysis.attention.study_attention import attention_results
from annotator.canonical import fingerprint
from annotator.datasets.models import Constraint, Dataset, Prompt
from annotator.runs import dispatch
from annotator.runs.attention_files import TraceFileError, trace_file_path, trace_file_read
from annotator.runs.errors import RunError
from annotator.runs.models import AttentionTrace, Generation, LanguageModel, Run, Verdict
from annotator.runs.services.attention_traces import (
    attention_trace_finish,
    attention_traces_claim,
    attention_traces_request,
)
from annotator.runs.services.model_calls import CallRecord, calls_prepare, calls_replace
from annotator.runs.services.verdicts import verdicts_for
from annotator.studies.models import Case, Study
from annotator.studies.services import codebook_load, study_create
from annotator.studies.services.attention import study_trace_attention
from tests.cast import CODEBOOK, make_dataset, make_model, make_run
from tests.workers.attention.planted import NO, PROMPT, SPAN, YES, planted_checkpoint
from workers.engine import load_backend
from workers.session import work_until_idle

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# The answers of the first and the second run, and the words of reasoning of the second.
HELPED, HURT, TIED = (YES, NO), (NO, YES), (NO, NO)
SCENES = [*((HELPED, 2 + n) for n in range(6)), *((HURT, 12 + n) for n in range(6)), *((TIED, 8) for _ in range(2))]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> str:
    return planted_checkpoint(tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="module")
def backend(checkpoint: str) -> Any:
    return load_backend("transformers", checkpoint, "", {"dtype": "float32"}, {"threads": 1})


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(dispatch, "_send", lambda *args, **kwargs: None)
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)


@pytest.fixture
def study(checkpoint: str) -> Study:
    """A study in which the word YES is forbidden; hurt cases reason longest."""
    model = LanguageModel.objects.create(
        slug="planted", backend="transformers", name=checkpoint, options={"dtype": "float32"}
    )
    dataset = Dataset.objects.create(
        name="votes", version=1, format="ifeval", content_hash=fingerprint("d", 1), prompt_count=len(SCENES)
    )
    for position in range(len(SCENES)):
        prompt = Prompt.objects.create(dataset=dataset, key=str(position), position=position, text=PROMPT)
        words = {"forbidden_words": [YES]}
        Constraint.objects.create(
            prompt=prompt,
            position=0,
            kind="keywords:forbidden_words",
            kwargs=words,
            span_start=SPAN[0],
            span_end=SPAN[1],
        )
    runs = [recorded_run(dataset, model, strategy) for strategy in ("base", "cot")]
    codebook = codebook_load(name="paper", content=CODEBOOK)
    return study_create(slug="votes", title="Votes", first_run=runs[0], second_run=runs[1], codebook=codebook)


def recorded_run(dataset: Dataset, model: LanguageModel, strategy: str) -> Run:
    run = Run.objects.create(
        dataset=dataset,
        language_model=model,
        strategy=strategy,
        strategy_version="1",
        sampling={"max_new_tokens": 8, "temperature": 0.0, "top_p": 1.0, "seed": 0},
        fingerprint=fingerprint("run", strategy),
        status=Run.Status.DONE,
    )
    for prompt in dataset.prompts.order_by("position"):
        answers, words = SCENES[prompt.position]
        reasons = strategy == "cot"
        reasoning = " ".join(["w30"] * words) if reasons else ""
        answer = answers[reasons]
        generation = Generation.objects.create(
            run=run,
            prompt=prompt,
            position=prompt.position,
            fingerprint=fingerprint("generation", [strategy, prompt.position]),
            status="done",
            answer=answer,
            reasoning=reasoning,
            completion=f"THINK: {reasoning} ANSWER: {answer}" if reasons else answer,
            split_status="clean",
            finish_reason="stop",
        )
        call = CallRecord("answer", [("user", PROMPT)], generation.completion, "stop", completion_tokens=99)
        calls_replace(generation, calls_prepare(generation, [call]))
        texts = {scope: getattr(generation, scope) for scope in Verdict.Scope.values}
        Verdict.objects.bulk_create(verdicts_for(generation, texts))
    return run


def work(study: Study, backend: Any) -> int:
    return work_until_idle(language_model_id=study.first_run.language_model_id, worker="w1", backend=backend)


def series(study: Study) -> Mapping[str, Any]:
    results = attention_results(study)
    assert results is not None
    return {result.name: result for result in results.series}


def test_a_planted_attention_gives_the_known_trace(study: Study, backend: Any) -> None:
    assert study_trace_attention(study=study).queued == 2 * len(SCENES)
    assert work(study, backend) == 2 * len(SCENES)
    assert study_trace_attention(study=study).queued == 0
    for trace in AttentionTrace.objects.select_related("generation"):
        words = len(trace.generation.reasoning.split())
        position = 8 if not words else 8 + 2 + words  # of the query that predicts the answer's one token
        arrays = trace_file_read(settings.VAR_DIR, trace.file_hash, trace.summary["layers"])
        assert arrays.sums.shape[:3] == (3, 1, 1)
        assert arrays.sums[0, 0, 0, arrays.group("constraints")] == pytest.approx(2 / (position + 1))  # one is the sink
        means = trace.summary["means"]["constraints"]
        assert means["mass"] == [pytest.approx(1 / (position + 1))]
        assert means["without_sink"] == [pytest.approx(1 / position)]
        assert means["prompt_share"] == [pytest.approx(2 / 8)]
        assert means["value"] == [pytest.approx(8 / (position + 1), rel=1e-4)]
        assert trace.summary["visible"] == [1.0]


def test_planted_hurt_cases_lose_most_attention_and_the_area_is_one(study: Study, backend: Any) -> None:
    study_trace_attention(study=study, filler=True)
    work(study, backend)
    found = series(study)
    [layer] = found["mass"].layers
    assert (layer.area.upper, layer.area.lower) == (6, 6)
    assert layer.area.area.value == 1.0
    assert layer.area.area.low > 0.5
    assert layer.adjusted == layer.area.p_value < 0.01
    assert layer.drops["hurt"].value == pytest.approx(np.mean([1 / 9 - 1 / (11 + n) for n in range(12, 18)]), rel=1e-4)
    assert layer.drops["helped"].value < layer.drops["tie"].value < layer.drops["hurt"].value
    # What does not depend on where a token stands shows nothing: no share of the prompt is lost.
    assert found["prompt_share"].layers[0].drops["hurt"].value == pytest.approx(0, abs=1e-6)
    assert found["text"].layers[0].area.area.value == 1.0  # the control drops as much: the drop is dilution
    assert found["filler"].layers[0].drops["hurt"].value == pytest.approx(layer.drops["hurt"].value, rel=1e-5)
    assert found["matched"].layers[0].drops["hurt"].value == pytest.approx(layer.drops["hurt"].value, rel=1e-5)


def test_random_labels_give_an_area_whose_interval_covers_one_half(study: Study, backend: Any) -> None:
    study_trace_attention(study=study)
    work(study, backend)
    drops = np.random.default_rng(0).normal(size=(60, 1))
    outcomes = ["hurt", "helped"] * 30
    covered = 0
    for seed in range(50):
        labels = np.random.default_rng(seed).permutation(outcomes)
        [layer] = series_result("mass", [0], list(zip(labels, drops, strict=True))).layers
        assert layer.area.area.low is not None
        assert layer.area.area.high is not None
        covered += layer.area.area.low <= 0.5 <= layer.area.area.high
    assert covered >= 44


def test_a_boost_turns_the_answers_that_it_should(study: Study, backend: Any) -> None:
    """Six votes to three: e^b * 3 > 6 from b = 0.7 on; without a boost the answer is YES, which is forbidden."""
    study_trace_attention(study=study, boosts=[0.0, 0.5, 2.0])
    assert work(study, backend) == 2 * len(SCENES) + 3 * len(SCENES)
    boosted = AttentionTrace.objects.filter(treatment="boost")
    answers = {bias: {row.summary["completion"] for row in boosted.filter(bias=bias)} for bias in (0.0, 0.5, 2.0)}
    assert answers[2.0] == {NO}
    assert answers[0.0] == answers[0.5] == {YES}
    results = attention_results(study)
    assert results is not None
    by_bias = {boost.bias: boost for boost in results.boosts}
    assert by_bias[2.0].after["hurt"] == {"tie": 6}  # all six are repaired
    assert by_bias[2.0].constraints["hurt"].value == 1.0
    assert by_bias[0.0].after["hurt"] == {"hurt": 6}
    assert by_bias[0.0].constraints["hurt"].value == 0.0


def test_changed_spans_are_traced_again_and_the_old_file_goes(
    study: Study, backend: Any, django_capture_on_commit_callbacks: Any
) -> None:
    study_trace_attention(study=study)
    work(study, backend)
    before = AttentionTrace.objects.order_by("pk").first()
    assert before is not None
    Constraint.objects.filter(prompt=before.generation.prompt).update(span_start=6)
    with django_capture_on_commit_callbacks(execute=True):
        assert study_trace_attention(study=study).queued == 2
    assert work(study, backend) == 2
    after = AttentionTrace.objects.get(pk=before.pk)
    assert after.spans == [[6, 8]]
    assert after.file_hash != before.file_hash


def test_an_answer_without_located_constraints_is_counted_and_not_traced(study: Study) -> None:
    Constraint.objects.filter(prompt__position__lt=3).update(span_start=None, span_end=None)
    made = study_trace_attention(study=study)
    assert (made.queued, made.without_spans) == (2 * len(SCENES) - 6, 6)


def test_a_call_that_is_not_known_fails_its_trace_alone_with_a_sentence(study: Study, backend: Any) -> None:
    generation = study.first_run.generations.get(position=0)
    Generation.objects.filter(pk=generation.pk).update(answer="w5 w5 w5")
    study_trace_attention(study=study)
    assert work(study, backend) == 2 * len(SCENES) - 1
    [failed] = AttentionTrace.objects.filter(status="failed")
    assert failed.generation_id == generation.pk
    assert failed.error.endswith("no model call has its answer word for word, so its tokens are not known.")
    assert study_trace_attention(study=study).queued == 1  # it is tried again when asked for again


def test_a_model_without_attention_is_refused(study: Study) -> None:
    with pytest.raises(RunError, match="shows no attention; name a model of the backend 'transformers'"):
        study_trace_attention(study=study, language_model=make_model())
    with pytest.raises(RunError, match="A boost lies between 0 and 20"):
        study_trace_attention(study=study, boosts=[50.0])


def test_a_trace_that_was_claimed_again_meanwhile_is_not_stored(study: Study, backend: Any) -> None:
    attention_traces_request(
        generations=Generation.objects.filter(run=study.first_run), language_model=study.first_run.language_model
    )
    claim = uuid.uuid4()
    [row] = attention_traces_claim(
        language_model_id=study.first_run.language_model_id, claim=claim, worker="w1", limit=1
    )
    assert not attention_trace_finish(trace=row, claim=uuid.uuid4(), summary={})
    row.refresh_from_db()
    assert row.status == AttentionTrace.Status.CLAIMED


def test_a_damaged_or_missing_file_is_said(study: Study, backend: Any) -> None:
    study_trace_attention(study=study)
    work(study, backend)
    trace = AttentionTrace.objects.first()
    assert trace is not None
    with pytest.raises(TraceFileError, match="is not of the layers its row names"):
        trace_file_read(settings.VAR_DIR, trace.file_hash, [*trace.summary["layers"], 7])
    path = trace_file_path(settings.VAR_DIR, trace.file_hash)
    path.write_bytes(path.read_bytes()[:-9] + b"something")
    with pytest.raises(TraceFileError, match="was changed; trace the study anew with `trace_attention STUDY --again`"):
        trace_file_read(settings.VAR_DIR, trace.file_hash, trace.summary["layers"])
    empty = trace_file_path(settings.VAR_DIR, f"sha256:{sha256(b'').hexdigest()}")
    empty.parent.mkdir(parents=True, exist_ok=True)
    empty.write_bytes(b"")
    with pytest.raises(TraceFileError, match="can't be read"):
        trace_file_read(settings.VAR_DIR, f"sha256:{sha256(b'').hexdigest()}", [0])
    path.unlink()
    with pytest.raises(TraceFileError, match="has no file on this machine"):
        trace_file_read(settings.VAR_DIR, trace.file_hash, trace.summary["layers"])
    with pytest.raises(TraceFileError, match="is no hash"):
        trace_file_read(settings.VAR_DIR, "sha256:../../etc/passwd", [0])


def test_a_damaged_file_is_written_anew_when_the_study_is_traced_again(study: Study, backend: Any) -> None:
    study_trace_attention(study=study)
    traced = work(study, backend)
    for damaged in AttentionTrace.objects.all():
        trace_file_path(settings.VAR_DIR, damaged.file_hash).write_bytes(b"damaged")
    assert study_trace_attention(study=study).queued == 0
    assert study_trace_attention(study=study, again=True).queued == traced
    assert work(study, backend) == traced
    for trace in AttentionTrace.objects.all():
        assert trace_file_read(settings.VAR_DIR, trace.file_hash, trace.summary["layers"]).sums.size


def test_the_scripted_backend_fails_a_trace_in_words(study: Study) -> None:
    study_trace_attention(study=study)
    scripted = load_backend("scripted", "tiny", "", {})
    assert work(study, scripted) == 0
    assert set(AttentionTrace.objects.values_list("status", flat=True)) == {"failed"}
    assert Case.objects.filter(study=study).count() == len(SCENES)


def test_an_imported_answer_is_read_as_one_turn(study: Study, backend: Any) -> None:
    run = make_run(make_dataset("other"), make_model(), "base")
    Run.objects.filter(pk=run.pk).update(source={"name": "file.jsonl", "file": "file.jsonl"})
    made = attention_traces_request(
        generations=Generation.objects.filter(run=run), language_model=study.first_run.language_model
    )
    assert made.queued == 4
    assert work(study, backend) == 4
