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
    assert (response.status_code, response.json()) == (
        409,
        {"detail": "no-commas v1 of pilot has no exemplar to export; add one on its page first."},
    )


@pytest.mark.parametrize("url", [SETS, f"{SETS}no-commas/v1/", EXPORT, PAIRS])
def test_who_curates_nothing_here_finds_nothing_here(curated, alice, carol, mallory, url):
    for person in (alice, carol, mallory):
        assert client_of(person).get(url).status_code == 404
