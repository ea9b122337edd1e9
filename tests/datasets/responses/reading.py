"""Reads files of responses in tests: written from rows, matched with two short prompts."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from annotator.datasets.responses.formats import response_file
from annotator.datasets.responses.matching import RowProblem, matched_responses, prompt_index
from annotator.datasets.responses.records import ResponseRecord
from annotator.datasets.responses.unpacking import SourceFile

RAIN, TEA = "Describe rain.", "Praise tea."
PROMPTS: tuple[tuple[int | str, str], ...] = (("rain", RAIN), (17, TEA))


def written(folder: Path, rows: Iterable[Any], name: str = "responses.jsonl") -> Path:
    """Write a file of one line a row; a row that is text is written as it is."""
    path = folder / name
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode("utf-8", "surrogatepass"))
    return path


def read(
    path: Path, format: str = "", sample: int | None = None, prompts: Iterable[tuple[int | str, str]] = PROMPTS
) -> tuple[dict[str, ResponseRecord], list[str]]:
    """Return the responses by key of their prompt, and the problems as `place: reason`."""
    problems: list[RowProblem] = []
    index = prompt_index("the dataset", prompts)
    file = response_file(SourceFile(path), format)
    with matched_responses(file, index, sample=sample, on_problem=problems.append) as matched:
        found = {index.keys[place]: record for place, record in matched}
    return found, [f"{file.place(problem.number)}: {problem.reason}" for problem in problems]


def recognised(path: Path) -> str:
    """Return the name of the recognised format."""
    return response_file(SourceFile(path)).format.name
