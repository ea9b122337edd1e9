"""Split rules as people write them, and the parts that they leave."""

import pytest

from annotator.datasets.responses.records import PromptName, ResponseFileError, ResponseRecord
from annotator.datasets.responses.splitting import SplitRule


def response(text: str, reasoning: str = "", finish_reason: str = "unknown") -> ResponseRecord:
    kind = "raw" if reasoning else "none"
    return ResponseRecord(PromptName(), text, reasoning, kind, finish_reason)  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", ["none", "markers", "think_tags", "separate", "prefix:Thought:"])
def test_a_rule_is_written_as_it_is_read(rule: str) -> None:
    assert str(SplitRule.parse(rule)) == rule


@pytest.mark.parametrize("rule", ["", "marker", "prefix", "prefix:", "prefix:  ", "prefix:TEXT", "prefix:" + "x" * 200])
def test_an_unknown_rule_names_the_known_ones(rule: str) -> None:
    with pytest.raises(ResponseFileError, match="known rules: none, markers, think_tags, prefix:TEXT, separate"):
        SplitRule.parse(rule)


@pytest.mark.parametrize(
    ("rule", "record", "reasoning", "answer", "status"),
    [
        ("none", response("a, b"), "", "a, b", "clean"),
        ("none", response("<think>hm</think>a"), "hm", "a", "clean"),
        ("markers", response("THINK: hm\nANSWER: a"), "hm", "a", "clean"),
        ("markers", response("a"), "", "a", "missing_marker"),
        ("markers", response("THINK: hm", finish_reason="length"), "hm", "", "truncated"),
        ("think_tags", response("<think>hm</think>a"), "hm", "a", "clean"),
        ("prefix:Thought:", response("Thought: hm\n\na"), "hm", "a", "clean"),
        ("separate", response("a", "hm"), "hm", "a", "clean"),
        ("markers", response("a", "hm"), "hm", "a", "clean"),
        ("separate", response("", "hm", "length"), "hm", "", "truncated"),
        ("separate", response("", "hm", "stop"), "hm", "", "empty"),
    ],
)
def test_a_response_is_split_by_its_rule(
    rule: str, record: ResponseRecord, reasoning: str, answer: str, status: str
) -> None:
    parts = SplitRule.parse(rule).split(record)
    assert (parts.reasoning, parts.answer, parts.status) == (reasoning, answer, status)
    assert parts.completion == "\n\n".join(text for text in (record.reasoning, record.text) if text)
    assert record.text[slice(*parts.answer_span)].strip() == answer or "<think>" in record.text
