"""Permissions of every route: strangers log in, other people's objects are 404, and a GET never writes."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from annotator.accounts.services import token_issue
from annotator.exemplars.models import PromptSet
from annotator.releases import services as releases
from annotator.routing.models import Training
from annotator.studies.models import Assignment, Rework
from annotator.studies.services import case_next, flag_raise, member_add, rework_request, study_hand_over
from annotator.web.runs.uploads import upload_keep
from annotator.webhooks.services import webhook_ping
from tests.cast import World, make_world
from tests.exemplars.curating import approved, candidate_of, edited
from tests.permission_matrix import ASKED, EMPTY, GONE, IN, LOGIN, PERMISSIONS, ROLES, WEB, routes
from tests.routing.rows import make_router
from tests.studies.annotating import submit
from tests.webhooks.rows import make_webhook

WRITES = [route for verb, route in WEB if verb == "POST"]


@pytest.fixture
def held(world: World, alice: User) -> Assignment:
    """alice's held and flagged case; another one of hers is undecided because of her dispute, and sent back to her."""
    first = case_next(study=world.study, annotator=alice)
    assert first is not None
    submit(first, disputes=[{"side": "first", "constraint": 1, "reason": "It counts wrong."}])
    assignment = case_next(study=world.study, annotator=alice)
    assert assignment is not None
    flag_raise(assignment=assignment, reason="Is it a comma?")
    rework_request(assignment=first, author=alice, note="Count again.", base_revision=1)
    return assignment


