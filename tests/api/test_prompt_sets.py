"""Prompt sets and training rows over REST: for curators and leads, in every format, withdrawn ones counted."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator.exemplars.models import PromptSet, PromptSetUse
from annotator.releases.pairs import PAIR_FORMATS, pairs_file
from annotator.releases.prompt_sets import PROMPT_SET_FORMATS, prompt_set_file
from tests.api.client import client_of
from tests.releases.curated import make_curated, withdraw

SETS = "/api/v1/studies/pilot/prompt-sets/"
EXPORT = f"{SETS}no-commas/v1/export/"
PAIRS = "/api/v1/studies/pilot/pairs.jsonl"


@pytest.fixture
def curated(world, dan):
    return make_curated(world.study, dan, budget_tokens=512)


def body(response):
    return b"".join(response.streaming_content).decode()


def test_a_curator_lists_the_sets_of_the_study(curated, dan):
    PromptSet.objects.create(study=curated.study, name="no-commas", version=2)
    PromptSet.objects.create(study=curated.study, name="other")
    found = client_of(dan).get(SETS, {"name": "no-commas"}).json()["results"]
    assert [(row["name"], row["version"], row["budget_tokens"]) for row in found] == [
        ("no-commas", 1, 512),
        ("no-commas", 2, None),
    ]


def create(person, **body):
    return client_of(person).post(SETS, {"name": "mine", **body}, format="json")


def test_a_set_is_created_with_its_exemplars_in_order(curated, dan):
    ids = [curated.exemplars[key].pk for key in ("bike", "tea")]
    response = create(dan, exemplars=ids, template="block", budget_tokens=400, language_model="tiny")
    assert response.status_code == 201
    assert (response.json()["version"], response.json()["language_model"]) == (1, "tiny")
    found = client_of(dan).get(f"{SETS}mine/v1/").json()
    assert [member["exemplar"] for member in found["members"]] == ids
    assert (found["template"], found["budget_tokens"], found["frozen_at"]) == ("block", 400, None)


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ({"template": "poem"}, 400, "template: 'poem' is unknown; choose one of turns, block."),
        ({"language_model": "huge"}, 400, "language_model: 'huge' is no language model of this study; choose one of"),
        ({"exemplars": [0]}, 400, "exemplars.0: "),
        ({"exemplars": [10**30]}, 400, "exemplars.0: "),
        ({"exemplars": [999_999]}, 409, ""),
        ({"name": "no-commas"}, 409, ""),
        ({"size": 4}, 400, "Unknown field 'size'; known fields: name, exemplars"),
    ],
)
def test_a_set_that_cannot_be_created_is_refused_in_one_sentence(curated, dan, body, status, sentence):
    response = create(dan, **body)
    assert response.status_code == status
    assert response.json()["detail"].startswith(sentence)
    assert not PromptSet.objects.filter(name="mine").exists()


def start(person, **body):
    return client_of(person).post(f"{SETS}no-commas/v1/runs/", body, format="json")


def test_a_run_leaves_out_the_prompts_of_its_exemplars_and_says_how_far_it_is(curated, dan):
    (run,) = start(dan).json()
    assert (run["strategy"], run["status"]) == ("few_shot", "running")
    (use,) = client_of(dan).get(f"{SETS}no-commas/v1/").json()["uses"]
    assert (use["run"], use["status"], use["finished"]) == (run["id"], "running", 0)
    assert {leak["key"] for leak in use["excluded"]} >= {"tea", "bike"}
    assert use["prompts_before"] - use["prompts_after"] == len(use["excluded"])


def test_a_run_is_started_once_and_beside_those_that_it_is_compared_with(curated, dan):
    runs = start(dan, compared_with=["base"], sampling={"max_new_tokens": 32}).json()
    assert [run["strategy"] for run in runs] == ["few_shot", "base"]
    assert start(dan, compared_with=["base"], sampling={"max_new_tokens": 32}).json() == runs


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"sampling": {"warmth": 1}}, 409),
        ({"compared_with": ["poem"]}, 400),
        ({"language_model": "huge"}, 400),
        ({"random_seed": -1}, 400),
    ],
)
def test_a_run_that_cannot_be_started_is_refused_and_freezes_nothing(curated, dan, body, status):
    assert start(dan, **body).status_code == status
    curated.prompt_set.refresh_from_db()
    assert curated.prompt_set.frozen_at is None


def test_a_set_with_a_withdrawn_exemplar_starts_no_run(curated, dan):
    withdraw(curated.exemplars["bike"], dan)
    response = start(dan)
    assert response.status_code == 409
    assert "make a new version without it" in response.json()["detail"]


def test_a_set_has_its_members_in_order_and_the_runs_that_used_it(curated, dan):
    withdraw(curated.exemplars["bike"], dan)
    excluded = [{"key": "tea", "exemplar": curated.exemplars["tea"].pk, "rule": "identical", "similarity": 1.0}]
    PromptSetUse.objects.create(
        prompt_set=curated.prompt_set,
        run=curated.study.first_run,
        excluded=excluded,
        prompts_before=4,
        prompts_after=3,
    )
    found = client_of(dan).get(f"{SETS}no-commas/v1/").json()
    tea, bike = found["members"]
    assert (tea["position"], tea["key"], tea["answer"], tea["withdrawn_reason"]) == (0, "tea", "Tea of course.", "")
    assert (bike["position"], bike["withdrawn_reason"]) == (1, "It is dull.")
    (use,) = found["uses"]
    assert (use["excluded"], use["prompts_before"], use["prompts_after"]) == (excluded, 4, 3)


def test_longer_sets_cost_no_more_queries(curated, dan):
    client = client_of(dan)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{SETS}no-commas/v1/").status_code == 200
        counts.append(len(queries))
        curated.prompt_set.members.filter(position=1).delete()
    assert counts[0] == counts[1]


@pytest.mark.parametrize("format", PROMPT_SET_FORMATS)
def test_every_format_is_downloaded_as_the_command_writes_it(curated, dan, format):
    withdraw(curated.exemplars["bike"], dan)
    response = client_of(dan).get(EXPORT, {"format": format})
    file = prompt_set_file(curated.prompt_set, format)
    assert body(response) == "".join(file.parts)
    assert response["Content-Type"] == file.media_type
    assert response["Content-Disposition"] == f'attachment; filename="{file.name}"'
    assert response["Cotrast-Left-Out"] == "withdrawn=1"


@pytest.mark.parametrize("format", PAIR_FORMATS)
def test_training_rows_are_downloaded_as_the_command_writes_them(curated, dan, format):
    response = client_of(dan).get(PAIRS, {"format": format})
    assert body(response) == "".join(pairs_file(curated.study, format).parts)
    assert response["Content-Type"] == "application/x-ndjson"


def test_without_a_format_the_first_one_is_sent(curated, lena):
    client = client_of(lena)
    assert "messages" in json.loads(body(client.get(EXPORT)).splitlines()[0])
    assert "chosen" in json.loads(body(client.get(PAIRS)).splitlines()[0])


@pytest.mark.parametrize("url", [EXPORT, PAIRS])
def test_an_unknown_format_is_refused_with_the_known_ones(curated, dan, url):
    response = client_of(dan).get(url, {"format": "csv"})
    assert response.status_code == 400
    assert response.json()["detail"].startswith("format: 'csv' is unknown; choose one of ")


def test_a_set_without_an_exemplar_is_refused_with_the_way_out(curated, dan):
    curated.prompt_set.members.all().delete()
    response = client_of(dan).get(EXPORT)
    assert (response.status_code, response.json()["detail"]) == (
        409,
        "no-commas v1 of pilot has no exemplar to export; add one on its page first.",
    )


@pytest.mark.parametrize("url", [SETS, f"{SETS}no-commas/v1/", EXPORT, PAIRS])
def test_who_curates_nothing_here_finds_nothing_here(curated, alice, carol, mallory, url):
    for person in (alice, carol, mallory):
        assert client_of(person).get(url).status_code == 404
