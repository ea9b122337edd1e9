"""A study with every feature, and snapshots of it."""

from pathlib import Path

import pytest

from annotator.releases.snapshots.building import Options, build_snapshot
from annotator.studies.models import Study
from tests.releases.snapshots.full_study import People, make_full_study, make_people


@pytest.fixture
def people(db: None) -> People:
    return make_people()


@pytest.fixture
def study(people: People) -> Study:
    return make_full_study(people)


@pytest.fixture
def folder(study: Study, tmp_path: Path) -> Path:
    """A snapshot of the study in all formats."""
    build_snapshot(study, tmp_path / "snapshot", Options(licence="CC-BY-4.0"))
    return tmp_path / "snapshot"
