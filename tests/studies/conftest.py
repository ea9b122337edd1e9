"""A study that two people have judged."""

import pytest

from annotator.studies.services import case_next, member_add
from tests.cast import make_world
from tests.studies.annotating import submit


@pytest.fixture
def pair(alice, bob, lena):
    """A study with an overlap of two, which alice and bob have judged wholly: they agree on three of four cases."""
    world = make_world("pair", overlap=2)
    member_add(study=world.study, user=lena, role="lead")
    for person in (alice, bob):
        member_add(study=world.study, user=person, role="annotator")
        while (assignment := case_next(study=world.study, annotator=person)) is not None:
            hurt = person == bob and assignment.case.prompt.key == "tea"
            submit(assignment, label="hurt" if hurt else "helped", seconds=40)
    return world
