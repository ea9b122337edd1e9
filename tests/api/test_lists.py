"""Lists: keyset pages, named filters, and a sentence for every other parameter."""

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator.runs.models import Generation, ModelCall, Run
from annotator.runs.services.model_calls import CallRecord, calls_prepare, calls_replace
from annotator.studies.models import Practice
from annotator.studies.services import case_next
from tests.api.client import client_of
from tests.cast import SCENES
from tests.studies.annotating import submit

GENERATIONS = "/api/v1/runs/{}/generations/"
PROMPTS = "/api/v1/datasets/pilot/1/prompts/"
CASES = "/api/v1/studies/pilot/cases/"


@pytest.fixture
def client(world, lena):
    return client_of(lena)


def keys(response):
    return [row["key"] for row in response.json()["results"]]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 200])
def test_following_next_gives_every_row_once_and_in_order(client, limit):
    url, seen = f"{PROMPTS}?limit={limit}", []
    while url:
        page = client.get(url)
        assert len(page.json()["results"]) <= limit
        seen += keys(page)
        url = page.json()["next"]
    assert seen == [scene[0] for scene in SCENES]


def test_next_keeps_the_filters(client):
    page = client.get(f"{CASES}?outcome=tie&limit=1").json()
    assert "outcome=tie" in page["next"]
    assert client.get(page["next"]).json()["next"] is None


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("limit=0", "limit: Ensure this value is greater than or equal to 1."),
        ("limit=201", "limit: Ensure this value is less than or equal to 200."),
        ("limit=many", "limit: A valid integer is required."),
        ("after=-1", "after: Ensure this value is greater than or equal to 0."),
        ("after=x", "after: A valid integer is required."),
        ("page=2", "Unknown query parameter 'page'; known parameters: after, limit, key."),
        ("dataset__name=x", "Unknown query parameter 'dataset__name'; known parameters: after, limit, key."),
        ("ordering=key", "Unknown query parameter 'ordering'; known parameters: after, limit, key."),
        ("format=api", "Unknown query parameter 'format'; known parameters: after, limit, key."),
        ("key=%00", "key: Null characters are not allowed."),
    ],
)
def test_a_query_that_is_not_understood_is_refused_in_one_sentence(client, query, complaint):
    response = client.get(f"{PROMPTS}?{query}")
    assert (response.status_code, response.json()["detail"]) == (400, complaint)


@pytest.mark.parametrize("after", ["99999999999", "9" * 40])
def test_a_cursor_past_the_end_is_the_last_page(client, after):
    assert client.get(f"{PROMPTS}?after={after}").json() == {"results": [], "next": None}


def test_unknown_parameters_are_refused_on_every_route(client):
    for url, known in (("progress/", "none"), ("annotations.jsonl", "revisions, include")):
        refused = client.get(f"/api/v1/studies/pilot/{url}?x=1")
        assert refused.json()["detail"] == f"Unknown query parameter 'x'; known parameters: {known}."


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{PROMPTS}?key=tea", ["tea"]),
        (f"{CASES}?outcome=hurt", ["tea"]),
        (f"{CASES}?complete=true", []),
        (f"{CASES}?complete=false&outcome=helped", ["rain"]),
    ],
)
def test_filters_choose_rows(client, url, expected):
    assert keys(client.get(url)) == expected


def test_a_choice_that_is_none_is_refused(client):
    response = client.get(f"{CASES}?outcome=won")
    assert (response.status_code, response.json()["detail"]) == (
        400,
        "outcome: 'won' is unknown; choose one of helped, hurt, tie, no_answer.",
    )


def test_a_prompt_comes_with_its_constraints(client):
    bike = client.get(f"{PROMPTS}?key=bike").json()["results"][0]
    assert bike["constraints"] == [
        {"kind": "punctuation:no_comma", "kwargs": {}, "scope": "answer", "span": [20, 41]},
        {"kind": "change_case:english_lowercase", "kwargs": {}, "scope": "answer", "span": None},
    ]


def test_a_generation_comes_with_its_verdicts_in_both_scopes(client, world):
    (rain,) = client.get(GENERATIONS.format(world.second_run.pk) + "?key=rain").json()["results"]
    assert (rain["answer"], rain["reasoning"]) == ("Rain falls softly.", "Let me think about rain, slowly.")
    assert [(v["constraint"], v["scope"], v["strict"]) for v in rain["verdicts"]] == [
        (0, "answer", True),
        (0, "completion", False),
    ]
    assert rain["verdicts"][1]["evidence"]["strict"]["spans"]


