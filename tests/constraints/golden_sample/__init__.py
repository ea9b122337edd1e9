"""200 golden rows in the repository, so that parity is tested in a clone without `../shared/data`; `draw` made them.

A row is either a response with its constraints and the official verdicts, or a ComplexBench rule with its segments and
the official outcome. Licences: `README.md` beside this file.
"""

import json
from pathlib import Path
from typing import Any

SAMPLE = Path(__file__).with_name("sample.jsonl")


def sample_rows(source: str) -> list[dict[str, Any]]:
    """The rows of one source: "response", "mutation" or "rule"."""
    with SAMPLE.open(encoding="utf-8") as lines:
        return [row for row in map(json.loads, lines) if row["source"] == source]
