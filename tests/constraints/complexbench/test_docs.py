"""Tests that docs/complexbench.md is true: its verbs, commands, options, example line, quotes and figures."""

import re

from django.core.management import BaseCommand, get_commands, load_command_class

from annotator.constraints.complexbench.question import WAITS
from annotator.constraints.complexbench.verbs import MODEL_VERBS, PLAIN_VERBS
from annotator.runs.judge_reply_lines import JudgeReplyLine, read_line
from tests.paths import REPOSITORY
from workers.llm_judge import SHORT_REPLY_TOKENS, THINKING_TOKENS

PAGE = (REPOSITORY / "docs" / "complexbench.md").read_text("utf-8")


def cells(head: str) -> list[list[str]]:
    """Return the cells of the table that begins with `head`, without its head."""
    rows = PAGE.split(head)[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_the_page_lists_every_verb_with_its_verdict_on_no_text() -> None:
    listed = {}
    for verbs, _, no_text in cells("| verb |"):
        listed |= dict.fromkeys(re.findall(r"`([^`]+)`", verbs), no_text == "obeyed")
    assert listed == {verb.name: verb.vacuous for verb in MODEL_VERBS + PLAIN_VERBS}


def options_of(name: str) -> set[str]:
    command = load_command_class(get_commands()[name], name)
    own, common = command.create_parser("manage.py", name), BaseCommand().create_parser("", "")
    return {option for action in own._actions for option in action.option_strings} - {
        option for action in common._actions for option in action.option_strings
    }


def test_every_command_exists_and_every_option_of_judging_is_named() -> None:
    for line in re.findall(r"manage\.py (.+)", PAGE):
        name, options = line.split()[0], set(re.findall(r"--[a-z-]+", line))
        assert options <= options_of(name)
    for usage, words in cells("| command |"):
        name = usage.strip("`").split()[0]
        named = set(re.findall(r"--[a-z-]+", usage + words))
        assert named <= options_of(name)
        assert name == "import_dataset" or named == options_of(name)


def test_the_line_shown_is_read_and_its_table_names_every_field() -> None:
    [line] = re.findall(r"```json\n(.+)\n```", PAGE)
    assert read_line(line).mark == "obeyed"
    named = [name for field, _ in cells("| field |") for name in re.findall(r"`(\w+)`", field)]
    assert named == list(JudgeReplyLine.__dataclass_fields__)


def test_its_quoted_note_and_its_numbers_of_tokens_are_those_of_the_code() -> None:
    flat = " ".join(PAGE.split())
    assert WAITS in flat
    assert f"{THINKING_TOKENS:,} tokens more" in flat
    assert f"at most {SHORT_REPLY_TOKENS} tokens" in flat