def test_a_generation_comes_with_its_model_calls_what_was_sent_and_the_separate_reasoning(client, world):
    generation = world.second_run.generations.get(prompt__key="rain")
    sent = [("system", "Be brief."), ("user", "Write about rain.")]
    record = CallRecord("answer", sent, "Rain.", "stop", reasoning="Rain is wet.", reasoning_kind="summary")
    calls_replace(generation, calls_prepare(generation, [record, replace(record, step="revise", reasoning="")]))
    reusing = world.first_run.generations.get(prompt__key="rain")
    world.first_run.generations.filter(pk=reusing.pk).update(reused_from=generation)
    for run in (world.first_run, world.second_run):
        (row,) = client.get(GENERATIONS.format(run.pk) + "?key=rain").json()["results"]
        assert [(call["step"], call["text"], call["reasoning"]) for call in row["calls"]] == [
            ("answer", "Rain.", "Rain is wet."),
            ("revise", "Rain.", ""),
        ]
        assert [(message["role"], message["text"]) for message in row["calls"][1]["messages"]] == sent


def test_a_model_call_comes_with_its_settings_and_the_probabilities_of_labels(client, world):
    generation = world.second_run.generations.get(prompt__key="rain")
    settings = {"sampling": {"seed": 3}, "thinking": {"enabled": False}, "probabilities": {"Yes": 0.75, "No": 0.25}}
    calls_replace(generation, calls_prepare(generation, [CallRecord("decision", [], "Yes", "stop", **settings)]))
    world.second_run.generations.filter(pk=generation.pk).update(decision={"chose": "cot", "probability": 0.75})
    (row,) = client.get(GENERATIONS.format(world.second_run.pk) + "?key=rain").json()["results"]
    [call] = row["calls"]
    assert {name: call[name] for name in settings} == settings
    assert (call["tools"], call["tool_calls"], row["decision"]["chose"]) == ([], [], "cot")


def test_what_the_file_of_an_imported_run_does_not_state_is_null(client, world):
    run = world.second_run
    Run.objects.filter(pk=run.pk).update(source={"name": "answers.jsonl"}, sampling={})
    counts = ("reasoning_tokens", "answer_tokens", "other_tokens", "completion_tokens")
    counted, uncounted = run.generations.order_by("position")[:2]
    Generation.objects.filter(pk=uncounted.pk).update(**dict.fromkeys(counts, 0))
    for generation in (counted, uncounted):
        call = {"number": 1, "step": "imported", "messages": [], "finish_reason": "unknown", "model": "gpt-x"}
        ModelCall.objects.create(generation=generation, **call)
    first, second = client.get(f"/api/v1/runs/{run.pk}/generations/").json()["results"][:2]
    assert (first["completion_tokens"], first["prompt_tokens"]) == (408, None)
    assert [second[name] for name in counts] == [None] * 4
    assert [second["calls"][0][name] for name in ("prompt_tokens", "completion_tokens")] == [None, None]
    runs = {row["id"]: row for row in client.get("/api/v1/runs/").json()["results"]}
    assert runs[run.pk]["sampling"] is None
    assert runs[world.first_run.pk]["sampling"] == {"max_new_tokens": 64}
    [ours] = client.get(f"/api/v1/runs/{world.first_run.pk}/generations/?key=rain").json()["results"]
    assert (ours["prompt_tokens"], ours["reasoning_tokens"]) == (0, 0)


def test_a_repeat_names_the_first_of_its_runs(client, world):
    type(world.first_run).objects.filter(pk=world.second_run.pk).update(repeat_of=world.first_run)
    rows = client.get("/api/v1/runs/").json()["results"]
    assert {row["id"]: row["repeat_of"] for row in rows} == {
        world.first_run.pk: None,
        world.second_run.pk: world.first_run.pk,
    }


def test_the_schema_describes_what_a_model_call_sent_and_returned(client):
    schemas = client.get("/api/v1/schema/?format=json").json()["components"]["schemas"]
    call = schemas["ModelCall"]["properties"]
    assert call["messages"]["items"] == {"$ref": "#/components/schemas/SentMessage"}
    assert schemas["SentMessage"]["required"] == ["role", "text"]
    assert call["reasoning"]["type"] == "string"


