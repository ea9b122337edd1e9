"""Attention traces of a study: both answers of every case, with controls and boosts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotator.backends import BACKENDS
from annotator.runs.errors import RunError
from annotator.runs.models import AttentionTrace, LanguageModel
from annotator.runs.services.attention_traces import attention_traces_request
from annotator.studies.models import Study
from annotator.studies.selectors.paired_generations import paired_generations, second_generations

_TREATMENT = AttentionTrace.Treatment


@dataclass(frozen=True, slots=True)
class StudyTraces:
    """The result of a request: the model that traces, what was queued, and the answers without a located constraint."""

    language_model: LanguageModel
    queued: int
    without_spans: int


@transaction.atomic
def study_trace_attention(
    *,
    study: Study,
    language_model: LanguageModel | None = None,
    filler: bool = False,
    boosts: Sequence[float] = (),
    again: bool = False,
) -> StudyTraces:
    """Queue a trace of both answers of every case, by the runs' own model unless another is named.

    With `filler` the second answers are traced with full stops in place of their reasoning too, and for each bias in
    `boosts` they are written anew under it. Asking again queues nothing twice, unless `again` is set. Raises RunError.
    """
    model = language_model or own_model(study)
    traced: dict[str, Any] = {"language_model": model, "again": again}
    requests = [attention_traces_request(generations=paired_generations(study), **traced)]
    second = second_generations(study)
    if filler:
        requests.append(attention_traces_request(generations=second, treatment=_TREATMENT.FILLER, **traced))
    requests += [
        attention_traces_request(generations=second, treatment=_TREATMENT.BOOST, bias=bias, **traced) for bias in boosts
    ]
    return StudyTraces(model, sum(made.queued for made in requests), requests[0].without_spans)


def own_model(study: Study) -> LanguageModel:
    """Return the model of both runs. Raises RunError where they have two, or where it shows no attention."""
    models = {study.first_run.language_model, study.second_run.language_model}
    if len(models) == 1:
        [model] = models
        if model.backend in BACKENDS and BACKENDS[model.backend].traces_attention:
            return model
    raise RunError(
        _(
            "The runs of study %(slug)r have no one model that shows its attention; name a registered model of the "
            "backend 'transformers' with the same weights."
        )
        % {"slug": study.slug}
    )
