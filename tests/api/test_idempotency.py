"""Idempotency keys: a request that is sent again changes nothing, also when both come at once."""

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from annotator.exemplars.models import PromptSet
from annotator.idempotency.errors import RequestUnderWayError
from annotator.idempotency.models import KeyedRequest
from annotator.idempotency.services import (
    KEPT,
    LEASE,
    request_answered,
    request_claim,
    requests_delete_old,
)
from annotator.studies.models import Annotation
from annotator.studies.services import case_next, member_add
from annotator.webhooks.models import Webhook
from tests.api.client import client_of
from tests.cast import make_world
from tests.webhooks.rows import make_webhook

SETS = "/api/v1/studies/pilot/prompt-sets/"
WEBHOOKS = "/api/v1/studies/pilot/webhooks/"


@pytest.fixture
def client(world, lena):
    return client_of(lena)


def create(client, name="mine", key="k1", **headers):
    return client.post(SETS, {"name": name}, format="json", headers={"Idempotency-Key": key, **headers})


def test_the_same_request_gets_the_first_answer_again_and_is_carried_out_once(client):
    first, again = create(client), create(client)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert ("Idempotency-Replayed" in first, again["Idempotency-Replayed"]) == (False, "true")
    assert PromptSet.objects.filter(name="mine").count() == 1


def test_without_a_key_the_second_request_is_refused_as_before(client):
    statuses = [client.post(SETS, {"name": "mine"}, format="json").status_code for _ in range(2)]
    assert statuses == [201, 409]


def test_another_request_with_the_same_key_is_refused(client):
    create(client)
    other = create(client, name="other")
    assert (other.status_code, "sent with another request before" in other.json()["detail"]) == (422, True)
    assert not PromptSet.objects.filter(name="other").exists()


def test_the_same_body_at_another_address_is_another_request(client):
    create(client)
    refused = client.post(
        "/api/v1/studies/pilot/members/", {"name": "mine"}, format="json", headers={"Idempotency-Key": "k1"}
    )
    assert refused.status_code == 422


def test_the_keys_of_two_people_are_two_keys(client, world, dan):
    member_add(study=world.study, user=dan, role="curator")
    create(client)
    assert create(client_of(dan), name="his").status_code == 201


def test_a_request_under_way_is_refused_until_it_is_answered(client, lena):
    create(client)
    KeyedRequest.objects.update(status=None, body="")
    refused = create(client)
    assert (refused.status_code, "still under way" in refused.json()["detail"]) == (409, True)


def test_a_refused_request_is_forgotten_and_may_succeed_later(client):
    assert create(client, name="no name").status_code in (400, 409)
    assert not KeyedRequest.objects.exists()
    PromptSet.objects.all().delete()
    assert create(client).status_code == 201


