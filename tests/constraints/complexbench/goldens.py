"""ComplexBench goldens: results of the unmodified official code on rules and on whole data sets."""

import gzip
import json
from typing import Any

from tests.paths import SHARED_DATA


def golden_rows(name: str) -> list[dict[str, Any]]:
    with gzip.open(SHARED_DATA / "golden" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
