"""The import pages: a file is sent, looked at, and imported; nothing of it is trusted and nothing is lost."""

import gzip
import io
import json
import os
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from annotator.runs.models import Run
from annotator.web.runs import imports, uploads
from annotator.web.runs.uploads import upload_keep
from tests.cast import SCENES, World

CHINESE = {"HTTP_ACCEPT_LANGUAGE": "zh-CN,zh;q=0.9,en;q=0.5"}


@pytest.fixture(autouse=True)
def var(tmp_path: Path, settings: Any) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path


@pytest.fixture
def lead(client: Client, world: World, lena: User) -> Client:
    client.force_login(lena)
    return client


def lines(rows: Iterable[Any]) -> bytes:
    return "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows).encode()


ROWS = [{"key": key, "response": f"THINK: hm, {key}\nANSWER: {text}"} for key, _, text, *_ in SCENES]


def settings_of(world: World, **changes: Any) -> dict[str, Any]:
    chosen = {"dataset": world.dataset.pk, "language_model": "gpt-x", "strategy": "cot", "split": "markers"}
    return chosen | changes


def sent(lead: Client, world: World, content: bytes, name: str = "cot.jsonl", **changes: Any) -> Any:
    file = SimpleUploadedFile(name, content)
    return lead.post("/runs/import/", {**settings_of(world, **changes), "file": file})  # the file last, as in the form


def page_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_lead_sends_a_file_sees_its_first_rows_and_imports_it(lead: Client, world: World, var: Path) -> None:
    answer = sent(lead, world, lines(ROWS), terms="CC BY 4.0")
    assert answer.status_code == 302
    page = page_of(lead.get(answer.url))
    assert all(text in page for text in ("hm, rain", "Rain, rain, rain.", "Write about   rain", "cot.jsonl"))
    assert not Run.objects.filter(source__isnull=False).exists()
    done = lead.post(answer.url, settings_of(world, terms="CC BY 4.0", action="import"), follow=True)
    run = Run.objects.get(source__isnull=False)
    assert done.redirect_chain[-1][0] == f"/runs/{run.pk}/"
    assert "Imported." in page_of(done)
    assert (run.strategy, run.language_model.slug, run.generations.count()) == ("cot", "gpt-x", 4)
    assert (run.source or {})["name"] == "cot.jsonl"
    assert list((var / "uploads").iterdir()) == []


def test_the_run_page_says_where_the_responses_come_from(lead: Client, world: World) -> None:
    address = sent(lead, world, lines(ROWS), terms="CC BY 4.0").url
    page = page_of(lead.post(address, settings_of(world, terms="CC BY 4.0"), follow=True))
    run = Run.objects.get(source__isnull=False)
    source = run.source or {}
    assert all(text in page for text in ("imported", "cot.jsonl", source["sha256"], "markers", "CC BY 4.0"))
    generation = page_of(lead.get(f"/runs/{run.pk}/prompts/0/"))
    assert "the file does not say how it ended" in generation


def test_settings_are_changed_on_the_preview_without_sending_the_file_again(lead: Client, world: World) -> None:
    address = sent(lead, world, lines(ROWS), split="none").url
    assert "no marker" not in page_of(lead.get(address))
    changed = lead.post(address, settings_of(world, split="markers", action="preview"))
    assert changed.status_code == 302
    assert "split=markers" in changed.url
    assert "csrfmiddlewaretoken" not in changed.url
    assert not Run.objects.filter(source__isnull=False).exists()
    assert "hm, rain" in page_of(lead.get(changed.url))


def test_every_problem_is_listed_and_an_import_is_refused_until_bad_rows_are_left_out(
    lead: Client, world: World, var: Path
) -> None:
    bad = [*ROWS[:2], {"key": "who", "response": "x"}, "{"]
    address = sent(lead, world, lines(bad)).url
    page = page_of(lead.get(address))
    assert "Line 3" in page
    assert "The key “who” is not in pilot v1" in page
    assert "Line 4" in page
    refused = lead.post(address, settings_of(world))
    assert refused.status_code == 422
    assert "2 rows were refused" in page_of(refused)
    assert "hm, rain" in page_of(refused)
    assert len(list((var / "uploads").iterdir())) == 1
    assert lead.post(address, settings_of(world, set_aside="on")).status_code == 302
    run = Run.objects.get(source__isnull=False)
    assert (run.generations.count(), (run.source or {})["set_aside"]) == (2, 2)


