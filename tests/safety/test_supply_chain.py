"""Packages: every file pinned by hash, and no code of theirs that runs at every start of Python."""

import re
import site
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from tests.paths import REPOSITORY

WITHOUT_HASH = {"torch"}
"""It comes in several builds, one for each kind of device, of which a registry has but one."""
# The files of lines that Python runs at every start, by name -> (SHA-256, whose it is).
KNOWN_PTH: Mapping[str, tuple[str, str]] = {
    "distutils-precedence.pth": (
        "2638ce9e2500e572a5e0de7faed6661eb569d1b696fcba07b0dd223da5f5d224",
        "setuptools: its distutils in place of Python's",
    ),
}
STOLEN = {"litellm"}
"""Releases of it ran code at every start in March 2026, and nothing here needs it."""
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def canonical(name: str) -> str:
    """A name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(*names: str) -> dict[str, str]:
    """The pinned version by the name of the package."""
    text = "\n".join((REPOSITORY / name).read_text() for name in names)
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==([^\s;#]+)", text, re.M)
    return {canonical(name): version for name, version in found}


def locked() -> dict[str, str]:
    """Each entry of the lock file as it is written, by the name of its package."""
    text = (REPOSITORY / "requirements.lock").read_text()
    entries = re.split(r"\n(?=[A-Za-z0-9])", text)
    return {canonical(re.split(r"[\[=]", entry)[0]): entry for entry in entries if "==" in entry}


def test_the_lock_has_the_versions_of_the_requirements_and_nothing_else() -> None:
    pinned = pins("requirements.txt", "requirements-data.txt")
    missing = "run `make lock`, which writes it anew"
    assert pins("requirements.lock") == {name: v for name, v in pinned.items() if name not in WITHOUT_HASH}, missing


def test_every_locked_package_has_hashes_and_no_other_source() -> None:
    entries = locked()
    assert len(entries) > 100
    for name, entry in entries.items():
        lines = [line.strip().rstrip("\\").strip() for line in entry.splitlines()]
        assert HASH.fullmatch(lines[1]), name
        assert all(HASH.fullmatch(line) for line in lines[1:] if line and not line.startswith("#")), name
        assert "@" not in lines[0], "no address of a file or repository"
        assert "://" not in entry, name


def test_no_list_of_packages_names_a_registry_or_takes_packages_from_elsewhere() -> None:
    for path in [*REPOSITORY.glob("requirements*"), REPOSITORY / "deploy" / "Dockerfile", REPOSITORY / "Makefile"]:
        assert not re.search(r"--(extra-)?index-url|--find-links|--trusted-host|^-e |git\+", path.read_text(), re.M), (
            path
        )


def test_no_package_that_stole_secrets_is_required() -> None:
    named = pins("requirements.txt", "requirements-data.txt", "requirements-dev.txt")
    assert not STOLEN & set(named)


def start_files() -> list[Path]:
    folders = {Path(name) for name in [*site.getsitepackages(), site.getusersitepackages()]}
    return [path for folder in folders for path in sorted(folder.glob("*.pth"))]


def test_no_unknown_file_runs_code_at_every_start_of_python() -> None:
    unknown = [str(path) for path in start_files() if _runs_code(path) and not _is_known(path)]
    assert unknown == [], "read what it does; a package that needs it is named in KNOWN_PTH"


def _runs_code(path: Path) -> bool:
    """A line that begins with `import` is run; others are folders."""
    return any(re.match(r"import[ \t]", line) for line in path.read_text(errors="replace").splitlines())


def _is_known(path: Path) -> bool:
    digest, _owner = KNOWN_PTH.get(path.name, ("", ""))
    return sha256(path.read_bytes()).hexdigest() == digest


@pytest.mark.parametrize(
    ("name", "text", "known"),
    [
        ("litellm_init.pth", "import os; os.system('id')\n", False),
        ("distutils-precedence.pth", "import os; os.system('id')\n", False),
        ("folders.pth", "/opt/somewhere\n", True),
    ],
)
def test_a_stray_file_is_found_by_name_and_by_content(tmp_path: Path, name: str, text: str, known: bool) -> None:
    (tmp_path / name).write_text(text)
    assert (not _runs_code(tmp_path / name) or _is_known(tmp_path / name)) == known


def test_no_module_of_the_environment_is_imported_at_every_start_by_its_name() -> None:
    names = ("sitecustomize.py", "usercustomize.py")
    assert [path for folder in site.getsitepackages() for name in names if (path := Path(folder) / name).exists()] == []


def test_the_image_takes_packages_by_their_hashes() -> None:
    dockerfile = (REPOSITORY / "deploy" / "Dockerfile").read_text()
    assert "--require-hashes --no-deps --requirement requirements.lock" in dockerfile
    assert "requirements.lock" in re.search(r"^COPY .*requirements.*$", dockerfile, re.M)[0]  # type: ignore[index]
