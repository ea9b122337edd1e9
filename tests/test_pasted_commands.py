"""Commands in messages and on pages can be pasted as they are printed, from the folder of the repository."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.paths import REPOSITORY

BARE = re.compile(r"(?<!\.venv/bin/python )manage\.py [a-z_]+")
NO_COMMAND_LINE = (
    "both files of manage.py verify",  # what a file is for
    "manage.py verify: all ",  # what a command has said
)
PYTHON = sorted((REPOSITORY / "annotator").rglob("*.py")) + sorted((REPOSITORY / "workers").rglob("*.py"))
TEMPLATES = sorted((REPOSITORY / "templates").rglob("*.html"))


def texts(path: Path) -> Iterator[str]:
    """The strings of a module but for its docstrings; the pieces of a formatted one are joined."""
    tree = ast.parse(path.read_text())
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body and is_text(node.body[0])
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


def is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_a_message_prints_the_whole_command(path: Path) -> None:
    if "manage.py" in path.read_text():
        printed = [text for text in texts(path) if not any(other in text for other in NO_COMMAND_LINE)]
        assert [match[0] for text in printed for match in BARE.finditer(text)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_a_page_shows_the_whole_command(path: Path) -> None:
    assert BARE.findall(path.read_text()) == []