def test_problems_are_said_in_the_reader_s_language(lead: Client, world: World) -> None:
    address = sent(lead, world, lines([*ROWS, "{"])).url
    assert "Expecting property name" in page_of(lead.get(address))
    assert "Expecting property name" not in page_of(lead.get(address, **CHINESE))


def test_what_a_file_holds_is_text_and_never_markup(lead: Client, world: World) -> None:
    hostile = "<script>alert(1)</script>{{ 7|add:1 }}<img src=x onerror=alert(1)>"
    rows = [{"key": "rain", "response": hostile}, {"key": f"k{hostile}"[:100], "response": "x"}]
    address = sent(lead, world, lines(rows), name="<b>evil</b>.jsonl", split="none").url
    page = page_of(lead.get(address))
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "<b>evil" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_file_that_cannot_be_read_says_why_and_stays(lead: Client, world: World, var: Path) -> None:
    address = sent(lead, world, b"\x1f\x8b broken").url
    page = page_of(lead.get(address))
    assert "cot.jsonl cannot be unpacked" in page
    assert "Line" not in page
    assert lead.post(address, settings_of(world)).status_code == 422
    assert len(list((var / "uploads").iterdir())) == 1


def test_a_file_that_is_too_large_is_refused_with_what_to_do_and_what_was_typed_stays(
    lead: Client, world: World, var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "UPLOAD_CAP", 1000)
    answer = sent(lead, world, b"x" * 200_000, terms="CC BY 4.0")
    assert answer.status_code == 422
    page = page_of(answer)
    assert "the most that can be sent; pack it with gzip" in page
    assert 'value="CC BY 4.0"' in page
    assert not (var / "uploads").exists()


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(
    lead: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotator.web.runs.imports.UNPACKED_CAP", 10_000)
    bomb = gzip.compress(lines([{"key": "rain", "response": "x" * 1_000_000}]))
    address = sent(lead, world, bomb).url
    assert "holds more than 10,000 bytes" in page_of(lead.get(address))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"split": "prefix"}, "Give the text that begins the reasoning"),
        ({"sample": "0"}, "greater than or equal to 1"),
        ({"dataset": "999999"}, "Select a valid choice"),
        ({"language_model": ""}, "This field is required"),
    ],
)
def test_settings_that_make_no_sense_are_refused_beside_their_field(
    lead: Client, world: World, changes: dict[str, Any], why: str
) -> None:
    answer = sent(lead, world, lines(ROWS), **changes)
    assert answer.status_code == 422
    assert why in page_of(answer)


def test_a_name_that_no_model_can_have_is_refused_and_the_preview_stays(lead: Client, world: World) -> None:
    address = sent(lead, world, lines(ROWS), language_model="no spaces please").url
    answer = lead.post(address, settings_of(world, language_model="no spaces please"))
    assert answer.status_code == 422
    assert "Use 1 to 64 letters" in page_of(answer)
    assert "hm, rain" in page_of(answer)


def test_the_same_file_again_leads_to_the_run_that_it_made(lead: Client, world: World) -> None:
    for _ in range(2):
        address = sent(lead, world, lines(ROWS)).url
        done = lead.post(address, settings_of(world), follow=True)
    assert "is exactly that one already" in page_of(done)
    assert Run.objects.filter(source__isnull=False).count() == 1


def test_a_run_that_another_lead_imported_is_no_reason_to_be_refused(lead: Client, world: World, bob: User) -> None:
    lead.post(sent(lead, world, lines(ROWS)).url, settings_of(world))
    theirs = Run.objects.get(source__isnull=False)
    Run.objects.filter(pk=theirs.pk).update(created_by=bob)
    done = lead.post(sent(lead, world, lines(ROWS)).url, settings_of(world), follow=True)
    own = Run.objects.exclude(pk=theirs.pk).get(source__isnull=False)
    assert done.redirect_chain[-1][0] == f"/runs/{own.pk}/"
    assert "Imported." in page_of(done)
    assert own.generations.count() == theirs.generations.count()


