"""Lines of a dataset for tests: a valid record with changed or missing fields."""

import json
from typing import Any

GONE = object()


def record(**changes: Any) -> dict[str, Any]:
    """A valid record with `changes`; a field that is `GONE` is left out."""
    good = {
        "key": 7,
        "prompt": "Describe rain without commas in at least 20 words.",
        "instruction_id_list": ["punctuation:no_comma", "length_constraints:number_words"],
        "kwargs": [{}, {"relation": "at least", "num_words": 20}],
    }
    return {name: value for name, value in (good | changes).items() if value is not GONE}


def line(**changes: Any) -> bytes:
    return json.dumps(record(**changes)).encode() + b"\n"


def lines(count: int, **changes: Any) -> list[bytes]:
    """`count` good lines with the keys 1 to `count`."""
    return [line(key=key, prompt=f"Prompt {key}, please.", **changes) for key in range(1, count + 1)]
