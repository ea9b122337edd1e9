"""What leads make over REST: runs, imports, studies, practice, snapshots, traces, models; and accounts of the site."""

import json

import pytest
from django.contrib.auth.models import User

from annotator.accounts.models import ApiToken
from annotator.accounts.services import token_issue
from annotator.api import file_bodies
from annotator.releases import services as releases
from annotator.runs.models import Run
from annotator.runs.services.workers import worker_seen
from annotator.studies.models import Study
from tests.api.client import client_of
from tests.cast import make_world

RUNS = "/api/v1/runs/"
STUDY = "/api/v1/studies/pilot/"
IMPORT = f"{RUNS}import/?dataset=pilot&version=1&language_model=elsewhere&strategy=base&split=none"
NEW_RUN = {"dataset": {"name": "pilot", "version": 1}, "language_model": "tiny", "strategy": "restate"}
LINES = b"".join(
    json.dumps({"key": key, "response": f"About {key}."}).encode() + b"\n" for key in ("rain", "tea", "bike", "moon")
)


@pytest.fixture
def client(world, lena):
    return client_of(lena)


@pytest.fixture
def root(world):
    return client_of(User.objects.create_user("root", is_staff=True))


def posted(client, url, status=200, **body):
    response = client.post(url, body, format="json")
    assert response.status_code == status, response.content
    return response.json() if response.content else None


# --- runs -----------------------------------------------------------------------------------------------------------


def test_a_run_is_started_paused_resumed_and_cancelled(client):
    (run,) = posted(client, RUNS, 201, **NEW_RUN, budget={"tokens": 5000})["runs"]
    assert (run["strategy"], run["status"], Run.objects.get(pk=run["id"]).budget_tokens) == ("restate", "running", 5000)
    assert [posted(client, f"{RUNS}{run['id']}/{act}/")["status"] for act in ("pause", "resume", "cancel")] == [
        "paused",
        "running",
        "cancelled",
    ]
    assert "nothing to pause" in posted(client, f"{RUNS}{run['id']}/pause/", 409)["detail"]
    assert client.get(f"{RUNS}{run['id']}/").json()["status"] == "cancelled"


def test_the_same_run_is_not_started_twice_and_repeats_differ_in_their_seeds(client):
    first = posted(client, RUNS, 201, **NEW_RUN)["runs"]
    assert posted(client, RUNS, 201, **NEW_RUN)["runs"][0]["id"] == first[0]["id"]
    sampling = {"temperature": 0.7, "seed": 5}
    repeats = posted(client, RUNS, 201, **NEW_RUN, sampling=sampling, repeats=2)["runs"]
    assert [run["sampling"]["seed"] for run in repeats] == [5, 6]
    assert repeats[1]["repeat_of"] == repeats[0]["id"]


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ({"strategy": "magic"}, 400, "strategy: 'magic' is unknown"),
        ({"language_model": "huge"}, 400, "language_model: No language model is called 'huge'"),
        ({"router": "none@1"}, 400, "router: No router is called"),
        ({"dataset": {"name": "none", "version": 1}}, 404, "Nothing is here"),
        ({"sampling": {"temperature": 99}}, 409, "sampling: temperature"),
        ({"parameters": {"rounds": 1}}, 409, ""),
    ],
)
def test_a_run_that_cannot_be_is_refused_in_words(client, body, status, sentence):
    before = Run.objects.count()
    assert posted(client, RUNS, status, **{**NEW_RUN, **body})["detail"].startswith(sentence)
    assert Run.objects.count() == before


def imported(client, body=LINES, url=IMPORT):
    return client.generic("POST", url, body, content_type="application/octet-stream")


def test_a_file_of_responses_is_imported_once(client):
    made, again = imported(client), imported(client)
    assert (made.status_code, again.status_code) == (201, 200), made.content
    assert made.json()["id"] == again.json()["id"]
    assert Run.objects.get(pk=made.json()["id"]).generations.count() == 4


