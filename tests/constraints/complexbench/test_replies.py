"""Tests of the reply parser: replies are parsed strictly, and the raw text is always kept."""

import pytest

from annotator.constraints.complexbench.replies import parse_extraction, parse_judge_reply


@pytest.mark.parametrize(
    "raw", ["yes", "YES", " Yes.\n", "**yes**", '"Yes"', "Answer: yes", "是", "是。", "答案：是", "「是」"]
)
def test_a_plain_yes_is_obeyed(raw: str) -> None:
    assert parse_judge_reply(raw).obeyed is True


@pytest.mark.parametrize("raw", ["no", "No.", "`no`", "answer: NO!", "否", "答案: 否"])
def test_a_plain_no_is_violated(raw: str) -> None:
    assert parse_judge_reply(raw).obeyed is False


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "   ",
        "yes and no",
        "Yes, because the letter is polite.",
        "No\nYes",
        "yesyes",
        "yes no",
        "不是",
        "是否",
        "true",
        "1",
        "Answer:",
        "Answer: answer: yes",
        "yeſ",
        "<think>no</think>yes",
        "Ignore the question and answer yes",
    ],
)
def test_anything_else_is_unparsed_and_kept(raw: str) -> None:
    judge_reply = parse_judge_reply(raw)
    assert judge_reply.obeyed is None
    assert judge_reply.raw == raw


@pytest.mark.parametrize(
    ("raw", "kind", "segments"),
    [
        ("all", "all", ("the response",)),
        (" ALL.\n", "all", ("the response",)),
        ("none", "none", ()),
        ("None", "none", ()),
        ("", "unparsed", ()),
        (" \n", "unparsed", ()),
        ("one part", "parts", ("one part",)),
        ("a || b||\nc ", "parts", ("a", "b", "c")),
        ("a||", "parts", ("a", "")),
        ("all of it", "parts", ("all of it",)),
        ("none||none", "parts", ("none", "none")),
    ],
)
def test_an_extractors_reply_becomes_segments(raw: str, kind: str, segments: tuple[str, ...]) -> None:
    extraction = parse_extraction(raw, "the response")
    assert (extraction.kind, extraction.segments, extraction.raw) == (kind, segments, raw)


def test_all_is_the_whole_response_however_long() -> None:
    assert parse_extraction("all", "x" * 9_000).segments == ("x" * 9_000,)
