"""Creation of cases: pairs the two generations of a prompt once both are done and have verdicts.

Safe to run concurrently: a prompt has one case in a study, by a unique constraint.
"""

from collections.abc import Sequence
from hashlib import sha256

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from annotator.runs.models import Generation
from annotator.studies.models import Case, Study
from annotator.studies.services.grading import Pair, grades_of

_CHUNK = 500


@transaction.atomic
def run_pair(*, run_id: int) -> int:
    """Create the missing cases of every study that pairs this run. Returns how many."""
    return sum(_pair(study) for study in _locked(Q(first_run_id=run_id) | Q(second_run_id=run_id)))


def pair_cases(study: Study) -> int:
    """Create the missing cases of one study, inside the caller's transaction. Returns how many.

    The study is read anew.
    """
    return sum(_pair(locked) for locked in _locked(Q(pk=study.pk)))


def _locked(which: Q) -> QuerySet[Study]:
    """Lock studies: prompts may be added to one, or it be deleted, at this moment."""
    return Study.objects.select_for_update(no_key=True).filter(which).order_by("pk")


def _pair(study: Study) -> int:
    ready = _ready_prompts(study)
    chunks = [ready[start : start + _CHUNK] for start in range(0, len(ready), _CHUNK)]
    return sum(_make_cases(study, _pairs(study, chunk)) for chunk in chunks)


def _ready_prompts(study: Study) -> list[tuple[int, str]]:
    """(id, key) of the prompts without a case whose two generations are both done, in the dataset's order.

    Written as semi-joins, which PostgreSQL plans well even before it has statistics of fresh tables.
    """
    done = Generation.objects.filter(status=Generation.Status.DONE)
    second = done.filter(run=study.second_run_id, prompt=OuterRef("prompt"))
    same = {"prompt": OuterRef("prompt")}
    if study.extended:  # older cases are on the prompts of earlier versions
        same = {"prompt__key": OuterRef("prompt__key")}
    paired = Case.objects.filter(study=study, **same).order_by()
    rows = done.filter(~Exists(paired), Exists(second), run=study.first_run_id)
    return list(rows.order_by("position").values_list("prompt_id", "prompt__key"))


def _pairs(study: Study, prompts: Sequence[tuple[int, str]]) -> list[Pair]:
    made = Generation.objects.filter(prompt__in=[pk for pk, _ in prompts]).order_by()
    first = dict(made.filter(run=study.first_run_id).values_list("prompt_id", "pk"))
    second = dict(made.filter(run=study.second_run_id).values_list("prompt_id", "pk"))
    return [Pair(pk, key, first[pk], second[pk]) for pk, key in prompts]


def _make_cases(study: Study, pairs: Sequence[Pair]) -> int:
    grades = grades_of(study, pairs)
    cases = [
        Case(
            study=study,
            prompt_id=pair.prompt_id,
            first_id=pair.first_id,
            second_id=pair.second_id,
            queue_rank=queue_rank(study.seed, pair.key),
            **grades[pair.prompt_id].fields(),
        )
        for pair in pairs
        if pair.prompt_id in grades
    ]
    Case.objects.bulk_create(cases, ignore_conflicts=True)
    return len(cases)


def queue_rank(seed: int, key: str) -> int:
    """Return 63 bits of a hash of seed and prompt key: the order does not depend on when a case was created."""
    digest = sha256(f"{seed}\n{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
