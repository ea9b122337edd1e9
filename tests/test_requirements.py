"""Everything that is imported is pinned, and as its own line: a clean clone has what the code asks for."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.paths import REPOSITORY

OWN = {"annotator", "workers", "tests", "benchmarks"}
NOT_OURS = {"kombu", "lm_eval"}
"""Celery's own transport, which comes with it; what a benchmark installs for itself, to compare with."""


def lines(name: str) -> list[str]:
    return [line.split("#")[0].strip() for line in (REPOSITORY / name).read_text().splitlines()]


def chosen(name: str) -> set[str]:
    """What we chose ourselves: the part before "What these need"."""
    text = (REPOSITORY / name).read_text().split("# What these need")[0]
    return {normal(match) for match in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[a-z]+\])?==", text, re.M)}


def normal(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def imported(*folders: str) -> dict[str, Path]:
    """Top-level names of other people's packages, each with a file that imports it."""
    found = {}
    for path in (path for folder in folders for path in (REPOSITORY / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                names = [node.module]
            else:
                continue
            found |= {name.split(".")[0]: path for name in names}
    return {name: path for name, path in found.items() if name not in sys.stdlib_module_names | OWN}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-data.txt"])
def test_every_requirement_is_pinned_exactly(name: str) -> None:
    pin = r"[A-Za-z0-9._-]+(\[[a-z]+\])?==[0-9][0-9A-Za-z.]*"
    assert all(re.fullmatch(pin, line) for line in lines(name) if line)


@pytest.mark.parametrize(
    ("folders", "pins"),
    [
        (("annotator", "workers"), ("requirements.txt",)),
        (("tests", "benchmarks"), ("requirements.txt", "requirements-dev.txt")),
    ],
)
def test_what_is_imported_is_pinned_by_choice(folders: tuple[str, ...], pins: tuple[str, ...]) -> None:
    known = set().union(*(chosen(name) for name in pins))
    distributions = packages_distributions()
    for name, path in imported(*folders).items():
        candidates = {normal(distribution) for distribution in distributions.get(name, [name])}
        assert name in NOT_OURS or candidates & known, f"{path} imports {name}, which no line of {pins} chose"
