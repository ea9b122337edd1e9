"""A study in which two annotators disagree, and its adjudicators."""

import pytest

from annotator.studies.services import member_add
from tests.cast import make_world
from tests.studies.test_adjudications import SPAN, judged


@pytest.fixture
def world(alice, bob, carol, lena):
    world = make_world(overlap=2)
    for person, role in ((alice, "annotator"), (bob, "annotator"), (carol, "adjudicator"), (lena, "lead")):
        member_add(study=world.study, user=person, role=role)
    return world


@pytest.fixture
def contested(world):
    """The tea case, whose second answer has a comma: alice labels it hurt and bob helped, each with evidence."""
    world.study.cases.filter(prompt__key="tea").update(queue_rank=-1)
    case, held = judged(
        world.study,
        {"label": "hurt", "patterns": ["neglected"], "note": "<i>alices note</i>"},
        {"label": "helped", "patterns": ["other"], "other_text": "tone"},
    )
    spans = [
        [SPAN, {**SPAN, "end": 10**6, "quote": "words long gone"}],
        [{**SPAN, "start": 2, "end": 8, "pattern": ""}, SPAN],
    ]
    for assignment, marked in zip(held, spans, strict=True):
        assignment.annotations.update(spans=marked)
    return case


@pytest.fixture
def enter(client):
    def enter(user):
        client.force_login(user)
        return client

    return enter