@pytest.fixture
def addresses(
    world: World, held: Assignment, lena: User, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Mapping[str, str]:
    """The address of each route in the world, in which lena has sent a file to import and approved an exemplar."""
    settings.VAR_DIR = tmp_path
    PromptSet.objects.create(study=world.study, name="pilot")
    make_router("pilot")
    exemplar = approved(edited(candidate_of(world, lena), lena), lena)
    monkeypatch.setattr(releases, "builder_start", lambda: None)
    monkeypatch.setattr(releases, "_REPORT_EVERY_S", 600.0)  # its thread would wait for the test's transaction
    number = releases.snapshot_request(study=world.study, user=lena).number
    releases.snapshots_build()
    delivery = webhook_ping(webhook=make_webhook(world.study))
    upload = upload_keep(SimpleUploadedFile("responses.jsonl", b"{}"), owner_id=lena.pk)
    values = {
        "slug": "pilot",
        "case_id": held.case_id,
        "flag_id": held.flag.pk,
        "pk": world.first_run.pk,
        "rework_id": Rework.objects.get().pk,
        "run_id": world.first_run.pk,
        "position": 0,
        "number": number,
        "file": "manifest.json",
        "name": "pilot",
        "version": 1,
        "upload": upload.token,
        "candidate_id": edited(candidate_of(world, lena, "bike"), lena, "A bike").candidate_id,
        "repair_id": exemplar.repair_id,
        "form": "csv",
        "table": "kinds",
        "chart": "kinds",
        "exemplar_id": exemplar.pk,
        "user_id": held.annotator_id,
        "member_id": world.study.memberships.get(user=held.annotator_id).pk,
        "token": token_issue(user=held.annotator).token.public_id,
        "webhook_id": delivery.webhook_id,
        "delivery_id": delivery.pk,
        "training_id": Training.objects.create(study=world.study, name="words", created_by=lena).pk,
    }
    return {route: "/" + re.sub(r"<\w+:(\w+)>", lambda part: str(values[part[1]]), route) for route in routes()}


@pytest.fixture
def people(world: World, alice: User, carol: User, dan: User, lena: User, mallory: User) -> Mapping[str, User | None]:
    """Somebody in each of ROLES."""
    member_add(study=world.study, user=carol, role="adjudicator")
    member_add(study=world.study, user=dan, role="curator")
    dora = User.objects.create_user("dora")
    member_add(study=make_world("elsewhere").study, user=dora, role="lead")
    root = User.objects.create_user("root", is_staff=True)
    ruth, olga = (User.objects.create_user(name) for name in ("ruth", "olga"))
    member_add(study=world.study, user=ruth, role="reader")
    study_hand_over(membership=member_add(study=world.study, user=olga, role="annotator"), by=lena)
    return dict(zip(ROLES, (None, mallory, alice, carol, dora, lena, root, dan, ruth, olga), strict=True))


@contextmanager
def undone() -> Iterator[None]:
    """Roll back what happens inside, so that each route is requested in the same world."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def knock(person: User | None, verb: str, address: str) -> Any:
    client = Client()
    if person is not None:
        client.force_login(person)
    api = {"content_type": "application/json"} if address.startswith("/api/") else {}
    return client.get(address) if verb == "GET" else getattr(client, verb.lower())(address, {}, **api)


def outcome(answer: Any) -> str:
    """The outcome of a request, as a word of the permission matrix; a refused form counts as permitted."""
    if answer.status_code == 302 and answer.url.startswith("/login/?next="):
        return LOGIN
    if answer.status_code == 401:
        assert "detail" in answer.json() or "Log in again" in answer.json()["refusal"]
        return ASKED
    if answer.status_code == 404:
        return GONE
    if not answer.streaming and answer.content == b'{"results":[],"next":null}':
        return EMPTY
    assert answer.status_code in (200, 201, 202, 204, 302, 400, 409, 422), answer.status_code
    return IN


def test_every_route_has_a_row() -> None:
    assert {route for _, route in PERMISSIONS} == set(routes())


@pytest.mark.parametrize("role", ROLES)
def test_everybody_gets_through_their_own_doors_and_no_other(
    people: Mapping[str, User | None], addresses: Mapping[str, str], role: str
) -> None:
    met = {}
    for verb, route in PERMISSIONS:
        with undone():
            met[verb, route] = outcome(knock(people[role], verb, addresses[route]))
    assert met == {door: outcomes[role] for door, outcomes in PERMISSIONS.items()}


def test_no_cache_keeps_what_one_person_sees(people: Mapping[str, User | None], addresses: Mapping[str, str]) -> None:
    kept = {}
    for role in ("stranger", "lead"):
        for verb, route in PERMISSIONS:
            with undone():
                policy = knock(people[role], verb, addresses[route]).headers.get("Cache-Control", "")
            if "no-store" not in policy:
                kept[role, verb, route] = policy
    assert kept == {}


def test_a_verb_without_a_row_is_refused(people: Mapping[str, User | None], addresses: Mapping[str, str]) -> None:
    met = {}
    for route in routes():
        for verb in ("GET", "POST"):
            if (verb, route) not in PERMISSIONS:
                with undone():
                    met[verb, route] = knock(people["staff"], verb, addresses[route]).status_code
    assert met == dict.fromkeys(met, 405)


def test_a_stranger_is_brought_back_to_the_page_after_logging_in(addresses: Mapping[str, str]) -> None:
    for (verb, route), outcomes in WEB.items():
        if outcomes["stranger"] == LOGIN:
            answer = knock(None, verb, addresses[route])
            assert answer.url == f"/login/?next={addresses[route] if verb == 'GET' else '/'}"


def test_what_strangers_and_mallory_send_changes_nothing(
    people: Mapping[str, User | None], addresses: Mapping[str, str], held: Assignment
) -> None:
    fields = {"reason": "x", "choice": "left", "version": "0", "label": "hurt"}
    for route in WRITES:
        for role in ("stranger", "mallory"):
            client = Client()
            if people[role] is not None:
                client.force_login(people[role])
            client.post(addresses[route], fields)
    before = Assignment.objects.get(pk=held.pk)
    assert (before.status, before.blind_choice, before.touched_at) == (held.status, "", held.touched_at)
    assert not hasattr(before, "draft")
    assert before.case.study.status == "open"


def test_a_post_without_a_token_is_refused(alice: User, addresses: Mapping[str, str]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    for route in WRITES:
        answer = client.post(addresses[route])
        assert answer.status_code == 403, route
        assert "too old" in answer.content.decode()


@pytest.mark.parametrize("path", ["/nowhere/", "/cases/999999/", "/studies/none/"])
def test_a_missing_page_says_so_and_leads_back(client: Client, alice: User, path: str) -> None:
    client.force_login(alice)
    answer = client.get(path)
    assert answer.status_code == 404
    assert 'href="/"' in answer.content.decode()


def test_every_page_carries_a_policy_that_lets_no_foreign_or_inline_script_run(client: Client, db: None) -> None:
    policy = client.get("/login/").headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