@pytest.mark.parametrize("token", ["..", "about.json", "a" * 30, "%2e%2e%2fsecret_key"])
def test_a_token_is_no_path(lead: Client, token: str) -> None:
    assert lead.get(f"/runs/import/{token}/").status_code == 404


def test_old_files_and_all_but_the_newest_ten_of_a_person_are_removed(var: Path, lena: User, bob: User) -> None:
    def keep(user: User) -> Any:
        return upload_keep(SimpleUploadedFile("x", b"x"), owner_id=user.pk)

    stale, theirs = keep(lena), keep(bob)
    os.utime(stale.path.parent, (0, 0))
    kept = [keep(lena) for _ in range(12)]
    assert not stale.path.exists()
    assert theirs.path.exists()
    assert sum(upload.path.exists() for upload in kept) == 10
    assert kept[-1].path.exists()


def test_the_list_of_runs_leads_to_the_import(lead: Client) -> None:
    assert 'href="/runs/import/"' in page_of(lead.get("/runs/"))
    assert "multipart/form-data" in page_of(lead.get("/runs/import/"))


def test_a_refusal_to_resume_an_imported_run_is_shown(lead: Client, world: World) -> None:
    lead.post(sent(lead, world, lines(ROWS)).url, settings_of(world))
    run = Run.objects.get(source__isnull=False)
    answer = lead.post(f"/runs/{run.pk}/resume/", follow=True)
    assert "was imported from cot.jsonl" in page_of(answer)


def test_a_file_that_another_request_has_imported_meanwhile_does_not_exist(
    lead: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found_and_removed(owner_id: int, token: str) -> uploads.Upload:
        upload = uploads.upload_of(owner_id, token)
        upload.remove()
        return upload

    addresses = [sent(lead, world, lines(ROWS)).url for _ in range(2)]
    monkeypatch.setattr(imports, "upload_of", found_and_removed)
    assert lead.get(addresses[0]).status_code == 404
    assert lead.post(addresses[1], settings_of(world)).status_code == 404


def test_a_small_file_of_many_lines_that_fit_no_prompt_is_not_read_to_its_end(
    lead: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "_PROBLEMS_AT_MOST", 10)
    packed = gzip.compress(lines(ROWS) + b"x\n" * 50_000)
    address = sent(lead, world, packed).url
    assert "More than 10 rows of cot.jsonl fit no prompt" in page_of(lead.get(address))
    assert "More than 10 rows" in page_of(lead.post(address, settings_of(world, set_aside="on")))
    assert not Run.objects.filter(source__isnull=False).exists()


def test_what_no_page_can_hold_is_replaced_in_the_problems_of_a_file(lead: Client, world: World) -> None:
    rows = [*ROWS, '{"prompt": "\\ud800\\u0000 tea", "response": "x"}']
    answer = lead.get(sent(lead, world, lines(rows)).url)
    assert "Its prompt is not in pilot v1: “\ufffd\ufffd tea”" in page_of(answer)


def test_what_no_page_can_hold_is_replaced_in_the_first_rows_as_in_the_run(lead: Client, world: World) -> None:
    half = '{"key": "rain", "response": "THINK: why \\ud83d\\u0000\\nANSWER: cut \\ud83d"}'
    address = sent(lead, world, lines([half, *ROWS[1:]])).url
    page = page_of(lead.get(address))
    assert "why \ufffd\ufffd" in page
    assert "cut \ufffd" in page
    lead.post(address, settings_of(world))
    stored = Run.objects.get(source__isnull=False).generations.get(prompt__key="rain")
    assert (stored.reasoning.strip(), stored.answer) == ("why \ufffd\ufffd", "cut \ufffd")


def test_an_archive_that_cannot_be_read_is_refused_on_the_preview(lead: Client, world: World) -> None:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("samples/1_epoch_1.json", "{}")
    data = bytearray(memory.getvalue())
    data[data.index(b"PK\x01\x02") + 6] = 222  # the version needed to extract
    address = sent(lead, world, bytes(data), name="log.eval").url
    assert "log.eval is no whole zip archive" in page_of(lead.get(address))
    assert lead.post(address, settings_of(world)).status_code == 422
