"""The arrows of the house (design, section 3), as tests: who may import whom, and what a web process must not load."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.paths import REPOSITORY

FLOORS = {
    "constraints": 0, "statistics": 0, "canonical": 0, "supervising": 0, "env": -1, "broker_socket": -1, "settings": 0,
    "storable": 0, "claims": 0.5, "events": 0.5, "options": 0, "sampling": 0.5, "strategies": 0.5,
    "celery_settings": 0, "celery": 0, "corpus": 1, "runs": 2, "studies": 3, "exemplars": 4, "releases": 5,
    "routing": 5, "analysis": 5, "access": 6, "guesses": 6, "web": 7, "api": 7, "checks": 6, "urls": 8, "wsgi": 8,
}  # fmt: skip
WITHOUT_DJANGO = [
    "annotator/constraints",
    "annotator/statistics",
    "annotator/supervising",
    "workers/engine",
    "workers/strategies",
]
HEAVY = ("torch", "transformers")


def modules(under: str) -> list[Path]:
    return [path for path in sorted((REPOSITORY / under).rglob("*.py")) if "migrations" not in path.parts]


@cache
def imported(path: Path) -> tuple[str, ...]:
    """Every dotted name that `path` imports, also inside functions."""
    return tuple(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(dotted: str) -> str | None:
    parts = dotted.split(".")
    return parts[1] if parts[0] == "annotator" and len(parts) > 1 else None


def room_of(path: Path) -> str:
    return path.relative_to(REPOSITORY / "annotator").parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", modules("annotator"), ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_annotator_never_imports_workers_or_what_only_workers_load(path: Path) -> None:
    for name in imported(path):
        assert name.split(".")[0] not in ("workers", *HEAVY), f"{path} imports {name}"


@pytest.mark.parametrize("path", modules("annotator"), ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_a_room_imports_only_rooms_of_a_lower_number(path: Path) -> None:
    own = room_of(path)
    if own == "__init__":
        return
    assert own in FLOORS, f"{path}: a room that the design does not know"
    for name in imported(path):
        other = room(name)
        if other and other != own:
            assert FLOORS[other] < FLOORS[own], f"{path} imports {name} from a floor that is not below"


@pytest.mark.parametrize("path", [p for r in WITHOUT_DJANGO for p in modules(r)], ids=str)
def test_pure_rooms_import_no_django(path: Path) -> None:
    for name in imported(path):
        assert name.split(".")[0] not in ("django", "rest_framework", "celery"), f"{path} imports {name}"
        assert room(name) not in {"corpus", "runs", "studies", "settings"}, f"{path} imports {name}"


@pytest.mark.parametrize("path", modules("workers/strategies"), ids=str)
def test_strategies_import_no_torch(path: Path) -> None:
    assert not [name for name in imported(path) if name.split(".")[0] in HEAVY]


def test_only_dispatch_sends_tasks() -> None:
    senders = [
        path.relative_to(REPOSITORY).as_posix()
        for path in modules("annotator") + modules("workers")
        if any(call in path.read_text() for call in ("send_task(", ".delay(", ".apply_async("))
    ]
    assert senders == ["annotator/runs/dispatch.py"]


@pytest.mark.parametrize("app", ["events", "corpus", "runs", "studies"])
def test_inside_an_app_models_know_no_selectors_and_selectors_no_services(app: str) -> None:
    for path in modules(f"annotator/{app}"):
        names = set(imported(path))
        if path.stem == "models":
            assert not [n for n in names if n.startswith((f"annotator.{app}.selectors", f"annotator.{app}.services"))]
        if path.stem == "selectors" or "selectors" in path.parts:
            assert not [n for n in names if n.startswith(f"annotator.{app}.services")], path


def test_importing_the_web_process_leaves_torch_and_transformers_out() -> None:
    code = (
        "import sys, annotator.wsgi, django.urls; django.urls.get_resolver().url_patterns; "
        f"loaded = [m for m in {HEAVY!r} if m in sys.modules]; sys.exit(f'loaded: {{loaded}}' if loaded else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
