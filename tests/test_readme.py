"""The README is true: its commands, settings and routes exist, and its curl lines work as printed."""

import json
import re
import shlex
import subprocess
from typing import Any

import pytest
from django.core.management import get_commands
from django.test import Client

from annotator.studies.services import AnnotationContent, annotation_submit, assignment_choose_blind, case_next
from tests.cast import World
from tests.paths import REPOSITORY

README = (REPOSITORY / "README.md").read_text()
COMMANDS = [
    line.split("#")[0].strip()
    for block in re.findall(r"```console\n(.*?)```", README, re.S)
    for line in block.splitlines()
]
PROGRAMS = "\n".join(
    (REPOSITORY / path).read_text() for path in ("annotator/settings.py", "annotator/oidc_settings.py", "Makefile")
)


def test_every_make_target_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.M))
    named = set(re.findall(r"`?make ([a-z][a-z-]+)", README)) - {"and"}
    assert named <= targets


def test_every_management_command_named_exists() -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", README))
    assert named
    assert named <= set(get_commands())


def test_the_table_of_settings_is_the_list_of_what_the_settings_read() -> None:
    table = set(re.findall(r"^\| `([A-Z_]+)` \|", README, re.M))
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', PROGRAMS)) | {"PORT"}
    assert table == read


def test_links_and_pictures_exist() -> None:
    for target in re.findall(r"\]\(([^)h#][^)]*)\)", README):
        assert (REPOSITORY / target).exists(), target


def test_the_index_of_the_documentation_names_every_page() -> None:
    folder = REPOSITORY / "docs"
    named = re.findall(r"\]\(([\w./-]+\.md)\)", (folder / "README.md").read_text())
    assert [name for name in named if not (folder / name).exists()] == []
    assert {path.name for path in folder.glob("*.md")} - {"README.md"} <= set(named)


def test_only_pictures_that_the_documentation_shows_are_kept() -> None:
    documents = [REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md")]
    shown = {name for path in documents for name in re.findall(r"screens/([\w-]+\.png)", path.read_text())}
    assert {path.name for path in (REPOSITORY / "docs" / "screens").glob("*.png")} == shown


def test_routes_named_answer(client: Client, db: None) -> None:
    for route in set(re.findall(r"`(/api/v1/[a-z/]+)`", README)):
        assert client.get(route).status_code in (200, 401, 403), route


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_curl_lines_work_as_printed(live_server: Any, world: World, lena: Any, alice: Any) -> None:
    assignment = case_next(study=world.study, annotator=alice)
    assert assignment is not None
    assignment_choose_blind(assignment=assignment, choice="left")
    annotation_submit(
        assignment=assignment,
        submission_key="8f5c6a3e-58a5-4b39-9c7f-0d1f5f0f8a11",
        base_revision=0,
        content=AnnotationContent(label="hurt"),
    )
    answers = []
    token = "unknown"
    for line in (line for line in COMMANDS if line.startswith("curl")):
        line = line.replace("http://127.0.0.1:8000", live_server.url).replace("PASSWORD", "lena-password-1")
        line = line.replace("TOKEN", token).replace("does-reasoning-help", world.study.slug)
        done = subprocess.run(shlex.split(line), capture_output=True, text=True, check=True)
        answers.append(json.loads(done.stdout))
        token = answers[0]["token"]
    _, studies, annotation = answers
    assert studies["results"][0]["slug"] == world.study.slug
    assert annotation["label"] == "hurt"