def test_what_a_failed_request_changed_is_undone(client, monkeypatch):
    def fails(**_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("annotator.api.idempotency.request_answered", fails)
    with pytest.raises(ZeroDivisionError):
        create(client)
    assert not PromptSet.objects.exists()
    assert not KeyedRequest.objects.exists()


@pytest.mark.parametrize("key", ["", "x" * 256, "\u00e9"])
def test_a_key_that_is_none_is_refused(client, key):
    refused = create(client, key=key)
    assert (refused.status_code, "printable ASCII" in refused.json()["detail"]) == (400, True)


def test_a_key_is_free_again_after_a_day_and_rows_that_are_older_are_deleted(client):
    create(client)
    KeyedRequest.objects.update(claimed_at=timezone.now() - KEPT)
    assert create(client, name="other").status_code == 201
    KeyedRequest.objects.update(claimed_at=timezone.now() - KEPT)
    assert (requests_delete_old(), KeyedRequest.objects.count()) == (1, 0)


def test_a_request_whose_process_died_is_taken_over_and_its_late_answer_is_refused(lena):
    sent = {"user": lena, "key": "k1", "fingerprint": "request:1"}
    died = request_claim(**sent)
    with pytest.raises(RequestUnderWayError):
        request_claim(**sent)
    KeyedRequest.objects.update(claimed_at=timezone.now() - LEASE - timedelta(seconds=1))
    request_answered(request=request_claim(**sent), status=201, body="{}")
    with pytest.raises(RequestUnderWayError, match="took too long"):
        request_answered(request=died, status=201, body="{}")


def test_an_annotation_that_is_sent_twice_is_one_revision(world, alice):
    case = case_next(study=world.study, annotator=alice).case_id
    client = client_of(alice)
    client.post(f"/api/v1/cases/{case}/choose/", {"choice": "left"}, format="json")
    sent = {"base_revision": 0, "label": "helped"}
    answers = [
        client.post(
            f"/api/v1/cases/{case}/annotation/", sent, format="json", headers={"Idempotency-Key": "click"}
        ).json()
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert Annotation.objects.count() == 1


def test_a_webhook_is_registered_once_and_its_secret_is_neither_stored_nor_shown_again(client, settings):
    settings.PRIVATE_WEBHOOK_HOSTS = ["127.0.0.1"]
    sent = {"url": "http://127.0.0.1:9/hook", "kinds": ["study.completed"]}
    first, again = (client.post(WEBHOOKS, sent, format="json", headers={"Idempotency-Key": "hook"}) for _ in range(2))
    assert first.json()["secret"].startswith("whsec_")
    assert (again.status_code, Webhook.objects.count()) == (409, 1)
    assert "was carried out before. Its answer holds a secret" in again.json()["detail"]
    assert "whsec_" not in again.content.decode()
    assert KeyedRequest.objects.get().body == ""


def test_other_answers_with_a_secret_are_not_stored_either_whatever_key_is_sent(client, world, lena):
    login = {"username": "lena", "password": "lena-password-1"}
    webhook = make_webhook(world.study)
    sent = {"format": "json", "headers": {"Idempotency-Key": "k1"}}
    assert client_of(None).post("/api/v1/token/", login, **sent).json()["token"]
    assert client.post(f"{WEBHOOKS}{webhook.pk}/secret/", {}, **sent).json()["secret"]
    assert not KeyedRequest.objects.exists()


def test_no_answer_that_is_stored_has_a_field_for_a_secret(client):
    schema = client.get("/api/v1/schema/?format=json").json()
    with_secrets = {
        operation["operationId"]
        for operations in schema["paths"].values()
        for operation in operations.values()
        if any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", ()))
        and {"token", "secret", "password"} & fields_of(operation["responses"], schema)
    }
    assert with_secrets == {"webhook_register"}, "decorate it with idempotent_with_secret, and name it here"


def fields_of(node, schema, seen=frozenset()):
    """The names of all fields of the bodies that this part of the description names."""
    if isinstance(node, list):
        return set().union(*(fields_of(inner, schema, seen) for inner in node))
    if not isinstance(node, dict):
        return set()
    found = {*node.get("properties", {})}
    name = node.get("$ref", "").rpartition("/")[2]
    if name and name not in seen:
        found |= fields_of(schema["components"]["schemas"][name], schema, seen | {name})
    return found.union(*(fields_of(inner, schema, seen) for inner in node.values()))


@pytest.mark.django_db(transaction=True)
def test_six_requests_with_one_key_at_once_create_one_thing_and_are_answered_alike():
    world = make_world()
    lena = User.objects.create_user("lena")
    member_add(study=world.study, user=lena, role="lead")
    client = client_of(lena)
    token, start, answers = client._credentials, threading.Barrier(6), []

    def send():
        try:
            own = client_of(None)
            own.credentials(**token)
            start.wait(10)
            answers.append(create(own))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = [answer.json() for answer in answers if answer.status_code == 201]
    assert len(answers) == 6
    assert made
    assert made == [made[0]] * len(made)
    assert PromptSet.objects.filter(name="mine").count() == 1
    assert create(client)["Idempotency-Replayed"] == "true"
