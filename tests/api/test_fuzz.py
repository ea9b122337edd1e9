"""Requests that schemathesis makes from the OpenAPI description, as five roles: no 5xx, and only what is described.

`make fuzz` sends 3,000; `FUZZ_REQUESTS` is how many all roles send together.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from django.contrib.auth.models import User
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from annotator.accounts.services import token_issue
from annotator.exemplars.models import Exemplar
from annotator.routing.models import Training
from annotator.studies.models import Flag, Rework
from annotator.studies.services import assignment_skip, case_next, flag_raise, member_add, rework_request
from tests.cast import World
from tests.releases.curated import make_curated
from tests.studies.annotating import submit

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "400"))
ROLES = ("nobody", "annotator", "adjudicator", "curator", "lead")
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def tokens(world: World, alice: User, bob: User, lena: User) -> Mapping[str, str]:
    """A token of somebody in each role; nobody's is unknown."""
    carol, dan = User.objects.create_user("carol"), User.objects.create_user("dan")
    member_add(study=world.study, user=carol, role="adjudicator")
    make_curated(world.study, dan)
    submitted = case_next(study=world.study, annotator=alice)
    submit(submitted, disputes=[{"side": "first", "constraint": 1, "reason": "No."}])
    flag_raise(assignment=submitted, reason="Is it one?")
    rework_request(assignment=submitted, author=lena, note="Again.", base_revision=1)
    assignment_skip(assignment=case_next(study=world.study, annotator=bob), reason="No.")
    people = dict(zip(ROLES[1:], (alice, carol, dan, lena), strict=True))
    return {"nobody": "0" * 40} | {role: token_issue(user=person).text for role, person in people.items()}


@pytest.fixture
def existing(world: World, tokens: Mapping[str, str]) -> Mapping[str, Any]:
    """What stands for a part of an address; with others it would be 404 at once."""
    exemplar = Exemplar.objects.filter(candidate__case__study=world.study).first()
    assert exemplar is not None
    return {
        "slug": world.study.slug,
        "name": "no-commas",
        "version": 1,
        "run_id": world.first_run.pk,
        "case_id": world.study.cases.get(prompt__key="rain").pk,
        "candidate_id": exemplar.candidate_id,
        "repair_id": exemplar.repair_id,
        "exemplar_id": exemplar.pk,
        "member_id": world.study.memberships.get(user__username="alice").pk,
        "flag_id": Flag.objects.get().pk,
        "rework_id": Rework.objects.get().pk,
        "user_id": world.study.memberships.get(user__username="alice").user_id,
        "position": 0,
        "training_id": Training.objects.create(study=world.study, name="words").pk,
    }


@pytest.fixture
def application() -> Iterator[Any]:
    """The WSGI application, whose requests leave the connection of the test open."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield get_wsgi_application()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("role", ROLES)
def test_every_answer_is_described_whatever_is_sent(
    application: Any, role: str, tokens: Mapping[str, str], existing: Mapping[str, Any]
) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", application)
    operations = [result.ok() for result in schema.get_all_operations()]
    header = {"Authorization": f"Token {tokens[role]}"}
    failures, sent = dict[str, str](), Counter[int]()
    for operation in operations:
        examples = settings(
            max_examples=max(2, -(-REQUESTS // len(ROLES) // len(operations))),
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )

        @examples
        @given(case=operation.as_strategy(), real=st.booleans())
        def ask(case: Any, real: bool) -> None:
            if real:
                known = {name: existing.get(name, value) for name, value in (case.path_parameters or {}).items()}
                case.path_parameters = known
            with transaction.atomic():
                response = case.call(headers=header)
                transaction.set_rollback(True)
            sent[response.status_code] += 1
            try:
                case.validate_response(response, checks=CHECKS)
            except FailureGroup as group:
                for failure in group.exceptions:
                    failures[f"{case.method} {case.operation.path}: {failure}"[:600]] = str(case.body)[:300]

        ask()
    assert failures == {}, "\n".join(f"{problem}\n    {body}" for problem, body in failures.items())
    assert sent.total() >= len(operations)
