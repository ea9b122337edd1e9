"""Rows of Multi-IF's CSV for tests, with texts of our own, written as the published file writes them."""

import csv
import json
from io import StringIO
from typing import Any

TURNS = [f"turn_{turn}_{name}" for turn in (1, 2, 3) for name in ("prompt", "instruction_id_list", "kwargs")]
COLUMNS = ["turns", "responses", *TURNS, "key", "turn_index", "language"]
LETTER = 'Write a letter to "Ana", please,\nin at least 5 words, without commas.'


def multi_if_row(
    key: str = "9:1:en",
    text: str = LETTER,
    language: str = "English",
    kinds: tuple[str, ...] = ("punctuation:no_comma", "length_constraints:number_words"),
    kwargs: tuple[Any, ...] = ({}, {"relation": "at least", "num_words": 5}),
    **fields: str,
) -> dict[str, str]:
    turn = {
        "turn_1_prompt": json.dumps({"role": "user", "content": text}),
        "turn_1_instruction_id_list": json.dumps(kinds),
        "turn_1_kwargs": json.dumps([json.dumps(value) for value in kwargs]),
    }
    later = {"turn_2_prompt": '{"role": "user", "content": "In capitals."}', "turn_3_prompt": "None"}
    return turn | later | {"key": key, "turn_index": "0", "language": language} | fields


def multi_if_lines(*rows: dict[str, str]) -> list[str]:
    """Return the lines of the file."""
    out = StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().splitlines(keepends=True)