def test_a_run_comes_with_the_parameters_of_its_strategy(client, world):
    world.second_run.parameters = {"exemplars": 4}
    world.second_run.save()
    rows = {row["id"]: row["parameters"] for row in client.get("/api/v1/runs/").json()["results"]}
    assert rows == {world.first_run.pk: {}, world.second_run.pk: {"exemplars": 4}}


def test_a_case_tells_outcome_contrast_and_how_many_have_judged_it(client, world, alice):
    case_id = submit(case_next(study=world.study, annotator=alice)).assignment.case_id
    rows = {row["id"]: row for row in client.get(CASES).json()["results"]}
    assert [row["submitted"] for pk, row in rows.items() if pk != case_id] == [0, 0, 0]
    assert (rows[case_id]["submitted"], rows[case_id]["complete"]) == (1, True)
    assert {row["key"]: row["contrast"] for row in rows.values()}["bike"] == ["gained", "lost"]


def test_a_case_tells_its_gold_label_and_whether_it_is_for_practice(client, world, alice):
    gold = submit(case_next(study=world.study, annotator=alice), label="hurt").assignment.case
    practice = submit(case_next(study=world.study, annotator=alice), label="hurt").assignment.case
    Practice.objects.create(case=practice, label="helped")
    rows = {row["id"]: (row["gold"], row["practice"]) for row in client.get(CASES).json()["results"]}
    assert rows.pop(gold.pk) == ("hurt", False)
    assert rows.pop(practice.pk) == (None, True)
    assert set(rows.values()) == {(None, False)}


def test_a_lead_sees_the_runs_of_their_study(client, world):
    rows = client.get("/api/v1/runs/?dataset=pilot&language_model=tiny").json()["results"]
    assert [(row["id"], row["strategy"], row["dataset"]) for row in rows] == [
        (world.first_run.pk, "base", {"name": "pilot", "version": 1}),
        (world.second_run.pk, "cot", {"name": "pilot", "version": 1}),
    ]
    assert client.get("/api/v1/runs/?status=running").json()["results"] == []


def test_a_language_model_is_told_without_its_options(client, world):
    world.language_model.options = {"base_url": "http://10.0.0.1", "api_key": "secret"}
    world.language_model.save()
    response = client.get("/api/v1/language-models/")
    assert [row["slug"] for row in response.json()["results"]] == ["tiny"]
    assert b"secret" not in response.content
    assert b"10.0.0.1" not in response.content


@pytest.mark.parametrize("url", [PROMPTS, CASES, "generations", "/api/v1/runs/", "/api/v1/studies/"])
def test_a_page_of_four_costs_what_a_page_of_one_costs(client, world, url):
    url = GENERATIONS.format(world.first_run.pk) if url == "generations" else url
    for generation in world.first_run.generations.all():
        record = CallRecord("answer", [("user", generation.prompt.text)], "Rain.", "stop")
        calls_replace(generation, calls_prepare(generation, [record]))
    counts = []
    for limit in (1, 200):
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{url}?limit={limit}")
        counts.append(len(queries))
    assert counts[1] <= counts[0]


@pytest.mark.parametrize(
    "url",
    [
        "/api/v1/runs/999999/generations/",
        "/api/v1/runs/99999999999999999999999/generations/",
        "/api/v1/datasets/pilot/2/prompts/",
        "/api/v1/datasets/pilot/99999999999999999999999/prompts/",
        "/api/v1/studies/nowhere/cases/",
        "/api/v1/studies/%00/progress/",
        "/api/v1/studies/..%2F..%2Fetc/cases/",
    ],
)
def test_what_does_not_exist_is_not_found(client, url):
    assert client.get(url).status_code == 404


def test_answers_are_json_whatever_is_asked_for(client):
    response = client.get("/api/v1/studies/", HTTP_ACCEPT="text/html")
    assert response["Content-Type"] == "application/json"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("change", ["close", "reopen"])
def test_a_study_is_closed_and_opened_by_its_address_alone(client, world, lena, change):
    world.study.status = "open" if change == "close" else "closed"
    world.study.save()
    address = f"/api/v1/studies/pilot/{change}/"
    refused = client_of(lena).post(address, {"x": 1}, format="json")
    assert refused.status_code == 400
    assert refused.json()["detail"] == "Unknown field 'x'; nothing is sent here but an empty object."
    for body in ({"data": {}, "format": "json"}, {}):
        assert client_of(lena).post(address, **body).status_code == 200
