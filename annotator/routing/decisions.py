"""Lines of routers for the command line: decisions on the prompts of a file, and what a training made."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from annotator.constraints.messages import counted
from annotator.json_lines import json_line
from annotator.routing.deciders import Decider
from annotator.routing.errors import RoutingError
from annotator.routing.models import Router

_AT_ONCE = 256


def read_prompts(file: Path) -> list[str]:
    """Return the prompts of the file, one JSON object a line. Raises RoutingError, which names the line."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RoutingError(f"{file} can't be read ({error}); name a file of JSON lines in UTF-8.") from None
    return [_prompt_of(line, f"{file}, line {n}") for n, line in enumerate(text.split("\n"), 1) if line.strip()]


def decision_lines(row: Router, router: Decider, prompts: Sequence[str]) -> Iterator[str]:
    """Yield a line of JSON for each prompt, with the fields that `/api/v1/route` answers with."""
    for start in range(0, len(prompts), _AT_ONCE):
        for probability in router.probabilities(prompts[start : start + _AT_ONCE]):
            yield json_line(decision(row, router, probability))


def decision(row: Router, router: Decider, probability: float) -> dict[str, bool | float | str]:
    """Return what a router says: whether to reason, the probability that this helps, and who says so."""
    return {
        "reason": probability >= router.threshold,
        "probability": probability,
        "threshold": router.threshold,
        "router": f"{row.name}@{row.version}",
        "hash": router.hash,
    }


def trained_lines(row: Router) -> list[str]:
    """Return the sentences that say what was trained, and where its report is."""
    of_labels = ", ".join(f"{label} {n}" for label, n in row.training["classes"].items())
    return [
        f"{row.name}@{row.version} is trained on {counted(row.training['n'], 'prompt')} ({of_labels}).",
        f"Its hash is {row.content_hash}.",
        f"Its report: .venv/bin/python manage.py router_report {row.name}@{row.version}",
    ]


def _prompt_of(line: str, where: str) -> str:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict) or not isinstance(record.get("prompt"), str):
        raise RoutingError(f'{where}: expected a JSON object with "prompt", a text; correct the line or leave it out.')
    return str(record["prompt"])
