"""Fixtures of the attack tests: a folder of their own for files, and no process that builds in the background."""

from pathlib import Path
from typing import Any

import pytest

from annotator.releases import services as releases
from annotator.runs import dispatch
from tests.safety.hostile_study import HostileStudy, make_hostile_study
from tests.web.payloads import PAYLOADS


@pytest.fixture
def surroundings(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(releases, "builder_start", lambda: None)
    monkeypatch.setattr(releases, "_REPORT_EVERY_S", 3_600.0)  # its thread would wait for this test's transaction
    monkeypatch.setattr(dispatch, "_send", lambda *args, **kwargs: None)
    return tmp_path


@pytest.fixture
def hostile(db: None, surroundings: Path) -> HostileStudy:
    """A study whose every text tries to run a script."""
    return make_hostile_study(PAYLOADS)
