"""Method x route: no method is forgotten, and other people's objects are refused (permission_matrix.py)."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from annotator.exemplars.models import Exemplar
from annotator.studies.services import case_next, member_add
from tests.api.client import client_of
from tests.releases.curated import make_curated
from tests.studies.annotating import submit

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
    "api-reworks": {"slug": "pilot"},
    "api-flags": {"slug": "pilot"},
    "api-members": {"slug": "pilot"},
    "api-member": {"slug": "pilot", "member_id": "member"},
    "api-checks": {"slug": "pilot"},
    "api-check-rate": {"slug": "pilot"},
    "api-queue": {"slug": "pilot"},
    "api-own-skips": {"slug": "pilot"},
    "api-skips": {"slug": "pilot"},
    "api-proposals": {"slug": "pilot"},
    "api-candidates": {"slug": "pilot"},
    "api-candidate": {"slug": "pilot", "candidate_id": "candidate"},
    "api-repairs": {"slug": "pilot", "candidate_id": "candidate"},
    "api-repair-requests": {"slug": "pilot", "candidate_id": "candidate"},
    "api-exemplars": {"slug": "pilot"},
    "api-prompt-sets": {"slug": "pilot"},
    "api-prompt-set": {"slug": "pilot", "name": "no-commas", "version": 1},
    "api-prompt-set-export": {"slug": "pilot", "name": "no-commas", "version": 1},
    "api-pairs": {"slug": "pilot"},
    "api-routers": {},
    "api-trainings": {},
}
TAKING_POSTS = (
    "api-adjudication",
    "api-candidates",
    "api-check-rate",
    "api-language-models",
    "api-members",
    "api-prompt-sets",
    "api-repair-requests",
    "api-repairs",
    "api-routers",
    "api-runs",
    "api-studies",
)
"""Those of ROUTES that are read and changed."""
POSTED = {
    "api-rework": {"slug": "pilot", "case_id": "case"},
    "api-member-deactivate": {"slug": "pilot", "member_id": "member"},
    "api-member-reactivate": {"slug": "pilot", "member_id": "member"},
    "api-check": {"slug": "pilot", "case_id": "case"},
    "api-check-end": {"slug": "pilot", "case_id": "case"},
    "api-hand-out": {"slug": "pilot", "case_id": "case"},
    "api-unskip": {"case_id": "case"},
    "api-candidate-reject": {"slug": "pilot", "candidate_id": "candidate"},
    "api-candidate-reopen": {"slug": "pilot", "candidate_id": "candidate"},
    "api-repair-mechanical": {"slug": "pilot", "candidate_id": "candidate"},
    "api-repair-approve": {"slug": "pilot", "repair_id": "repair"},
    "api-exemplar-withdraw": {"exemplar_id": "exemplar"},
    "api-prompt-set-runs": {"slug": "pilot", "name": "no-commas", "version": 1},
}
CHANGES = ("api-study-close", "api-study-reopen")
VERBS = ("get", "post", "put", "patch", "delete", "options", "head", "trace")


@pytest.fixture
def people(world, alice, lena, mallory):
    carol = User.objects.create_user("carol")
    member_add(study=world.study, user=carol, role="adjudicator")
    dan = User.objects.create_user("dan")
    make_curated(world.study, dan)
    dispute = {"side": "first", "constraint": 1, "reason": "It counts wrong."}  # so that a case waits
    submit(case_next(study=world.study, annotator=alice), disputes=[dispute])
    return {
        "alice": alice,
        "carol": carol,
        "dan": dan,
        "lena": lena,
        "mallory": mallory,
        "root": User.objects.create_user("root", is_staff=True),
        "gone": User.objects.create_user("gone", is_staff=True, is_active=False),
        "nobody": None,
    }


def url_of(route, world):
    exemplar = Exemplar.objects.filter(candidate__case__study=world.study).first()
    rows = {
        "first_run": world.first_run.pk,
        "case": world.study.cases.get(prompt__key="rain").pk,
        "candidate": exemplar.candidate_id,
        "repair": exemplar.repair_id,
        "exemplar": exemplar.pk,
        "member": world.study.memberships.get(user__username="alice").pk,
    }
    parts = {**ROUTES, **POSTED}[route]
    return reverse(route, kwargs={name: rows.get(value, value) for name, value in parts.items()})


def refused(person, url, besides=()):
    """The methods that this URL refuses, of all but `besides`."""
    client = client_of(person)
    return {verb for verb in VERBS if verb not in besides and getattr(client, verb)(url).status_code == 405}


@pytest.mark.parametrize("route", ["api-prompts", "api-generations", "api-cases", "api-undecided", "api-adjudication"])
def test_what_is_not_yours_is_refused_like_what_does_not_exist(people, world, route):
    response = client_of(people["mallory"]).get(url_of(route, world))
    assert response.status_code == 404
    assert response.json()["detail"] == "Nothing is here, or it is not yours to open."


@pytest.mark.parametrize("route", [*ROUTES, *POSTED, "api-verify", "api-route"])
@pytest.mark.parametrize("person", ["nobody", "gone"])
def test_without_an_open_account_every_verb_asks_for_one(people, world, person, route):
    url = reverse(route) if route in ("api-verify", "api-route") else url_of(route, world)
    for verb in VERBS:
        response = getattr(client_of(people[person]), verb)(url)
        assert (response.status_code, response["WWW-Authenticate"]) == (401, "Token"), verb
        assert verb == "head" or response.json()["detail"]


@pytest.mark.parametrize("route", [route for route in ROUTES if route not in (*TAKING_POSTS, "api-prompt-set")])
def test_nothing_is_changed_or_described_through_a_list(people, world, route):
    assert refused(people["root"], url_of(route, world)) == {"post", "put", "patch", "delete", "options", "trace"}


@pytest.mark.parametrize("route", TAKING_POSTS)
def test_what_is_read_and_posted_to_takes_nothing_else(people, world, route):
    url = url_of(route, world)
    assert refused(people["root"], url, besides=("post",)) == {"put", "patch", "delete", "options", "trace"}


def test_a_study_is_closed_and_opened_again(people, world):
    for route, status in zip(CHANGES, ("closed", "open"), strict=True):
        response = client_of(people["lena"]).post(reverse(route, kwargs={"slug": "pilot"}))
        assert (response.status_code, response.json()["status"]) == (200, status)


@pytest.mark.parametrize("route", [*POSTED, "api-verify", "api-route", "api-token"])
def test_what_takes_a_post_takes_nothing_else(people, world, route):
    url = url_of(route, world) if route in POSTED else reverse(route)
    verbs = refused(people["root"], url, besides=("post",))
    assert verbs == {"get", "head", "put", "patch", "delete", "options", "trace"}


def test_an_annotator_sees_neither_runs_nor_answers_nor_outcomes_of_the_study(people, world):
    client = client_of(people["alice"])
    seen = "".join(client.get(url_of(route, world)).content.decode() for route in ("api-studies", "api-progress"))
    assert [word for word in ("helped", "hurt", "contrast", "cot", "Rain", "Let me think") if word in seen] == []


def test_an_annotator_sees_their_own_annotations_and_not_those_of_others(people, world, bob):
    assert client_of(bob).get(url_of("api-my-annotations", world)).json()["results"] == []
    (mine,) = client_of(people["alice"]).get(url_of("api-my-annotations", world)).json()["results"]
    assert (mine["label"], mine["revision"], mine["blind_choice"]) == ("helped", 1, "left")
    assert "sides" not in mine
