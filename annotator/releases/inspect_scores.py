"""Verdicts of a run as scores for Inspect, in JSON lines that its `precomputed_scores` reads.

The shape is that of inspect-ai 0.3.285 (`scorer/_precomputed.py`): `id`, `value` and, optionally, `epoch`, `answer`,
`explanation` and `metadata`. A sample that no record names stays unscored there.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from django.db.models import Q

from annotator.json_lines import json_line
from annotator.releases.files import ReleasedFile
from annotator.releases.snapshots.rows.chunks import chunks
from annotator.runs.models import Generation, Run, Verdict
from annotator.runs.selectors import strict_note

Json = dict[str, Any]
Reading = Literal["strict", "loose"]
CORRECT, INCORRECT = "C", "I"
_VERDICT = (
    "generation_id",
    "constraint__kind",
    "constraint__position",
    "scope",
    "strict",
    "loose",
    "evidence",
    "checker_version",
)


def inspect_scores_file(run: Run, *, scope: str, reading: Reading) -> ReleasedFile:
    """Return the scores of a run: C where every constraint is obeyed, I where one is not.

    `scope` is answer or completion; a constraint on the reasoning is judged on the reasoning. What no checker decides
    has no score: `left_out` counts it while the parts are written.
    """
    left_out = {"undecided": 0}
    lines = (json_line(record) for record in _records(run, scope, reading, left_out))
    return ReleasedFile(f"run-{run.pk}-inspect-scores.jsonl", "application/x-ndjson", lines, left_out)


def _records(run: Run, scope: str, reading: Reading, left_out: dict[str, int]) -> Iterator[Json]:
    done = Generation.objects.filter(run=run, status=Generation.Status.DONE)
    epoch = (run.source or {}).get("sample")
    for chunk in chunks(done.values("pk", "prompt_id", "prompt__key", "answer"), by="prompt_id"):
        verdicts = _verdicts(run, (chunk[0]["prompt_id"], chunk[-1]["prompt_id"]), scope)
        for row in chunk:
            found = verdicts[row["pk"]]
            value = _value([verdict[reading] for verdict in found])
            if value is None:
                left_out["undecided"] += 1
                continue
            yield {
                "id": row["prompt__key"],
                **({"epoch": epoch} if epoch else {}),
                "value": value,
                "answer": row["answer"],
                "explanation": "; ".join(_sentence(verdict) for verdict in found if verdict[reading] is False),
                "metadata": {"scope": scope, "reading": reading, "constraints": [_constraint(row) for row in found]},
            }


def _verdicts(run: Run, prompts: tuple[int, int], scope: str) -> Mapping[int, list[Json]]:
    """Generation id -> the verdicts that count, in the order of the constraints."""
    found: dict[int, list[Json]] = defaultdict(list)
    counted = Q(constraint__scope="answer", scope=scope) | Q(constraint__scope="reasoning", scope="reasoning")
    rows = Verdict.objects.filter(counted, generation__run=run, generation__prompt__pk__range=prompts)
    for row in rows.order_by("generation", "constraint__position").values(*_VERDICT):
        found[row["generation_id"]].append(row)
    return found


def _value(decisions: Sequence[bool | None]) -> str | None:
    """Return the score of a generation, None where a checker is missing and no other says no."""
    if False in decisions:
        return INCORRECT
    return CORRECT if decisions and None not in decisions else None


def _sentence(verdict: Json) -> str:
    note = strict_note(verdict["evidence"])
    return f"{verdict['constraint__kind']}: {note}" if note else str(verdict["constraint__kind"])


def _constraint(verdict: Json) -> Json:
    return {
        "kind": verdict["constraint__kind"],
        "strict": verdict["strict"],
        "loose": verdict["loose"],
        "note": strict_note(verdict["evidence"]),
        "checker_version": verdict["checker_version"],
    }
