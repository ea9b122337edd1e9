"""Creation of cases: pairs the two generations of a prompt once both are done and have verdicts.

Safe to run concurrently: a prompt has one case in a study, by a unique constraint.
"""

from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from annotator.datasets.models import Constraint
from annotator.runs.models import Generation, Verdict
from annotator.studies.contrast import Effect, effect, outcome
from annotator.studies.models import Case, Study

_CHUNK = 500


class Pair(NamedTuple):
    """One prompt of a study with its two generations, by id."""

    prompt_id: int
    key: str
    first_id: int
    second_id: int


@transaction.atomic
def run_pair(*, run_id: int) -> int:
    """Create the missing cases of every study that pairs this run. Returns how many."""
    studies = Study.objects.filter(Q(first_run_id=run_id) | Q(second_run_id=run_id)).order_by("pk")
    return sum(pair_cases(study) for study in studies)


def pair_cases(study: Study) -> int:
    """Create the missing cases of one study, inside the caller's transaction. Returns how many."""
    ready = _ready_prompts(study)
    chunks = [ready[start : start + _CHUNK] for start in range(0, len(ready), _CHUNK)]
    return sum(_make_cases(study, _pairs(study, chunk)) for chunk in chunks)


def _ready_prompts(study: Study) -> list[tuple[int, str]]:
    """(id, key) of the prompts without a case whose two generations are both done, in the dataset's order.

    Written as semi-joins, which PostgreSQL plans well even before it has statistics of fresh tables.
    """
    done = Generation.objects.filter(status=Generation.Status.DONE)
    second = done.filter(run=study.second_run_id, prompt=OuterRef("prompt"))
    paired = Case.objects.filter(study=study, prompt=OuterRef("prompt"))
    rows = done.filter(~Exists(paired), Exists(second), run=study.first_run_id)
    return list(rows.order_by("position").values_list("prompt_id", "prompt__key"))


def _pairs(study: Study, prompts: Sequence[tuple[int, str]]) -> list[Pair]:
    made = Generation.objects.filter(prompt__in=[pk for pk, _ in prompts]).order_by()
    first = dict(made.filter(run=study.first_run_id).values_list("prompt_id", "pk"))
    second = dict(made.filter(run=study.second_run_id).values_list("prompt_id", "pk"))
    return [Pair(pk, key, first[pk], second[pk]) for pk, key in prompts]


def _make_cases(study: Study, pairs: Sequence[Pair]) -> int:
    effects = effects_of(study.scope, pairs)
    cases = [
        Case(
            study=study,
            prompt_id=pair.prompt_id,
            first_id=pair.first_id,
            second_id=pair.second_id,
            outcome=outcome(effects[pair.prompt_id]),
            contrast=effects[pair.prompt_id],
            disagreeing_constraints=sum(change != "both" for change in effects[pair.prompt_id]),
            queue_rank=_rank(study.seed, pair.key),
        )
        for pair in pairs
        if pair.prompt_id in effects
    ]
    Case.objects.bulk_create(cases, ignore_conflicts=True)
    return len(cases)


def effects_of(scope: str, pairs: Sequence[Pair]) -> dict[int, list[Effect]]:
    """Return prompt id -> the effect on each of its constraints, in order, by the loose verdicts of `scope`.

    A prompt without all of its verdicts is left out.
    """
    constraint_ids: dict[int, list[int]] = defaultdict(list)
    prompt_ids = [pair.prompt_id for pair in pairs]
    for constraint in Constraint.objects.filter(prompt__in=prompt_ids).order_by("prompt", "position"):
        constraint_ids[constraint.prompt_id].append(constraint.pk)
    generation_ids = [pair.first_id for pair in pairs] + [pair.second_id for pair in pairs]
    rows = Verdict.objects.filter(generation__in=generation_ids, scope=scope)
    loose = {(g, c): obeyed for g, c, obeyed in rows.values_list("generation_id", "constraint_id", "loose").order_by()}
    effects: dict[int, list[Effect]] = {}
    for pair in pairs:
        cells = [((pair.first_id, c), (pair.second_id, c)) for c in constraint_ids[pair.prompt_id]]
        if all(first in loose and second in loose for first, second in cells):
            effects[pair.prompt_id] = [effect(loose[first], loose[second]) for first, second in cells]
    return effects


def _rank(seed: int, key: str) -> int:
    """63 bits of a hash of seed and prompt key: the order does not depend on when a case was created."""
    digest = sha256(f"{seed}\n{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
