"""The server of a script on the demo: the demo that runs already, else one of its own, stopped at the end."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from annotator.operations import demo_server as module
from annotator.operations.demo import DemoError
from annotator.operations.demo_server import demo_server
from annotator.operations.supervisor.single_instance import only_instance


class Demo:
    """A child process that a test can end."""

    def __init__(self, arguments: list[str]) -> None:
        self.arguments, self.ended = arguments, False

    def poll(self) -> int | None:
        return 0 if self.ended else None

    def terminate(self) -> None:
        self.ended = True

    def wait(self, timeout: float | None = None) -> int:
        return 0


@pytest.fixture
def started(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Demo]:
    """The demos that were started, in a VAR_DIR of the test's own."""
    settings.VAR_DIR = tmp_path
    demos: list[Demo] = []
    monkeypatch.setattr(subprocess, "Popen", lambda arguments: demos.append(Demo(arguments)) or demos[-1])
    monkeypatch.setattr(module.time, "sleep", lambda seconds: None)
    return demos


def test_the_demo_that_runs_is_used_and_not_stopped(started: list[Demo], tmp_path: Path) -> None:
    with (
        only_instance(tmp_path / "demo.lock", note="process 7, http://127.0.0.1:8123/"),
        demo_server(port=8000, prompts=None) as address,
    ):
        assert address == "http://127.0.0.1:8123"
    assert started == []


def test_without_one_a_demo_is_started_and_stopped_at_the_end(
    started: list[Demo], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "page_answers", lambda *where: True)
    with demo_server(port=8001, prompts=6) as address:
        (demo,) = started
        assert (address, demo.ended) == ("http://127.0.0.1:8001", False)
        assert demo.arguments[2:] == ["demo", "--port", "8001", "--stop-with-parent", "--prompts", "6"]
    assert demo.ended


def test_a_demo_that_ends_at_once_is_reported(started: list[Demo], monkeypatch: pytest.MonkeyPatch) -> None:
    def ends(*where: object) -> bool:
        started[0].ended = True
        return False

    monkeypatch.setattr(module, "page_answers", ends)
    with pytest.raises(DemoError, match="ended before its page answered"), demo_server(port=8001, prompts=None):
        pass
