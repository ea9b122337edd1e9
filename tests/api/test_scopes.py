"""Token scopes: what each route needs, and the refusal of a token that lacks it."""

import pytest
from django.urls import URLPattern

from annotator.accounts.models import ApiToken
from annotator.accounts.services import token_issue
from annotator.api.scopes import scope_needed
from annotator.api.urls import urlpatterns
from tests.api.client import client_of

STUDIES = "/api/v1/studies/"
CLOSE = "/api/v1/studies/pilot/close/"
ANNOTATING = {
    "api-adjudication",
    "api-adjudication-draft",
    "api-adjudication-leave",
    "api-adjudication-renew",
    "api-annotation",
    "api-case-choose",
    "api-case-flag",
    "api-case-flag-read",
    "api-case-flag-reply",
    "api-case-renew",
    "api-case-skip",
    "api-draft",
    "api-flag-answer",
    "api-flag-settle",
    "api-next-case",
    "api-rework",
    "api-rework-withdraw",
    "api-undecided-next",
    "api-unskip",
}
"""The routes whose changes are acts of annotators and adjudicators."""
READING = {"api-route", "api-verify"}
"""The routes whose POST changes nothing."""
WITHOUT_A_TOKEN = {"api-token", "api-schema", "api-docs"}


def views():
    """The view class of every route that needs a token, by the name of the route."""
    return {
        route.name: route.callback.view_class
        for route in urlpatterns
        if isinstance(route, URLPattern) and route.name and route.name not in WITHOUT_A_TOKEN
    }


def test_every_route_needs_the_scope_of_its_table():
    for name, view in views().items():
        expected = "annotate" if name in ANNOTATING else "read" if name in READING else "manage"
        assert {method: scope_needed(method, view) for method in ("GET", "HEAD", "OPTIONS")} == dict.fromkeys(
            ("GET", "HEAD", "OPTIONS"), "read"
        )
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert scope_needed(method, view) == expected, (method, name)
    assert set(views()) >= ANNOTATING | READING


@pytest.mark.parametrize(
    ("scopes", "reads", "changes"),
    [(["read"], 200, 403), (["manage"], 403, 200), (["annotate"], 403, 403), (["read", "manage"], 200, 200)],
)
def test_a_token_is_good_for_its_scopes_and_for_nothing_else(world, lena, scopes, reads, changes):
    client = client_of(lena, scopes)
    assert (client.get(STUDIES).status_code, client.post(CLOSE).status_code) == (reads, changes)
    world.study.refresh_from_db()
    assert world.study.status == ("closed" if changes == 200 else "open")


def test_the_refusal_names_the_scope_that_is_needed_and_those_of_the_token(world, lena):
    sentence = client_of(lena, ["read", "annotate"]).post(CLOSE).json()["detail"]
    assert sentence.startswith("This request needs a token with the scope manage; yours has read, annotate.")


def test_a_token_that_lacks_the_scope_learns_nothing_about_what_exists(world, mallory):
    client = client_of(mallory, ["annotate"])
    assert [client.get(f"/api/v1/studies/{slug}/queue/").status_code for slug in ("pilot", "none")] == [403, 403]


def test_a_scope_opens_nothing_that_its_owner_may_not(world, alice):
    assert client_of(alice, ["manage"]).post(CLOSE).status_code == 404


def test_a_session_needs_no_scope(world, lena, client):
    client.force_login(lena)
    assert client.post(CLOSE, content_type="application/json").status_code == 200


def test_verify_and_route_are_read(world, alice):
    body = {"text": "Rain", "constraints": [{"kind": "punctuation:no_comma"}]}
    assert client_of(alice, ["read"]).post("/api/v1/verify", body, format="json").status_code == 200
    assert client_of(alice, ["manage"]).post("/api/v1/verify", body, format="json").status_code == 403


def test_a_token_over_rest_has_the_scopes_that_are_asked_for_and_all_without_a_word(alice):
    login = {"username": "alice", "password": "alice-password-1"}
    issued = client_of(None).post("/api/v1/token/", {**login, "scopes": ["annotate", "read"]}, format="json").json()
    assert issued["scopes"] == ["read", "annotate"]
    assert client_of(None).post("/api/v1/token/", login, format="json").json()["scopes"] == [
        "read",
        "annotate",
        "manage",
    ]


@pytest.mark.parametrize("scopes", [[], ["everything"], "read"])
def test_scopes_that_are_none_are_refused(alice, scopes):
    login = {"username": "alice", "password": "alice-password-1", "scopes": scopes}
    refused = client_of(None).post("/api/v1/token/", login, format="json")
    assert (refused.status_code, refused.json()["detail"].startswith("scopes")) == (400, True)
    assert not ApiToken.objects.exists()


def test_no_token_is_issued_without_a_scope(alice):
    for scopes in ([], ["everything"]):
        with pytest.raises(ValueError, match="name some of read, annotate, manage"):
            token_issue(user=alice, scopes=scopes)


def test_every_operation_names_its_scope_in_the_description_and_on_the_page(db):
    client = client_of(None)
    paths = client.get("/api/v1/schema/?format=json").json()["paths"]
    decision = paths["/api/v1/studies/{slug}/cases/{case_id}/adjudication/"]["post"]
    assert {"tokenAuth": ["annotate"]} in decision["security"]
    assert "Scope of the token:" in client.get("/api/v1/docs/").content.decode()
