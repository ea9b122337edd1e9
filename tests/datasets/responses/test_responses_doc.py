"""Tests that docs/responses.md is true: its formats, split rules, options and limits."""

import re

from django.core.management import load_command_class

from annotator.datasets.responses.formats import RESPONSE_FORMATS
from annotator.datasets.responses.rows import ROW_CAP
from annotator.datasets.responses.splitting import SPLIT_RULES
from annotator.web.runs.uploads import UPLOAD_CAP
from tests.paths import REPOSITORY

DOC = (REPOSITORY / "docs" / "responses.md").read_text()


def first_cells(heading: str) -> list[str]:
    table = re.search(r"(?:^\|.*\n)+", DOC.split(heading, 1)[1], re.MULTILINE)
    assert table
    return [row.split("|")[1].strip(" `") for row in table[0].splitlines()[2:]]


def test_the_tables_have_every_format_and_every_split_rule() -> None:
    assert first_cells("## Formats") == list(RESPONSE_FORMATS)
    assert first_cells("## Split rules") == list(SPLIT_RULES)


def test_its_options_are_those_of_the_commands() -> None:
    options = options_of("runs", "import_run") | options_of("releases", "export_inspect_scores")
    assert set(re.findall(r"(--[a-z]+)\b", DOC)) - {"--log"} <= options


def options_of(app: str, name: str) -> set[str]:
    actions = load_command_class(f"annotator.{app}", name).create_parser("", name)._actions
    return {option for action in actions for option in action.option_strings}


def test_the_limits_are_those_in_force() -> None:
    assert f"at most {ROW_CAP:,} bytes" in DOC
    assert f"at most {UPLOAD_CAP // 1024 // 1024} MB" in DOC
