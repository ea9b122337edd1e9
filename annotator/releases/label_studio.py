"""Annotations of a study as pairwise tasks of Label Studio.

Label Studio names two sides left and right; left is the first run's answer here, whichever side an annotator saw it on.
`CONFIG` is the labelling interface to create the project with.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any
from xml.sax.saxutils import quoteattr

from annotator.releases.annotations import NEWEST, annotation_records
from annotator.releases.files import ReleasedFile
from annotator.studies.models import Annotation, Study

Json = dict[str, Any]
_COMPARISON, _LABEL, _PATTERNS, _NOTE = "comparison", "label", "patterns", "note"


def label_studio_config(study: Study) -> str:
    """Return the labelling interface: the study's labels and the patterns of its codebook."""
    patterns = "".join(_choice(slug) for slug in study.codebook.patterns.values_list("slug", flat=True))
    labels = "".join(_choice(label) for label in Annotation.Label.values)
    return (
        '<View><Text name="prompt" value="$prompt"/>'
        f'<Pairwise name="{_COMPARISON}" toName="first,second"/>'
        '<Text name="first" value="$first"/><Text name="second" value="$second"/>'
        f'<Choices name="{_LABEL}" toName="prompt" choice="single">{labels}</Choices>'
        f'<Choices name="{_PATTERNS}" toName="prompt" choice="multiple">{patterns}</Choices>'
        f'<TextArea name="{_NOTE}" toName="prompt"/></View>\n'
    )


def label_studio_file(study: Study) -> ReleasedFile:
    """Return the tasks as one JSON array. `study` has its runs, dataset and models joined."""
    return ReleasedFile(f"{study.slug}-label-studio.json", "application/json", _parts(study), {})


def _parts(study: Study) -> Iterator[str]:
    separator = "[\n"
    for _case, records in groupby(annotation_records(study, NEWEST), key=lambda record: record["case"]):
        yield separator + json.dumps(_exported_case(list(records)), ensure_ascii=False)
        separator = ",\n"
    yield "[]\n" if separator == "[\n" else "\n]\n"


def _exported_case(records: Sequence[Json]) -> Json:
    case = records[0]
    data = {name: case[name] for name in ("key", "prompt", "outcome")}
    data |= {side: case[side]["answer"] for side in ("first", "second")}
    data |= {f"{side}_reasoning": case[side]["reasoning"] for side in ("first", "second")}
    data |= {f"{side}_role": case[side]["role"] for side in ("first", "second")}
    return {
        "id": case["case"],
        "data": data | {"gold": case["gold"] and case["gold"]["label"]},
        "annotations": [_exported_annotation(record) for record in records],
    }


def _exported_annotation(record: Json) -> Json:
    result = [_region(_LABEL, "choices", {"choices": [record["label"]]})]
    chosen = _preferred(record)
    if chosen:
        result.append({**_region(_COMPARISON, "pairwise", {"selected": chosen}), "to_name": "first"})
    if record["patterns"]:
        result.append(_region(_PATTERNS, "choices", {"choices": list(record["patterns"])}))
    if record["note"]:
        result.append(_region(_NOTE, "textarea", {"text": [record["note"]]}))
    for number, region in enumerate(result, 1):
        region["id"] = f"{record['annotator']}-{number}"
    return {
        "result": result,
        "completed_by": record["annotator"],
        "lead_time": record["seconds"],
        "created_at": record["submitted_at"],
        "ground_truth": False,
    }


def _preferred(record: Mapping[str, Any]) -> str | None:
    """The blind choice by run: left is the first run. None for a tie and without a choice."""
    side = record["sides"].get(record["blind_choice"] or "")
    return {"first": "left", "second": "right"}.get(side)


def _region(name: str, kind: str, value: Json) -> Json:
    return {"from_name": name, "to_name": "prompt", "type": kind, "value": value}


def _choice(value: str) -> str:
    return f"<Choice value={quoteattr(value)}/>"
