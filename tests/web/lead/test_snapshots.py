"""The page of snapshots: asked for once, built under a claim, watched, downloaded and resumed."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.claims import release_expired
from annotator.releases import services
from annotator.releases.models import Snapshot
from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.verification import first_difference
from tests.cast import World

PAGE = "/studies/pilot/snapshots/"


@pytest.fixture
def browser(client: Client, lena: User, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Client:
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(services, "builder_start", lambda: None)
    client.force_login(lena)
    return client


@pytest.fixture
def done(world: World, browser: Client) -> Snapshot:
    browser.post(f"{PAGE}new/", {"licence": "CC-BY-4.0", "anonymous": "yes"})
    assert services.snapshots_build() == 1
    return Snapshot.objects.select_related("study").get()


def test_one_is_asked_for_and_a_second_click_makes_no_second_one(world: World, browser: Client) -> None:
    for _ in range(2):
        assert "Snapshot 1 is being built" in browser.post(f"{PAGE}new/", follow=True).content.decode()
    assert Snapshot.objects.count() == 1
    assert "data-poll" in browser.get(f"{PAGE}progress/").content.decode()


def test_it_is_built_verified_and_shown_with_its_files(done: Snapshot, browser: Client) -> None:
    assert (done.status, done.anonymous, done.licence) == ("done", True, "CC-BY-4.0")
    assert first_difference(done.folder) is None
    html = browser.get(PAGE).content.decode()
    assert done.hash in html
    assert f'href="{PAGE}1/cases.parquet"' in html
    assert "data-poll" not in html


def test_a_download_is_resumed_where_it_broke_off(done: Snapshot, browser: Client) -> None:
    whole = browser.get(f"{PAGE}1/generations.jsonl")
    content = whole.getvalue()  # type: ignore[attr-defined]
    assert content == (done.folder / "generations.jsonl").read_bytes()
    assert whole["Content-Disposition"] == 'attachment; filename="pilot-1-generations.jsonl"'
    headers = {"Range": "bytes=100-", "If-Range": whole["ETag"]}
    rest = browser.get(f"{PAGE}1/generations.jsonl", headers=headers)
    assert rest.status_code == 206
    assert rest["Content-Range"] == f"bytes 100-{len(content) - 1}/{len(content)}"
    assert content[:100] + rest.getvalue() == content  # type: ignore[attr-defined]
    last = browser.get(f"{PAGE}1/generations.jsonl", headers={"Range": "bytes=-7"})
    assert last.getvalue() == content[-7:]  # type: ignore[attr-defined]
    other = browser.get(f"{PAGE}1/generations.jsonl", headers={"Range": "bytes=5-", "If-Range": '"other"'})
    assert (other.status_code, other.getvalue()) == (200, content)  # type: ignore[attr-defined]
    assert browser.get(f"{PAGE}1/generations.jsonl", headers={"Range": "bytes=99999999-"}).status_code == 416


@pytest.mark.parametrize("name", ["nothing.jsonl", "..%2Fsecret_key", ".generations.jsonl", "index.html%00"])
def test_no_other_file_is_sent(done: Snapshot, browser: Client, name: str) -> None:
    (done.folder.parent / "secret_key").write_text("k")
    assert browser.get(f"{PAGE}1/{name}").status_code == 404


def test_the_viewer_is_a_download_and_never_a_page_of_ours(done: Snapshot, browser: Client) -> None:
    answer = browser.get(f"{PAGE}1/index.html")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")


def test_a_failure_is_shown_in_words(world: World, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise SnapshotError("cannot write it: No space left on device; make room, or name another folder.")

    monkeypatch.setattr(services, "build_snapshot", refuse)
    browser.post(f"{PAGE}new/")
    services.snapshots_build()
    assert "No space left on device; make room" in browser.get(PAGE).content.decode()


def test_what_a_killed_process_leaves_is_built_by_the_next_one(world: World, browser: Client) -> None:
    browser.post(f"{PAGE}new/")
    claimed = services._claimed()
    assert claimed is not None
    assert services.snapshots_build() == 0, "another process holds it"
    Snapshot.objects.update(lease_until="2020-01-01T00:00:00Z")
    assert release_expired() == 1
    assert services.snapshots_build() == 1
    assert Snapshot.objects.get().status == "done"
