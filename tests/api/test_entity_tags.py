"""Entity tags: 304 for what a client has already, 412 for a change of what it has not seen."""

import pytest

from annotator.studies.models import Codebook, Study
from tests.api.client import client_of
from tests.releases.curated import make_curated

STUDY = "/api/v1/studies/pilot/"
CODEBOOK = f"{STUDY}codebook/"
SET = f"{STUDY}prompt-sets/no-commas/v1/"


@pytest.fixture
def client(world, lena):
    return client_of(lena)


def tag(client, url):
    return client.get(url)["ETag"]


@pytest.mark.parametrize("url", [STUDY, CODEBOOK, "/api/v1/studies/", f"{STUDY}queue/"])
def test_what_has_not_changed_is_answered_with_304_and_no_body(client, url):
    again = client.get(url, headers={"If-None-Match": tag(client, url)})
    assert (again.status_code, again.content) == (304, b"")


def test_what_has_changed_is_sent_again(client, world):
    before = tag(client, STUDY)
    Study.objects.update(title="Another title")
    again = client.get(STUDY, headers={"If-None-Match": before})
    assert (again.status_code, again.json()["title"]) == (200, "Another title")
    assert again["ETag"] != before


def test_the_tag_is_the_same_whatever_the_client_accepts(client):
    assert client.get(STUDY, headers={"Accept": "application/json; indent=8"})["ETag"] == tag(client, STUDY)


def test_a_setting_is_changed_with_the_tag_that_was_read_and_refused_with_an_older_one(client):
    before = tag(client, STUDY)
    changed = client.patch(STUDY, {"verdicts_shown": "never"}, format="json", headers={"If-Match": before})
    assert (changed.status_code, changed.json()["verdicts_shown"]) == (200, "never")
    late = client.patch(STUDY, {"verdicts_shown": "from_start"}, format="json", headers={"If-Match": before})
    assert (late.status_code, "read it again" in late.json()["detail"]) == (412, True)
    assert Study.objects.get().verdicts_shown == "never"


@pytest.mark.parametrize("header", [{}, {"If-Match": "*"}])
def test_without_a_tag_every_state_is_the_right_one(client, header):
    changed = client.patch(STUDY, {"verdicts_shown": "never"}, format="json", headers=header)
    assert changed.status_code == 200


def content(client):
    read = client.get(CODEBOOK).json()
    return {"base_version": read["version"], "guideline": "Read.", "patterns": read["patterns"]}


def test_a_codebook_is_stored_as_the_next_version_once(client):
    new = content(client)
    saved = client.put(CODEBOOK, new, format="json", headers={"If-Match": tag(client, CODEBOOK)})
    assert (saved.status_code, saved.json()["version"], saved.json()["guideline"]) == (200, 2, "Read.")
    assert Codebook.objects.count() == 2
    assert client.put(CODEBOOK, {**new, "guideline": "Else."}, format="json").status_code == 409


def test_a_prompt_set_is_changed_in_place_and_not_over_an_unseen_change(world, client, dan):
    curated = make_curated(world.study, dan)
    before = tag(client, SET)
    ids = [curated.exemplars["tea"].pk]
    changed = client.patch(SET, {"exemplars": ids, "template": "block"}, format="json", headers={"If-Match": before})
    assert changed.status_code == 200
    assert ([row["exemplar"] for row in changed.json()["members"]], changed.json()["template"]) == (ids, "block")
    late = client.patch(SET, {"template": "turns"}, format="json", headers={"If-Match": before})
    assert late.status_code == 412


def test_the_next_version_of_a_prompt_set_is_a_copy(world, client, dan):
    make_curated(world.study, dan)
    copied = client.post(f"{SET}copy/")
    assert (copied.status_code, copied.json()["version"]) == (201, 2)


def test_the_words_that_state_a_constraint_are_stored_all_or_none(client):
    url = "/api/v1/datasets/pilot/1/prompts/2/"
    before = tag(client, url)
    stored = client.put(f"{url}spans/", {"spans": [[0, 5], None]}, format="json", headers={"If-Match": before})
    assert [row["span"] for row in stored.json()["constraints"]] == [[0, 5], None]
    late = client.put(f"{url}spans/", {"spans": [None, None]}, format="json", headers={"If-Match": before})
    assert late.status_code == 412
    for wrong in ([[0, 5]], [[5, 5], None], [[0, 10**6], None]):
        assert client.put(f"{url}spans/", {"spans": wrong}, format="json").status_code == 400
    assert [row["span"] for row in client.get(url).json()["constraints"]] == [[0, 5], None]
