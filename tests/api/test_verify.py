"""Verification over REST: verdicts with spans, and limits of every input."""

from time import thread_time

import pytest

from tests.api.client import client_of
from tests.constraints.specs import COMPLETE

URL = "/api/v1/verify"
HALF_PAIR = '{"text": "a", "constraints": [{"kind": "keywords:existence", "kwargs": {"keywords": ["\\ud800"]}}]}'
NO_COMMA = {"kind": "punctuation:no_comma", "kwargs": {}}


@pytest.fixture
def client(mallory):
    """A client of a user without a role: verification reads nothing stored."""
    return client_of(mallory)


def post(client, **body):
    return client.post(URL, {"text": "One, two.", "constraints": [NO_COMMA], **body}, format="json")


def test_a_verdict_says_what_was_seen_and_where(client):
    answer = post(client).json()
    (verdict,) = answer["verdicts"]
    assert (verdict["kind"], answer["scope"]) == ("punctuation:no_comma", "answer")
    assert verdict["strict"]["obeyed"] is False
    assert ["One, two."[start:end] for start, end in verdict["strict"]["spans"]] == [","]
    assert verdict["strict"]["note"]
    assert answer["checker_version"]


def test_a_trailing_slash_does_not_lose_the_body(client):
    body = {"text": "One two.", "constraints": [NO_COMMA]}
    assert client.post(f"{URL}/", body, format="json").json()["verdicts"][0]["strict"]["obeyed"] is True


def test_verdicts_come_in_the_order_of_the_constraints(client):
    lowercase = {"kind": "change_case:english_lowercase", "kwargs": {}}
    kinds = [verdict["kind"] for verdict in post(client, constraints=[lowercase, NO_COMMA]).json()["verdicts"]]
    assert kinds == [lowercase["kind"], NO_COMMA["kind"]]


def test_the_scope_is_given_back(client):
    assert post(client, scope="completion").json()["scope"] == "completion"


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"text": 3.5}, None),
        ({"text": None}, "text: This field may not be null."),
        ({"text": "x" * 100_001}, "text: Ensure this field has no more than 100000 characters."),
        ({"constraints": []}, "constraints: Ensure this field has at least 1 elements."),
        ({"constraints": [NO_COMMA] * 21}, "constraints: Ensure this field has no more than 20 elements."),
        ({"constraints": ["x"]}, "constraints.0: Invalid data. Expected a dictionary, but got str."),
        ({"constraints": [{"kind": "foo:bar"}]}, "constraints.0: unknown constraint kind 'foo:bar'; known kinds: "),
        (
            {"constraints": [{**NO_COMMA, "weight": 2}]},
            "constraints.0: Unknown field 'weight'; known fields: kind, kwargs.",
        ),
        (
            {"constraints": [{"kind": "punctuation:no_comma", "kwargs": []}]},
            "constraints.0.kwargs: Expected a dictionary",
        ),
        ({"scope": "both"}, "scope: 'both' is unknown; choose one of answer, completion, reasoning."),
        ({"save": True}, "Unknown field 'save'; known fields: text, constraints, prompt, scope."),
    ],
)
def test_what_cannot_be_verified_is_refused_in_one_sentence(client, body, complaint):
    response = post(client, **body)
    if complaint is None:
        assert response.status_code == 200  # a number is read as the text it is written as
        return
    assert response.status_code == 400
    assert response.json()["detail"].startswith(complaint)
    assert set(response.json()) <= {"type", "title", "status", "detail", "errors"}


def test_a_bad_argument_names_kind_and_argument(client):
    words = {"kind": "length_constraints:number_words", "kwargs": {"num_words": "many", "relation": "at least"}}
    detail = post(client, constraints=[words]).json()["detail"]
    assert detail.startswith("constraints.0: length_constraints:number_words: argument 'num_words'")


def test_a_body_that_is_too_long_is_not_read(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = post(client, text="x" * 2000)
    assert response.status_code == 413
    assert response.json()["detail"].endswith("at most 1000 bytes are read.")


SLOW = {"kind": "keywords:existence", "kwargs": {"keywords": [".*x.*x.*x.*xy"]}}


@pytest.mark.slow
def test_a_request_has_one_budget_of_time_and_says_what_was_not_reached(client):
    started = thread_time()
    answer = post(client, text="y" + "x" * 50_000, constraints=[NO_COMMA, *[SLOW] * 18, NO_COMMA]).json()
    assert thread_time() - started < 3.5
    first, *slow, last = [verdict["strict"] for verdict in answer["verdicts"]]
    assert first["obeyed"] is True
    assert {verdict["obeyed"] for verdict in slow} == {None}
    assert (last["obeyed"], last["note"]) == (None, "not checked: the time for this request was used up before")
    assert answer["verdicts"][-1]["loose"]["obeyed"] is None


@pytest.mark.slow
def test_patterns_that_take_long_to_read_are_refused_in_time(client):
    started = thread_time()
    hard = ["(" + "|".join(f"{a}{b}" for a in "abcdefg" for b in "hijklm") + f")*y{n}" for n in range(3000)]
    response = post(client, constraints=[{"kind": "keywords:existence", "kwargs": {"keywords": hard}}])
    assert thread_time() - started < 3.5
    assert response.status_code == 400
    assert "take more than 2 seconds to read" in response.json()["detail"]


@pytest.mark.parametrize("unit", ["x ", "A. ", "中", "[", "*a\n", "{", "\u0130", "Dr. X'll "])
def test_no_text_takes_much_longer_than_the_budget(client, unit):
    constraints = [{"kind": kind, "kwargs": kwargs} for kind, kwargs in sorted(COMPLETE.items())]
    text = (unit * 100_000)[:100_000]
    started = thread_time()
    for part in (constraints[:13], constraints[13:]):
        assert post(client, text=text, constraints=part).status_code == 200
    assert thread_time() - started < 2 * 3.5


@pytest.mark.parametrize(
    "body",
    [
        '{"text": "a", "text": "b", "constraints": [{"kind": "punctuation:no_comma"}]}',
        '{"text": "a", "constraints": [{"kind": "punctuation:no_comma", "kwargs": {}, "kwargs": {}}]}',
    ],
)
def test_a_name_that_stands_twice_is_refused(client, body):
    response = client.post(URL, body, content_type="application/json")
    assert response.status_code == 400
    assert "stands twice in one object; remove one of the two." in response.json()["detail"]


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 100_000, "NaN", "", "null", "\x00", HALF_PAIR])
def test_a_hostile_body_is_refused(client, body):
    response = client.post(URL, body, content_type="application/json")
    assert response.status_code == 400
    assert set(response.json()) <= {"type", "title", "status", "detail", "errors"}


def test_text_that_no_database_holds_is_refused(client):
    assert post(client, text="a\x00b").json()["detail"] == "text: Null characters are not allowed."


def test_a_session_needs_the_csrf_token(mallory):
    client = client_of(None)
    client.handler.enforce_csrf_checks = True
    client.force_login(mallory)
    assert post(client).status_code == 403
