"""The page of snapshots: asked for once, built under a claim, watched, downloaded and resumed."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from annotator.claims import release_expired
from annotator.deletion.services import study_delete
from annotator.events.models import Event
from annotator.releases import services
from annotator.releases.models import Snapshot, snapshots_folder
from annotator.releases.snapshots.errors import SnapshotError
from annotator.releases.snapshots.manifest import read_manifest
from annotator.releases.snapshots.verification import first_difference
from annotator.studies.models import Study
from annotator.studies.services import member_add
from tests.cast import World, make_world
from tests.studies.test_queue import at_once

PAGE = "/studies/pilot/snapshots/"


@pytest.fixture
def browser(client: Client, lena: User, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Client:
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(services, "builder_start", lambda: None)
    monkeypatch.setattr(services, "_REPORT_EVERY_S", 600.0)  # its thread would wait for the test's transaction
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


def test_an_anonymous_one_is_asked_for_while_one_with_names_waits_and_both_are_built(
    world: World, browser: Client
) -> None:
    browser.post(f"{PAGE}new/")
    told = browser.post(f"{PAGE}new/", {"anonymous": "yes"}, follow=True).content.decode()
    assert "Snapshot 2 is being built" in told
    assert services.snapshots_build() == 2
    built = Snapshot.objects.order_by("number").values_list("number", "anonymous", "status")
    assert list(built) == [(1, False, "done"), (2, True, "done")]


def test_a_pasted_character_that_no_database_stores_is_no_error(world: World, browser: Client) -> None:
    browser.post(f"{PAGE}new/", {"licence": "CC\x00BY"})
    assert Snapshot.objects.get().licence == "CC\ufffdBY"


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


def test_a_download_is_recorded_also_as_a_range_and_once_where_it_goes_on(done: Snapshot, browser: Client) -> None:
    def downloads() -> list[str]:
        return [event.payload["file"] for event in Event.objects.filter(kind="snapshot.downloaded")]

    for wanted in ("bytes=0-", "bytes=1-", "nonsense"):
        browser.get(f"{PAGE}1/cases.jsonl", headers={"Range": wanted})
    assert downloads() == ["cases.jsonl"]
    browser.get(f"{PAGE}1/generations.jsonl")
    browser.get(f"{PAGE}1/generations.jsonl", headers={"Range": "bytes=100-"})
    assert downloads() == ["cases.jsonl", "generations.jsonl"]
    QuerySet(Event).update(created_at=timezone.now() - timedelta(days=2))
    browser.get(f"{PAGE}1/cases.jsonl", headers={"Range": "bytes=0-"})
    assert downloads() == ["cases.jsonl", "generations.jsonl", "cases.jsonl"]


def test_a_file_is_sent_as_it_is_even_to_a_browser_that_unpacks_gzip(done: Snapshot, browser: Client) -> None:
    content = (done.folder / "generations.jsonl").read_bytes()
    for wanted, expected in ({}, content), ({"Range": "bytes=10-500"}, content[10:501]):
        answer = browser.get(f"{PAGE}1/generations.jsonl", headers={"Accept-Encoding": "gzip", **wanted})
        assert answer.getvalue() == expected  # type: ignore[attr-defined]
        assert int(answer["Content-Length"]) == len(expected)
        assert "no-store" in answer["Cache-Control"]
        assert answer["ETag"].startswith('"'), "only a strong one lets a browser go on where it stopped"


def test_all_files_come_as_one_zip_file_of_the_same_bytes_each_time(
    done: Snapshot, browser: Client, tmp_path: Path
) -> None:
    assert f'href="{PAGE}1.zip"' in browser.get(PAGE).content.decode()
    answer = browser.get(f"{PAGE}1.zip", headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Disposition"] == 'attachment; filename="pilot-1.zip"'
    packed = answer.getvalue()  # type: ignore[attr-defined]
    assert browser.get(f"{PAGE}1.zip").getvalue() == packed  # type: ignore[attr-defined]
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "unpacked")
    assert first_difference(tmp_path / "unpacked" / "pilot-1") is None


def test_a_zip_file_that_would_lack_a_file_is_not_sent(done: Snapshot, browser: Client) -> None:
    (done.folder / "cases.jsonl").unlink()
    assert browser.get(f"{PAGE}1.zip").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_files_of_a_deleted_study_go_once_the_deletion_is_committed(done: Snapshot) -> None:
    def refused() -> None:
        with transaction.atomic():
            study_delete(study=done.study)
            raise RuntimeError("after all not")

    with pytest.raises(RuntimeError):
        refused()
    assert done.folder.exists()
    study_delete(study=done.study)
    assert not done.folder.parent.exists()


def test_files_built_while_their_study_is_deleted_do_not_stay(
    world: World, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.post(f"{PAGE}new/")
    build = services.build_snapshot

    def built_too_late(*args: Any, **options: Any) -> Any:
        manifest = build(*args, **options)
        Snapshot.objects.all().delete()
        return manifest

    monkeypatch.setattr(services, "build_snapshot", built_too_late)
    services.snapshots_build()
    assert not snapshots_folder("pilot").exists()


def test_a_new_study_of_the_same_name_keeps_its_files_while_those_of_the_deleted_one_are_built(
    world: World, browser: Client, lena: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    browser.post(f"{PAGE}new/")
    build = services.build_snapshot

    def replaced_meanwhile(study: Any, *args: Any, **options: Any) -> Any:
        monkeypatch.setattr(services, "build_snapshot", build)
        manifest = build(study, *args, **options)
        with django_capture_on_commit_callbacks(execute=True):
            study_delete(study=world.study)
        successor = make_world("second").study
        Study.objects.filter(pk=successor.pk).update(slug="pilot", title="The successor")
        successor.refresh_from_db()
        member_add(study=successor, user=lena, role="lead")
        browser.post(f"{PAGE}new/")
        assert services.snapshots_build() == 1
        return manifest

    monkeypatch.setattr(services, "build_snapshot", replaced_meanwhile)
    services.snapshots_build()
    kept = Snapshot.objects.get()
    assert (kept.study.title, kept.status) == ("The successor", "done")
    assert read_manifest(kept.folder).hash == kept.hash
    assert [path.name for path in snapshots_folder("pilot").iterdir()] == ["1"]


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


def test_an_error_of_the_program_fails_the_snapshot_and_not_the_next_one(
    world: World, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = services.build_snapshot

    def broken_once(*_: Any, **__: Any) -> None:
        monkeypatch.setattr(services, "build_snapshot", build)
        raise TypeError("a column of another type")

    monkeypatch.setattr(services, "build_snapshot", broken_once)
    browser.post(f"{PAGE}new/")
    browser.post(f"{PAGE}new/", {"anonymous": "yes"})
    assert services.snapshots_build() == 2
    html = browser.get(PAGE).content.decode()
    assert "broke off with an error of the program (TypeError); see the server" in html
    assert "data-poll" not in html


def test_the_page_says_that_no_process_builds_it_any_more_and_how_it_goes_on(world: World, browser: Client) -> None:
    browser.post(f"{PAGE}new/")
    stopped = "No process builds it any more"
    assert stopped not in browser.get(PAGE).content.decode(), "one was started just now"
    services._claimed()
    Snapshot.objects.update(created_at=timezone.now() - timedelta(hours=1))
    assert stopped not in browser.get(PAGE).content.decode(), "its process holds it"
    Snapshot.objects.update(lease_until="2020-01-01T00:00:00Z")
    assert stopped in browser.get(PAGE).content.decode()
    browser.post(f"{PAGE}new/")
    assert services.snapshots_build() == 1


def test_what_a_killed_process_leaves_is_built_by_the_next_one(world: World, browser: Client) -> None:
    browser.post(f"{PAGE}new/")
    claimed = services._claimed()
    assert claimed is not None
    assert services.snapshots_build() == 0, "another process holds it"
    Snapshot.objects.update(lease_until="2020-01-01T00:00:00Z")
    assert release_expired() == 1
    assert services.snapshots_build() == 1
    assert Snapshot.objects.get().status == "done"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks no rows")
@pytest.mark.django_db(transaction=True)
def test_a_claim_waits_for_no_lock_on_the_study(world: World, browser: Client) -> None:
    browser.post(f"{PAGE}new/")
    claimed: list[Any] = []

    def claim(_: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '3s'")
        claimed.append(services._claimed())

    with transaction.atomic():
        Study.objects.select_for_update().get(pk=world.study.pk)
        assert at_once(claim, [1]) == []
    assert claimed != [None]
