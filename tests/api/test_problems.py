"""Problem details (RFC 9457): the body of every refusal, whichever layer refuses."""

import json

import pytest
from django.test import Client

from annotator.api.verify import VerifyView
from tests.api.client import client_of

VERIFY = "/api/v1/verify"
STUDIES = "/api/v1/studies/"


def problem(response):
    """The body of a refusal, which has the form of RFC 9457."""
    assert response["Content-Type"] == "application/problem+json"
    body = json.loads(response.content)
    assert (body["type"], body["status"]) == ("about:blank", response.status_code)
    assert body["detail"]
    return body


@pytest.fixture
def client(world, lena):
    return client_of(lena)


@pytest.mark.parametrize(
    ("send", "status", "title"),
    [
        (lambda client: client.post(VERIFY, "{", content_type="application/json"), 400, "Bad Request"),
        (lambda client: client_of(None).get(STUDIES), 401, "Unauthorized"),
        (lambda client: client.get("/api/v1/studies/none/cases/"), 404, "Not Found"),
        (lambda client: client.get("/api/v1/nowhere/"), 404, "Not Found"),
        (lambda client: client.put(STUDIES), 405, "Method Not Allowed"),
        (lambda client: client.post(f"{STUDIES}pilot/check-rate/", {"every": 1}, format="json"), 409, "Conflict"),
        (lambda client: client.post(VERIFY, "a=b", content_type="text/plain"), 415, "Unsupported Media Type"),
        (lambda client: client.get("/api/v1/schema/?format=xml"), 404, "Not Found"),
        (lambda client: client.get(STUDIES, HTTP_HOST="elsewhere.example"), 400, "Bad Request"),
    ],
)
def test_a_refusal_is_a_problem(client, send, status, title):
    response = send(client)
    assert (response.status_code, problem(response)["title"]) == (status, title)


def test_a_body_that_is_too_long_is_a_problem(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    response = client.post(VERIFY, {"text": "Rain falls."}, format="json")
    assert (response.status_code, "at most 10 bytes" in problem(response)["detail"]) == (413, True)


def test_too_many_wrong_passwords_are_a_problem_that_says_when_to_come_back(db):
    wrong = {"username": "alice", "password": "wrong"}
    response = [client_of(None).post("/api/v1/token/", wrong, format="json") for _ in range(6)][-1]
    assert problem(response)["title"] == "Too Many Requests"
    assert int(response["Retry-After"]) > 0


def test_a_session_without_its_csrf_token_gets_a_problem(world, lena):
    client = Client(enforce_csrf_checks=True)
    client.force_login(lena)
    response = client.post(f"{STUDIES}pilot/close/", content_type="application/json")
    assert problem(response)["status"] == 403


def test_an_error_that_nobody_expected_is_a_problem_too(world, lena, monkeypatch):
    def fails(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(VerifyView, "post", fails)
    client = Client(raise_request_exception=False)
    client.force_login(lena)
    response = client.post(VERIFY, "{}", content_type="application/json")
    assert (response.status_code, problem(response)["title"]) == (500, "Internal Server Error")
    assert "ZeroDivision" not in response.content.decode()


def test_wrong_fields_are_named_by_pointers_into_the_body(client):
    body = {"text": "Rain", "constraints": [{"kind": "punctuation:no_comma"}, {"kwargs": []}]}
    refused = problem(client.post(VERIFY, body, format="json"))
    assert refused["errors"] == [
        {"pointer": "#/constraints/1/kind", "detail": "This field is required."},
        {"pointer": "#/constraints/1/kwargs", "detail": 'Expected a dictionary of items but got type "list".'},
    ]
    assert refused["detail"].startswith("constraints.1.kind: This field is required. constraints.1.kwargs: ")


def test_a_wrong_query_parameter_is_named_as_one(client):
    refused = problem(client.get(f"{STUDIES}?limit=many"))
    assert refused["errors"] == [{"parameter": "limit", "detail": "A valid integer is required."}]


def test_what_is_about_no_field_names_none(client):
    assert "errors" not in problem(client.get(f"{STUDIES}?colour=red"))


def test_a_pointer_is_escaped(client):
    body = {"text": "Rain", "constraints": "none"}
    assert problem(client.post(VERIFY, body, format="json"))["errors"][0]["pointer"] == "#/constraints"
