"""A candidate of the cast's world, and attempts at it."""

import threading
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.db import connection

from annotator.constraints import CHECKER_VERSION
from annotator.datasets.models import Constraint
from annotator.exemplars.models import Candidate, Exemplar, Repair
from annotator.exemplars.services.approvals import exemplar_approve
from annotator.exemplars.services.candidates import candidate_create
from annotator.exemplars.services.repairs import repair_submit
from annotator.studies.models import Case
from tests.cast import World

UNDECIDABLE = "language:response_language"
"""A kind that no checker decides without its argument."""


def case_of(world: World, key: str = "tea") -> Case:
    """The case of a prompt; the second answer of "tea" has a comma that its prompt forbids."""
    return world.study.cases.select_related("study", "prompt", "first", "second").get(prompt__key=key)


def candidate_of(world: World, user: User | None = None, key: str = "tea") -> Candidate:
    return candidate_create(case=case_of(world, key), user=user)


def edited(candidate: Candidate, author: User, answer: str = "Tea of course.", **fields: Any) -> Repair:
    return repair_submit(
        candidate=candidate, author=author, reasoning="No commas: tea of course.", answer=answer, **fields
    )


def approved(repair: Repair, user: User, **fields: Any) -> Exemplar:
    return exemplar_approve(**{"repair": repair, "user": user, "checker_version": CHECKER_VERSION, **fields})


def with_undecidable(candidate: Candidate) -> None:
    """Add a second constraint to the prompt, which a person must tick."""
    Constraint.objects.create(prompt=candidate.case.prompt, position=1, kind=UNDECIDABLE, kwargs={})


def at_once(*works: Callable[[], object]) -> list[object]:
    """Run these in threads at once; return what each returned or raised."""
    barrier, found = threading.Barrier(len(works)), list[object]([None] * len(works))

    def run(place: int, work: Callable[[], object]) -> None:
        barrier.wait()
        try:
            found[place] = work()
        except ValueError as error:
            found[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=row) for row in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
