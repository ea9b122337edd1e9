"""The map of the code names files and folders that exist, and every package of the house."""

import re

import pytest

from tests.paths import REPOSITORY

PAGE = (REPOSITORY / "docs" / "development.md").read_text()
NAMED = sorted(set(re.findall(r"`((?:annotator|workers|templates|tests)/[\w./]*)`", PAGE)))


@pytest.mark.parametrize("path", NAMED)
def test_every_file_and_folder_of_the_map_exists(path: str) -> None:
    assert (REPOSITORY / path).exists()


def test_the_map_shows_every_package() -> None:
    packages = {path.parent.name for path in (REPOSITORY / "annotator").glob("*/__init__.py")}
    assert {f"annotator/{package}/" for package in packages} <= set(NAMED)


def test_both_walks_are_told_file_by_file() -> None:
    first, second = PAGE.split("## First walk")[1].split("## Second walk")
    assert all(len(re.findall(r"`(?:annotator|workers)/[\w/]*\.py`", walk)) >= 10 for walk in (first, second))
