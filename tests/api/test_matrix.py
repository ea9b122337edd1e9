"""Role x verb x route: what is not yours does not exist, and no verb was forgotten."""

import pytest
from django.contrib.auth.models import User
from django.urls import get_resolver, reverse

from annotator.studies.services import case_next, member_add
from tests.api.client import client_of
from tests.studies.judging import submit

OPEN = 200
GONE = 404  # does not exist, for this person
EMPTY = "an empty list"

ROUTES = {
    "api-datasets": {},
    "api-prompts": {"name": "pilot", "version": 1},
    "api-language-models": {},
    "api-runs": {},
    "api-generations": {"run_id": "first_run"},
    "api-studies": {},
    "api-cases": {"slug": "pilot"},
    "api-progress": {"slug": "pilot"},
    "api-my-annotations": {"slug": "pilot"},
    "api-annotation-lines": {"slug": "pilot"},
    "api-undecided": {"slug": "pilot"},
    "api-adjudication": {"slug": "pilot", "case_id": "case"},
}
LEADS = {
    "api-datasets": EMPTY,
    "api-prompts": GONE,
    "api-language-models": EMPTY,
    "api-runs": EMPTY,
    "api-generations": GONE,
    "api-cases": GONE,
    "api-annotation-lines": GONE,
    "api-undecided": GONE,
    "api-adjudication": GONE,
}
MEMBERS = {"api-studies": EMPTY, "api-progress": GONE, "api-my-annotations": GONE}
EXPECTED = {
    "root": {"api-my-annotations": EMPTY},  # leads open everything, and have judged nothing themselves
    "lena": {"api-my-annotations": EMPTY},
    "alice": LEADS,
    "carol": {**LEADS, "api-my-annotations": EMPTY, "api-undecided": OPEN, "api-adjudication": OPEN},
    "mallory": {**LEADS, **MEMBERS},
}
CHANGES = ("api-study-close", "api-study-reopen")
VERBS = ("get", "post", "put", "patch", "delete", "options", "head", "trace")


@pytest.fixture
def people(world, alice, lena, mallory):
    carol = User.objects.create_user("carol")
    member_add(study=world.study, user=carol, role="adjudicator")
    dispute = {"side": "first", "constraint": 1, "reason": "It counts wrong."}  # so that a case waits
    submit(case_next(study=world.study, annotator=alice), disputes=[dispute])
    return {
        "alice": alice,
        "carol": carol,
        "lena": lena,
        "mallory": mallory,
        "root": User.objects.create_user("root", is_staff=True),
        "gone": User.objects.create_user("gone", is_staff=True, is_active=False),
        "nobody": None,
    }


def url_of(route, world):
    rows = {"first_run": world.first_run.pk, "case": world.study.cases.get(prompt__key="rain").pk}
    return reverse(route, kwargs={name: rows.get(value, value) for name, value in ROUTES[route].items()})


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("person", EXPECTED)
def test_everybody_reads_what_is_theirs_and_nothing_else(people, world, person, route):
    response = client_of(people[person]).get(url_of(route, world))
    expected = EXPECTED[person].get(route, OPEN)
    if expected == GONE:
        assert response.status_code == 404
        assert response.json() == {"detail": "Nothing is here, or it is not yours to open."}
    elif expected == EMPTY:
        assert response.json() == {"results": [], "next": None}
    else:
        assert response.status_code == 200
        assert response.streaming or response.json() not in ({"results": [], "next": None}, {})


@pytest.mark.parametrize("route", [*ROUTES, "api-verify"])
@pytest.mark.parametrize("person", ["nobody", "gone"])
@pytest.mark.parametrize("verb", VERBS)
def test_without_an_open_account_every_verb_asks_for_one(people, world, person, route, verb):
    url = reverse(route) if route == "api-verify" else url_of(route, world)
    response = getattr(client_of(people[person]), verb)(url)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Token"
    assert verb == "head" or response.json()["detail"]


@pytest.mark.parametrize("route", [route for route in ROUTES if route != "api-adjudication"])
@pytest.mark.parametrize("verb", ["post", "put", "patch", "delete", "options", "trace"])
def test_nothing_is_changed_or_described_through_a_list(people, world, route, verb):
    assert getattr(client_of(people["root"]), verb)(url_of(route, world)).status_code == 405


@pytest.mark.parametrize("verb", ["put", "patch", "delete", "options", "trace"])
def test_a_case_is_read_and_decided_and_nothing_else(people, world, verb):
    assert getattr(client_of(people["root"]), verb)(url_of("api-adjudication", world)).status_code == 405


@pytest.mark.parametrize("person", EXPECTED)
def test_a_study_is_closed_and_opened_again_by_those_who_lead_it(people, world, person):
    leads = person in ("root", "lena")
    for route, status in zip(CHANGES, ("closed", "open"), strict=True):
        response = client_of(people[person]).post(reverse(route, kwargs={"slug": "pilot"}))
        assert response.status_code == (200 if leads else 404)
        assert not leads or response.json()["status"] == status
    assert client_of(None).post(reverse("api-study-close", kwargs={"slug": "pilot"})).status_code == 401


@pytest.mark.parametrize("verb", ["get", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("route", ["api-verify", "api-token"])
def test_what_takes_a_post_takes_nothing_else(people, route, verb):
    assert getattr(client_of(people["root"]), verb)(reverse(route)).status_code == 405


def test_the_matrix_has_every_route():
    names = {name for name in get_resolver().reverse_dict if isinstance(name, str) and name.startswith("api-")}
    assert names == {*ROUTES, *CHANGES, "api-verify", "api-token", "api-schema", "api-docs"}


def test_an_annotator_sees_neither_runs_nor_answers_nor_outcomes_of_the_study(people, world):
    client = client_of(people["alice"])
    seen = "".join(client.get(url_of(route, world)).content.decode() for route in ("api-studies", "api-progress"))
    assert [word for word in ("helped", "hurt", "contrast", "cot", "Rain", "Let me think") if word in seen] == []


def test_an_annotator_sees_their_own_annotations_and_not_those_of_others(people, world, bob):
    assert client_of(bob).get(url_of("api-my-annotations", world)).json()["results"] == []
    (mine,) = client_of(people["alice"]).get(url_of("api-my-annotations", world)).json()["results"]
    assert (mine["label"], mine["revision"], mine["blind_choice"]) == ("helped", 1, "left")
    assert "sides" not in mine
