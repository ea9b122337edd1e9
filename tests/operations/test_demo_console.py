"""Terminal output of the demo: passwords at once, the URL when it answers, progress when it changes."""

import pytest

from annotator.operations import demo_console
from annotator.operations.demo_console import DemoConsole
from annotator.runs.models import Generation
from annotator.studies.services.demo import DemoStudy
from tests.cast import World

pytestmark = pytest.mark.django_db


class Page:
    """A stand-in for the web server: answers once `answers` is set."""

    answers = False

    def __call__(self, host: str, port: int, path: str) -> bool:
        return self.answers


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    page = Page()
    monkeypatch.setattr(demo_console, "page_answers", page)
    monkeypatch.setattr(demo_console, "_PROGRESS_INTERVAL_S", 0)
    return page


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def console(page: Page, lines: list[str], world: World) -> DemoConsole:
    console = DemoConsole(host="127.0.0.1", port=8001, write=lines.append)
    console.show_passwords(DemoStudy(world.study, {"alice": "k7qm-x2rt-9pwd-h4vn"}))
    return console


def test_a_new_password_is_said_before_anything_else(console: DemoConsole, lines: list[str]) -> None:
    assert lines[0].split() == ["alice", "password", "k7qm-x2rt-9pwd-h4vn"]
    assert "shown this once" in lines[1]


def test_cases_of_the_recording_are_said_when_there_are_some(console: DemoConsole, lines: list[str]) -> None:
    console.show_recorded(24)
    assert lines[-1].startswith("24 cases wait for you already, from a recorded run")
    console.show_recorded(0)
    assert len([line for line in lines if "recorded" in line]) == 1


def test_later_starts_say_how_to_get_a_new_one(lines: list[str], world: World) -> None:
    DemoConsole(host="127.0.0.1", port=8001, write=lines.append).show_passwords(DemoStudy(world.study, {}))
    assert len(lines) == 1
    assert "manage.py reset_password NAME" in lines[0]


def test_the_url_is_said_once_and_not_before_the_page_answers(
    console: DemoConsole, page: Page, lines: list[str]
) -> None:
    console.update()
    assert not any("http" in line for line in lines)
    page.answers = True
    console.update()
    console.update()
    assert len([line for line in lines if "Open http://127.0.0.1:8001/" in line]) == 1


def test_progress_is_said_when_it_changes(console: DemoConsole, lines: list[str], world: World) -> None:
    console.update()
    console.update()
    assert [line for line in lines if "generations" in line] == ["   demo | 8 of 8 generations done"]
    world.first_run.generations.filter(position=0).update(status=Generation.Status.FAILED)
    world.first_run.generations.filter(position=1).update(status=Generation.Status.QUEUED)
    console.update()
    assert lines[-1] == "   demo | 7 of 8 generations done, 1 of them failed (see the run's page)"


def test_a_child_is_heard_under_its_name(console: DemoConsole, lines: list[str]) -> None:
    console.child_line("worker", "loading the model")
    assert lines[-1] == " worker | loading the model"
