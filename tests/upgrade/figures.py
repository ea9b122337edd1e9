"""Figures of a database that no upgrade may change: cases, labels, gold, verdicts and what came of them."""

import json
from collections import Counter
from typing import Any

from annotator.exemplars.models import Exemplar, PromptSet
from annotator.releases.annotation_files import annotation_file
from annotator.releases.annotations import Selection
from annotator.runs.models import Generation, JudgeReply, ModelCall, Verdict
from annotator.studies.models import Adjudication, Annotation, Flag, Membership, Rework, Study

_COUNTED = (Adjudication, Annotation, Exemplar, Flag, Generation, JudgeReply, Membership, ModelCall, PromptSet, Rework)


def figures_of(study: Study) -> dict[str, Any]:
    """Return the figures, as JSON gives them back."""
    lines = annotation_file(study, "jsonl", Selection(True, frozenset({"skips", "flags", "left_out"}))).parts
    records = [json.loads(line) for line in lines]
    figures = {
        "cases": study.cases.count(),
        "outcomes": dict(sorted(Counter(study.cases.values_list("outcome", flat=True)).items())),
        "verdicts": {
            f"{scope} {strict}": n
            for (scope, strict), n in sorted(Counter(Verdict.objects.values_list("scope", "strict")).items(), key=repr)
        },
        "labels": sorted(
            [record["key"], record["annotator"], record["revision"], record["label"], record["note"]]
            for record in records
            if record["record"] == "annotation"
        ),
        "gold": {record["key"]: record["gold"] and record["gold"]["label"] for record in records},
        "records": dict(sorted(Counter(record["record"] for record in records).items())),
        "rows": {model.__name__: model._default_manager.count() for model in _COUNTED},
    }
    found: dict[str, Any] = json.loads(json.dumps(figures))
    return found
