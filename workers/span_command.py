"""Process of `manage.py mark_constraints`: loads the model and stores the words that it copies.

Run as `python -m workers.span_command JOB`, a JSON object. Ends with 0, or with 1 and a sentence.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
django.setup()

from django.db.models import QuerySet  # noqa: E402

from annotator.constraints.messages import counted  # noqa: E402
from annotator.datasets.models import Constraint  # noqa: E402
from annotator.datasets.services import constraint_span_set  # noqa: E402
from annotator.runs.errors import RunError  # noqa: E402
from annotator.runs.selectors import language_model_named  # noqa: E402
from workers.engine import Backend, EngineError, load_backend  # noqa: E402
from workers.span_marking import mark_constraints  # noqa: E402

_REFUSALS_SHOWN = 5


def main(arguments: Sequence[str]) -> int:
    job = json.loads(arguments[0])
    try:
        model = language_model_named(job["model"])
        backend = load_backend(model.backend, model.name, model.revision, model.options, model.serving)
    except (RunError, EngineError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    try:
        sys.stdout.writelines(f"{line}\n" for line in mark(_constraints(job), backend, author=model.slug))
    except EngineError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        backend.close()
    return 0


def _constraints(job: Mapping[str, Any]) -> QuerySet[Constraint]:
    rows = Constraint.objects.filter(prompt__dataset=job["dataset"])
    return rows if job["all"] else rows.filter(span_start=None)


def mark(constraints: QuerySet[Constraint], backend: Backend, *, author: str) -> list[str]:
    """Have the model mark these constraints, each stored as its reply comes; return what to print."""
    rows = list(constraints.select_related("prompt").order_by("prompt", "position"))
    marked = without = 0
    refusals = []
    for found in mark_constraints(rows, backend):
        if found.span:
            constraint_span_set(constraint=found.constraint, span=found.span, language_model=author)
            marked += 1
        elif found.refusal:
            refusals.append(f"prompt {found.constraint.prompt.key}, {found.constraint.kind}: {found.refusal}")
        else:
            without += 1
    return [
        f"{counted(marked, 'constraint')} marked; {without} that the model says no words state; "
        f"{counted(len(refusals), 'reply', 'replies')} refused.",
        *refusals[:_REFUSALS_SHOWN],
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