def test_a_file_with_rows_that_fit_no_prompt_is_refused_with_its_rows(client):
    refused = imported(client, LINES + b'{"key": "sun", "response": "About the sun."}\n')
    assert refused.status_code == 422
    assert "5" in refused.json()["errors"][0]["detail"]
    assert imported(client, LINES, f"{IMPORT}&set_aside=true").status_code == 201


@pytest.mark.parametrize(
    ("url", "status", "sentence"),
    [
        (IMPORT.replace("split=none", "split=halves"), 400, "split: "),
        (IMPORT.replace("strategy=base", "strategy=magic"), 400, "strategy: "),
        (f"{IMPORT}&colour=red", 400, "Unknown query parameter 'colour'"),
        (f"{RUNS}import/", 400, "dataset: This field is required."),
    ],
)
def test_an_import_that_is_not_understood_is_refused(client, url, status, sentence):
    refused = imported(client, url=url)
    assert (refused.status_code, refused.json()["detail"].startswith(sentence)) == (status, True), refused.content


def test_a_file_that_is_too_large_is_refused(client, monkeypatch):
    monkeypatch.setattr(file_bodies, "FILE_CAP", 20)
    assert imported(client).status_code == 413


# --- datasets -------------------------------------------------------------------------------------------------------


PROMPTS = json.dumps(
    {"key": "sun", "prompt": "No commas.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}
).encode()


def test_a_dataset_is_imported_once_and_other_content_is_the_next_version(client):
    url = "/api/v1/datasets/import/?name=suns"
    made, again, other = (imported(client, body, url) for body in (PROMPTS, PROMPTS, PROMPTS.replace(b"sun", b"star")))
    assert [answer.status_code for answer in (made, again, other)] == [201, 200, 201], made.content
    assert [answer.json()["version"] for answer in (made, again, other)] == [1, 1, 2]


def test_a_dataset_with_a_bad_line_is_refused_with_the_line(client):
    refused = imported(client, PROMPTS + b"\n{}", "/api/v1/datasets/import/?name=suns")
    assert (refused.status_code, "line 2" in refused.json()["errors"][0]["detail"]) == (422, True), refused.content


# --- studies --------------------------------------------------------------------------------------------------------


def new_study(world, **fields):
    codebook = {"name": world.codebook.name, "version": world.codebook.version}
    runs = {"first_run": world.first_run.pk, "second_run": world.second_run.pk}
    return {"slug": "second", "title": "Again", "codebook": codebook, **runs, **fields}


def test_a_study_is_created_and_its_maker_owns_it(client, world, lena):
    made = posted(client, "/api/v1/studies/", 201, **new_study(world, overlap=2, blind=False))
    assert (made["slug"], made["overlap"], made["blind"]) == ("second", 2, False)
    study = Study.objects.get(slug="second")
    assert [(row.user, row.role) for row in study.memberships.all()] == [(lena, "owner")]
    assert study.cases.count() == 4


def test_a_study_of_runs_that_are_not_ones_own_is_refused(client, world):
    other = make_world("other")
    refused = posted(client, "/api/v1/studies/", 400, **new_study(world, second_run=other.second_run.pk))
    assert refused["errors"][0]["pointer"] == "#/second_run"
    assert posted(client, "/api/v1/studies/", 409, **new_study(world, slug="pilot"))["detail"]
    assert posted(client, "/api/v1/studies/", 400, **new_study(world, codebook={"name": "no", "version": 1}))["detail"]


def test_codebooks_and_backends_are_listed(client):
    assert [row["name"] for row in client.get("/api/v1/codebooks/").json()["results"]] == ["paper"]
    assert "scripted" in [row["name"] for row in client.get("/api/v1/backends/").json()]


def test_a_case_becomes_practice_and_a_real_one_again(client, world):
    case = world.study.cases.get(prompt__key="moon").pk
    made = posted(client, f"{STUDY}cases/{case}/practice/", label="hurt", patterns=["neglected"], feedback="See?")
    assert (made["case"], made["label"], made["patterns"]) == (case, "hurt", ["neglected"])
    posted(client, f"{STUDY}cases/{case}/practice/end/", 204)
    assert not hasattr(world.study.cases.get(pk=case), "practice")


def test_a_snapshot_is_asked_for_built_listed_and_its_files_come_in_ranges(client, settings, tmp_path, monkeypatch):
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(releases, "builder_start", lambda: None)
    monkeypatch.setattr(releases, "_REPORT_EVERY_S", 600.0)  # its thread would wait for this test's transaction
    made = posted(client, f"{STUDY}snapshots/", 201, licence="CC-BY-4.0")
    assert (made["number"], made["status"], made["files"]) == (1, "queued", [])
    assert posted(client, f"{STUDY}snapshots/", 201, licence="CC-BY-4.0")["number"] == 1, "one waits already"
    releases.snapshots_build()
    (listed,) = client.get(f"{STUDY}snapshots/").json()["results"]
    assert listed["status"] == "done"
    url = f"{STUDY}snapshots/1/manifest.json"
    whole = client.get(url)
    content = b"".join(whole.streaming_content)
    assert whole["ETag"] == f'"{listed["hash"]}"'
    part = client.get(url, headers={"Range": "bytes=5-9"})
    assert (part.status_code, b"".join(part.streaming_content)) == (206, content[5:10])
    assert client.get(url, headers={"Range": f"bytes={len(content)}-"}).status_code == 416
    assert [client.get(f"{STUDY}snapshots/{place}").status_code for place in ("1/none", "2/manifest.json")] == [
        404,
        404,
    ]


def test_traces_are_refused_where_no_model_shows_its_attention(client):
    assert "no one model that shows its attention" in posted(client, f"{STUDY}attention/traces/", 409)["detail"]
    assert client.get(f"{STUDY}attention/traces/").json()["results"] == []


@pytest.mark.parametrize("boost", [-1, 21])
def test_a_boost_beyond_what_is_possible_is_refused_by_its_place(client, boost):
    assert "boosts" in str(posted(client, f"{STUDY}attention/traces/", 400, boosts=[boost]))


def test_a_model_of_the_catalogue_is_registered_and_an_unknown_one_refused(client):
    assert posted(client, "/api/v1/language-models/", 409, catalogue="none")["detail"]


# --- the site -------------------------------------------------------------------------------------------------------


def test_a_site_lead_lists_workers(root, world):
    worker_seen(name="w1", queue=world.language_model.queue)
    assert [row["name"] for row in root.get("/api/v1/workers/").json()["results"]] == ["w1"]


def test_a_site_lead_lists_closes_and_opens_accounts(root, alice):
    assert "alice" in [row["username"] for row in root.get("/api/v1/people/?open=true").json()["results"]]
    assert posted(root, f"/api/v1/people/{alice.pk}/close/")["open"] is False
    assert posted(root, f"/api/v1/people/{alice.pk}/open/")["open"] is True


def test_everybody_lists_and_ends_their_own_tokens_and_leads_those_of_members(client, root, world, alice, lena):
    issued = token_issue(user=alice, name="notebook", scopes=["read"])
    hers = client_of(alice)
    listed = hers.get("/api/v1/tokens/").json()
    assert {"notebook": ["read"]}.items() <= {row["name"]: row["scopes"] for row in listed}.items()
    assert issued.text[:15] not in str(listed)
    posted(hers, f"/api/v1/tokens/{issued.token.public_id}/revoke/", 204)
    member = world.study.memberships.get(user=alice).pk
    for boss, url in ((client, f"{STUDY}members/{member}/tokens"), (root, f"/api/v1/people/{alice.pk}/tokens")):
        token = token_issue(user=alice).token.public_id
        posted(boss, f"{url}/{token}/revoke/", 204)
        assert not ApiToken.objects.filter(public_id=token).exists()
    posted(hers, "/api/v1/account/logout/", 204)
    assert hers.get("/api/v1/tokens/").status_code == 401
