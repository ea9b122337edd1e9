"""Tests that docs/datasets.md is true: its example, its reasons for refused lines, its commands and options."""

import re

import pytest
from django.core.management import BaseCommand, load_command_class

from annotator.datasets.readers import LINE_CAP, PromptRecord, Rejection, read_ifeval
from tests.datasets.records import GONE, line
from tests.paths import REPOSITORY

DOC = (REPOSITORY / "docs" / "datasets.md").read_text()
BAD_LINES = [
    b"{",
    b"[]",
    b"\xff",
    b"x" * (LINE_CAP + 1),
    line(prompt=GONE),
    line(prompt=1),
    line(prompt=" "),
    line(prompt="\x00"),
    line(prompt="\ud800"),
    line(instruction_id_list=[]),
    line(kwargs=[{}]),
    line(instruction_id_list=["foo:bar", "foo:bar"]),
    line(kwargs=[{}, {"relation": "about", "num_words": 20}]),
    line(constraint_spans=[5, None]),
    line(),
    line(),
]


def table_after(words: str) -> list[list[str]]:
    """Return the cells of the first table after `words`, without its head."""
    rows = re.search(r"(?:^\|.*\n)+", DOC.split(words, 1)[1], re.MULTILINE)
    assert rows, words
    return [row.strip("|").split("|") for row in rows[0].splitlines()[2:]]


def test_the_example_line_is_accepted() -> None:
    [example, _] = re.findall(r"```json\n(.+)\n```", DOC)
    [record] = read_ifeval([example])
    assert isinstance(record, PromptRecord)


def test_the_table_has_exactly_the_reasons_for_which_lines_are_refused() -> None:
    reasons = [item.reason for item in read_ifeval(BAD_LINES) if isinstance(item, Rejection)]
    listed = [
        reason for row in table_after("What a line can be refused for") for reason in re.findall("`(.+?)`", row[0])
    ]
    assert len(reasons) == len(BAD_LINES) - 1
    assert [excerpt for excerpt in listed if not any(excerpt in reason for reason in reasons)] == []
    assert [reason for reason in reasons if not any(excerpt in reason for excerpt in listed)] == []


def test_the_cap_of_a_line_is_the_one_in_force() -> None:
    assert f"at most {LINE_CAP:,} bytes" in DOC


def options_of(command: BaseCommand) -> set[str]:
    parser = command.create_parser("manage.py", "any")
    return {option for action in parser._actions for option in action.option_strings if option.startswith("--")}


@pytest.mark.parametrize(("name", "section"), [("import_dataset", "## Import"), ("verify", "## Verify")])
def test_the_doc_names_every_option_of_a_command_and_no_other(name: str, section: str) -> None:
    named = set(re.findall(r"(?<![\w-])--[a-z]+", DOC.split(section)[1].split("\n## ")[0]))
    assert named == options_of(load_command_class("annotator.datasets", name)) - options_of(BaseCommand())
