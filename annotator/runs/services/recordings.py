"""Loading of recordings: queued generations are finished from a file instead of by a worker.

A generation is taken only under the fingerprint of its request: the same model, strategy, sampling and prompt. Its
verdicts are made here; its text, token counts, times and environment are those of the recording, and `recorded_at`
marks it.
"""

import gzip
import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from annotator.claims import claim_rows
from annotator.runs.models import Generation, Run
from annotator.runs.selectors.recordings import RECORDED_FIELDS, RECORDING_FORMAT
from annotator.runs.services.generations import GenerationResult, generation_finish
from annotator.runs.services.model_calls import CallRecord

_NOBODY = ""


def recording_load(*, path: Path, runs: Sequence[Run], prompts: int) -> int:
    """Finish the queued generations of the first `prompts` prompts of `runs` from a recording; return how many."""
    recorded = _recorded(path)
    waiting = Generation.objects.filter(Generation.free(), run__in=runs, position__lt=prompts)
    return sum(
        _finish(row_id, recorded[fingerprint])
        for row_id, fingerprint in waiting.order_by("position", "run_id").values_list("pk", "fingerprint")
        if fingerprint in recorded
    )


def _finish(row_id: int, result: GenerationResult) -> bool:
    """Finish one generation, unless somebody else has claimed it meanwhile."""
    claim = uuid.uuid4()
    waiting = Generation.objects.filter(Generation.free(), pk=row_id)
    with transaction.atomic():
        claimed = claim_rows(waiting, order=["pk"], claim=claim, worker=_NOBODY, limit=1)
        row = claimed.select_related("prompt", "run").first()
    return row is not None and generation_finish(generation=row, claim=claim, result=result)


def _recorded(path: Path) -> dict[str, GenerationResult]:
    """Return the results of a recording by fingerprint; none for a format of another version."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        head = json.loads(next(file))
        if head["format"] != RECORDING_FORMAT:
            return {}
        lines = [json.loads(line) for line in file]
    return {line["fingerprint"]: _result(line, head["environments"]) for line in lines}


def _result(line: Mapping[str, Any], environments: Mapping[str, Mapping[str, str]]) -> GenerationResult:
    return GenerationResult(
        **{name: line[name] for name in RECORDED_FIELDS},
        calls=[CallRecord(**call) for call in line["calls"]],
        environment=environments.get(line["environment"], {}),
        recorded_at=datetime.fromisoformat(line["recorded_at"]),
    )
