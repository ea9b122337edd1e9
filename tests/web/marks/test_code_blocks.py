"""Fenced blocks of a plain text are code, and marks inside them stay marks."""

import pytest

from annotator.web.marks.code_blocks import code_marks
from annotator.web.marks.evidence_layers import overlaid
from annotator.web.marks.segments import Mark
from annotator.web.templatetags.cotrast import marked

BLOCK = "```python\nprint(1, 2)\n```"


def code_of(text: str) -> list[str]:
    return [text[mark.start : mark.end] for mark in code_marks(text)]


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("no code, `inline` neither", []),
        (f"Before\n{BLOCK}\nafter", [BLOCK]),
        (f"{BLOCK}\n\n{BLOCK}", [BLOCK, BLOCK]),
        ("~~~\na\n```\nb\n~~~~\nc", ["~~~\na\n```\nb\n~~~~"]),
        ("````\n```\n````", ["````\n```\n````"]),
        ("cut off\n```js\nlet a", ["```js\nlet a"]),
        ("``` not `a` fence\ntext", []),
        ("", []),
    ],
)
def test_a_block_reaches_from_fence_to_fence(text: str, blocks: list[str]) -> None:
    assert code_of(text) == blocks


def test_a_text_of_fences_alone_is_read_once() -> None:
    assert len(list(code_marks("```a\n" * 50_000))) == 1


def test_marks_inside_code_stay_marks_and_code_is_no_constraint() -> None:
    comma = BLOCK.index(",")
    html = marked(f"{BLOCK}\nx", [Mark(comma, comma + 1, 2, "violated")])
    assert '<mark class="violated tiny" data-numbers="2" data-ends="2"><code>,</code></mark>' in html
    assert html.startswith("<code>```python")
    assert 'data-numbers="0' not in html


def test_code_lies_under_evidence_of_people() -> None:
    pieces = overlaid(f"{BLOCK} x", [], {1: (0, 3)}, {1: "A"})
    assert [(piece.text, piece.code, piece.numbers, piece.letters) for piece in pieces[:2]] == [
        ("```", True, (), ("A",)),
        (BLOCK[3:] + " x", True, (), ()),
    ]
