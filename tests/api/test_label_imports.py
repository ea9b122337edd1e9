"""Labels of Label Studio and Argilla become a study over REST: all or nothing, for leads, over their own runs alone."""

import json
from urllib.parse import urlencode

import pytest

from annotator.runs.models import Run
from annotator.studies.models import Annotation, Study
from tests.api.client import client_of
from tests.cast import make_world
from tests.studies.labelled_files.files import TEA, argilla_record, task

URL = "/api/v1/labels/import/"
SENT = {
    "dataset": "pilot",
    "version": "1",
    "study": "theirs",
    "first": "answer_a",
    "second": "answer_b",
    "control": "comparison",
    "note": "why",
    "means": ["left=hurt", "right=helped", "same=no_difference"],
    "language_model": "their-model",
}


@pytest.fixture
def client(world, lena):
    return client_of(lena)


def imported(client, rows, **changed):
    sent = {name: value for name, value in {**SENT, **changed}.items() if value is not None}
    body = rows if isinstance(rows, bytes) else json.dumps(rows).encode()
    return client.post(f"{URL}?{urlencode(sent, doseq=True)}", body, content_type="application/octet-stream")


@pytest.fixture
def nothing_stored(world):
    before = (Study.objects.count(), Run.objects.count())
    yield
    assert (Study.objects.count(), Run.objects.count()) == before


def test_tasks_of_label_studio_become_a_study_that_the_sender_owns(client, lena):
    made = imported(client, [task(), task(TEA, {4: "left"})])
    assert (made.status_code, made.json()) == (
        201,
        {"study": "theirs", "annotations": 3, "annotators": 2, "left_out": 0, "set_aside": 0},
    )
    study = Study.objects.get(slug="theirs")
    assert study.memberships.get(user=lena).role == "owner"
    labels = Annotation.objects.filter(assignment__case__study=study).values_list("label", "note")
    assert sorted(labels) == [("helped", "Two."), ("hurt", "Two."), ("hurt", "Two.")]
    assert {run.created_by for run in (study.first_run, study.second_run)} == {lena}
    assert [row["outcome"] for row in client.get("/api/v1/studies/theirs/cases/").json()["results"]]


def test_records_of_argilla_become_a_study_too(client):
    made = imported(client, [argilla_record()], note=None)
    assert (made.status_code, made.json()["annotations"]) == (201, 2), made.content


def test_the_short_name_of_a_study_is_taken_once(client):
    assert imported(client, [task()]).status_code == 201
    again = imported(client, [task()])
    assert (again.status_code, Study.objects.filter(slug="theirs").count()) == (409, 1), again.content


@pytest.mark.usefixtures("nothing_stored")
def test_a_row_that_cannot_be_used_refuses_the_whole_file_and_is_named(client):
    refused = imported(client, [task(), task("Write about the sun.")])
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("Nothing was imported, because 1 row was refused")
    assert refused.json()["errors"][0]["detail"].startswith("Row 2: ")


def test_bad_rows_are_set_aside_where_that_is_asked_for(client):
    made = imported(client, [task(), task("Write about the sun.")], set_aside="true")
    assert (made.status_code, made.json()["set_aside"]) == (201, 1)


@pytest.mark.usefixtures("nothing_stored")
@pytest.mark.parametrize(
    ("rows", "changed", "status", "sentence"),
    [
        (b"", {}, 422, "Nothing was imported."),
        (b"[1]", {}, 422, "Nothing was imported."),
        (b"no JSON", {}, 422, "Nothing was imported."),
        ([task()], {"means": ["left"]}, 400, "means: 'left' is not VALUE=LABEL; labels: helped, "),
        ([task()], {"means": ["left=better"]}, 400, "means: 'left=better' is not VALUE=LABEL; labels: helped, "),
        ([task()], {"means": None}, 400, "means: This field is required."),
        ([task()], {"split": "halves"}, 400, "split: "),
        ([task()], {"tool": "paper"}, 400, "tool: 'paper' is unknown; choose one of "),
        ([task()], {"colour": "red"}, 400, "Unknown query parameter 'colour'"),
        ([task()], {"codebook": "nowhere"}, 400, "No codebook is called 'nowhere'"),
        ([task()], {"dataset": "nowhere"}, 404, "Nothing is here, or it is not yours to open."),
        ([task()], {"study": "no name"}, 409, "Study 'no name': "),
    ],
)
def test_what_is_not_understood_is_refused_in_words(client, rows, changed, status, sentence):
    refused = imported(client, rows, **changed)
    assert (refused.status_code, refused["Content-Type"]) == (status, "application/problem+json"), refused.content
    assert refused.json()["detail"].startswith(sentence), refused.content


def test_the_run_of_another_lead_with_the_same_answers_is_not_taken_over(client, world, mallory):
    assert imported(client, [task()]).status_code == 201
    own = Study.objects.get(slug="theirs")
    other = make_world("elsewhere", lead=mallory)
    made = imported(client_of(mallory), [task()], study="mine")
    assert made.status_code == 201, made.content
    mine = Study.objects.get(slug="mine")
    assert not {own.first_run, own.second_run, other.first_run} & {mine.first_run, mine.second_run}


@pytest.mark.usefixtures("nothing_stored")
def test_who_leads_nothing_imports_nothing(world, alice):
    assert imported(client_of(alice), [task()]).status_code == 404
