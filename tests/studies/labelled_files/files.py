"""Exports of Label Studio and Argilla for tests, in the shapes that their own libraries write."""

from collections.abc import Mapping
from typing import Any

RAIN = "Write about   rain. Do not use any commas."
TEA = "Write about    tea. Do not use any commas."
LABELS: Mapping[str, Any] = {
    "slug": "theirs",
    "first": "answer_a",
    "second": "answer_b",
    "control": "comparison",
    "means": [("left", "hurt"), ("right", "helped"), ("same", "no_difference")],
    "model": "their-model",
}
"""Options of `import_labels` that name the fields of these files."""


def task(
    prompt: str = RAIN, answers: Mapping[Any, str] | None = None, number: int = 7, **annotation: Any
) -> dict[str, Any]:
    """Return a task of Label Studio; `answers` is person -> left or right."""
    chosen = {"ann@example.org": "right", 4: "left"} if answers is None else answers
    made = [
        {
            "id": place,
            "completed_by": person,
            "result": [
                {
                    "id": "x1", "from_name": "comparison", "to_name": "answer_a", "type": "pairwise",
                    "value": {"selected": value},
                },
                {"id": "x2", "from_name": "why", "to_name": "prompt", "type": "textarea", "value": {"text": ["Two."]}},
            ],
            "was_cancelled": False,
            "lead_time": 12.7,
            "created_at": "2026-03-01T10:00:00.000000Z",
            **annotation,
        }
        for place, (person, value) in enumerate(chosen.items(), 1)
    ]  # fmt: skip
    return {
        "id": number,
        "data": {"prompt": prompt, "answer_a": f"A {prompt[12:18].strip()}, first.", "answer_b": "No comma here."},
        "annotations": made,
        "predictions": [],
    }


def argilla_record(prompt: str = RAIN, answers: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a record as `Dataset.to_disk` writes it; `answers` is person -> value."""
    chosen = {"1d1e": "right", "7f0a": "right"} if answers is None else answers
    return {
        "id": "r1",
        "fields": {
            "prompt": [{"role": "user", "content": prompt}],
            "answer_a": "Rain, first.",
            "answer_b": "No comma here.",
        },
        "metadata": {},
        "suggestions": {},
        "responses": {"comparison": [{"value": value, "user_id": person} for person, value in chosen.items()]},
        "vectors": {},
        "status": "completed",
        "_server_id": None,
    }
