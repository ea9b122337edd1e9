"""dan, who curates the cast's study, in a browser, and the candidate of the case "tea"."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.exemplars.models import Candidate
from annotator.studies.services import member_add
from tests.cast import World
from tests.exemplars.curating import candidate_of


@pytest.fixture
def curator(world: World, dan: User, client: Client) -> Client:
    """dan's browser; he curates the study."""
    member_add(study=world.study, user=dan, role="curator")
    client.force_login(dan)
    return client


@pytest.fixture
def candidate(world: World, dan: User) -> Candidate:
    """The second answer to "tea", "Tea, of course.": its prompt forbids commas."""
    return candidate_of(world, dan)
