"""What the terminal of the demo says: passwords at once, the URL when it answers, progress when it changes."""

import pytest

from annotator.operations import demo_console
from annotator.operations.demo_console import DemoConsole
from annotator.runs.models import Generation
from annotator.studies.services.demo import DemoStudy
from tests.cast import World

pytestmark = pytest.mark.django_db


class Page:
    """Stands for the web server: answers as soon as it is told to."""

    answers = False

    def __call__(self, host: str, port: int, path: str) -> bool:
        return self.answers


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    page = Page()
    monkeypatch.setattr(demo_console, "page_answers", page)
    monkeypatch.setattr(demo_console, "_LOOK_EVERY_S", 0)
    return page


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def console(page: Page, said: list[str], world: World) -> DemoConsole:
    console = DemoConsole(host="127.0.0.1", port=8001, write=said.append)
    console.welcome(DemoStudy(world.study, {"alice": "k7qm-x2rt-9pwd-h4vn"}))
    return console


def test_a_new_password_is_said_before_anything_else(console: DemoConsole, said: list[str]) -> None:
    assert said[0].split() == ["alice", "password", "k7qm-x2rt-9pwd-h4vn"]
    assert "shown this once" in said[1]


def test_later_starts_say_how_to_get_a_new_one(said: list[str], world: World) -> None:
    DemoConsole(host="127.0.0.1", port=8001, write=said.append).welcome(DemoStudy(world.study, {}))
    assert len(said) == 1
    assert "manage.py reset_password NAME" in said[0]


def test_the_url_is_said_once_and_not_before_the_page_answers(
    console: DemoConsole, page: Page, said: list[str]
) -> None:
    console.look()
    assert not any("http" in line for line in said)
    page.answers = True
    console.look()
    console.look()
    assert len([line for line in said if "Open http://127.0.0.1:8001/" in line]) == 1


def test_progress_is_said_when_it_changes(console: DemoConsole, said: list[str], world: World) -> None:
    console.look()
    console.look()
    assert [line for line in said if "generations" in line] == ["   demo | 8 of 8 generations done"]
    world.first_run.generations.filter(position=0).update(status=Generation.Status.FAILED)
    world.first_run.generations.filter(position=1).update(status=Generation.Status.QUEUED)
    console.look()
    assert said[-1] == "   demo | 7 of 8 generations done, 1 of them failed (see the run's page)"


def test_a_child_is_heard_under_its_name(console: DemoConsole, said: list[str]) -> None:
    console.child_says("worker", "loading the model")
    assert said[-1] == " worker | loading the model"
