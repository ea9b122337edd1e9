"""Each format of responses: what is read of a row, and the sentence for a row that cannot be used."""

import json
from pathlib import Path
from typing import Any

import pytest

from annotator.datasets.responses.formats import RESPONSE_FORMATS
from annotator.datasets.responses.records import ResponseFileError, Tokens
from tests.datasets.responses.reading import RAIN, TEA, read, recognised, written

CHAT_USAGE = {"prompt_tokens": 9, "completion_tokens": 40, "completion_tokens_details": {"reasoning_tokens": 30}}


def lm_eval_row(**changes: Any) -> dict[str, Any]:
    row = {
        "doc_id": 0,
        "doc": {"key": 17, "prompt": TEA},
        "target": "0",
        "arguments": {"gen_args_0": {"arg_0": TEA, "arg_1": {"until": []}}},
        "resps": [["Tea is warm."]],
        "filtered_resps": ["Tea is"],
        "filter": "none",
        "prompt_level_strict_acc": True,
    }
    return row | changes


def inspect_row(**changes: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": "Tea is warm.", "source": "generate"}
    row = {
        "id": 17,
        "epoch": 1,
        "input": TEA,
        "target": "",
        "messages": [{"role": "user", "content": TEA}, message],
        "output": {
            "model": "mock/tiny",
            "choices": [{"message": message, "stop_reason": "stop"}],
            "usage": {"input_tokens": 5, "input_tokens_cache_read": 4, "output_tokens": 7},
        },
        "attachments": {},
    }
    return row | changes


def batch_row(body: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    chat = {
        "id": "chatcmpl-1",
        "model": "gpt-x",
        "choices": [{"message": {"role": "assistant", "content": "Tea is warm."}, "finish_reason": "length"}],
        "usage": CHAT_USAGE,
    }
    return {"custom_id": "17", "response": {"status_code": 200, "body": body or chat}, "error": None} | changes


RESPONSES_BODY = {
    "id": "resp_1",
    "model": "gpt-x",
    "status": "incomplete",
    "incomplete_details": {"reason": "max_output_tokens"},
    "output": [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "In short."}], "content": []},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Tea is warm."}]},
    ],
    "usage": {"input_tokens": 9, "output_tokens": 40, "output_tokens_details": {"reasoning_tokens": 30}},
}
# The format, one row of it, and what is read: (reasoning, its kind, finish reason, tokens, model, response id).
ROWS: list[tuple[str, dict[str, Any], tuple[Any, ...]]] = [
    ("jsonl", {"key": "17", "response": "Tea is warm."}, ("", "none", "unknown", Tokens(), "", "")),
    (
        "jsonl",
        {"prompt": f" {TEA}\n", "response": "Tea is warm.", "reasoning": "Hm.", "finish_reason": "max_tokens"},
        ("Hm.", "raw", "length", Tokens(), "", ""),
    ),
    ("lm-eval", lm_eval_row(), ("", "none", "unknown", Tokens(), "", "")),
    ("inspect", inspect_row(), ("", "none", "stop", Tokens(9, 7), "mock/tiny", "")),
    ("batch", batch_row(), ("", "none", "length", Tokens(9, 40, 30), "gpt-x", "chatcmpl-1")),
    ("batch", batch_row(RESPONSES_BODY), ("In short.", "summary", "length", Tokens(9, 40, 30), "gpt-x", "resp_1")),
    (
        "chat",
        {
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [{"type": "text", "text": TEA}]},
                {"role": "assistant", "content": "Tea is warm.", "reasoning_content": "Hm."},
            ],
            "finish_reason": "stop",
        },
        ("Hm.", "raw", "stop", Tokens(), "", ""),
    ),
    (
        "chat",
        {"input": TEA, **RESPONSES_BODY},
        ("In short.", "summary", "length", Tokens(9, 40, 30), "gpt-x", "resp_1"),
    ),
    (
        "reasonif",
        {"id": 3, "hf_id": 17, "question": "?", "answer": "x", "input": f"<|user|>{TEA}<|assistant|>",
         "reasoning_content": ["Hm."], "content": ["Tea is warm."]},
        ("Hm.", "raw", "unknown", Tokens(), "", ""),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("format", "row", "expected"), ROWS)
def test_a_row_is_read_with_everything_that_it_states(
    tmp_path: Path, format: str, row: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    path = written(tmp_path, [row])
    found, problems = read(path)
    record = found["17"]
    stated = record.reasoning, record.reasoning_kind, record.finish_reason, record.tokens, record.model
    assert (recognised(path), problems, record.text) == (format, [], "Tea is warm.")
    assert (*stated, record.response_id) == expected


def test_every_format_has_a_row_here() -> None:
    assert {row[0] for row in ROWS} | {"mathif"} == set(RESPONSE_FORMATS)


def test_rows_without_any_name_are_matched_by_line_number(tmp_path: Path) -> None:
    path = written(tmp_path, [{"output": ["Rain falls."]}, {"output": ["Tea is warm."]}])
    found, problems = read(path)
    assert (recognised(path), problems) == ("mathif", [])
    assert {key: record.text for key, record in found.items()} == {"rain": "Rain falls.", "17": "Tea is warm."}


@pytest.mark.parametrize("rows", [1, 3])
def test_rows_without_any_name_must_be_as_many_as_the_prompts(tmp_path: Path, rows: int) -> None:
    path = written(tmp_path, [{"output": ["x"]}] * rows)
    with pytest.raises(ResponseFileError, match=rf"has {rows} lines and the dataset 2 prompts"):
        read(path)


@pytest.mark.parametrize(
    "row",
    [
        batch_row({"choices": [{"message": {"content": text}} for text in ("One.", "Two.")]}),
        lm_eval_row(resps=[["One.", "Two."]]),
        {"input": TEA, "content": ["One.", "Two."], "reasoning_content": ["", ""]},
    ],
)
def test_of_several_samples_one_is_chosen_and_none_is_guessed(tmp_path: Path, row: dict[str, Any]) -> None:
    path = written(tmp_path, [row])
    assert read(path)[1] == [f"line 1: '{_list_of(row)}' holds 2 samples; choose one of them by its number"]
    assert read(path, sample=2)[0]["17"].text == "Two."
    assert read(path, sample=3)[1] == [f"line 1: '{_list_of(row)}' holds 2 samples, and no sample 3"]


def _list_of(row: dict[str, Any]) -> str:
    return "choices" if "custom_id" in row else "resps" if "resps" in row else "content"


def test_epochs_of_a_log_are_samples(tmp_path: Path) -> None:
    second = inspect_row(epoch=2)
    second["output"] = {"choices": [{"message": {"content": "Tea again."}, "stop_reason": "max_tokens"}]}
    path = written(tmp_path, [json.dumps({"version": 2, "status": "success", "samples": [inspect_row(), second]})])
    found, problems = read(path)
    assert problems == ["sample 2: sample “17” has the epochs 1 and “2”; choose one of them by its number"]
    assert found["17"].text == "Tea is warm."
    found, problems = read(path, sample=2)
    assert (found["17"].text, found["17"].finish_reason, problems) == ("Tea again.", "length", [])


def test_rows_of_further_filters_are_the_same_responses_again(tmp_path: Path) -> None:
    rows = [lm_eval_row(filter="strict"), lm_eval_row(filter="flexible"), lm_eval_row(filter="strict", doc={})]
    found, problems = read(written(tmp_path, rows))
    assert (list(found), len(problems)) == (["17"], 1)


def test_a_chat_template_around_the_prompt_needs_the_dataset_s_own_text_beside_it(tmp_path: Path) -> None:
    chat = json.dumps([{"role": "user", "content": TEA}])
    by_chat = lm_eval_row(doc={"anything": 1}, arguments=[[chat, {}]])
    assert list(read(written(tmp_path, [by_chat]))[0]) == ["17"]
    wrapped = lm_eval_row(doc={"key": 17, "text": "?"}, arguments=[[f"<user>{TEA}</user>", {}]])
    assert list(read(written(tmp_path, [wrapped]))[0]) == ["17"]
    other = lm_eval_row(doc={"key": 17, "text": "?"}, arguments=[["<user>Praise coffee.</user>", {}]])
    assert read(written(tmp_path, [other]))[1] == [
        "line 1: its prompt is not in the dataset: “<user>Praise coffee.</user>”"
    ]


def test_reasoning_parts_and_attachments_of_a_log_are_resolved(tmp_path: Path) -> None:
    message = {
        "role": "assistant",
        "content": [
            {"type": "reasoning", "reasoning": "attachment://abc"},
            {"type": "text", "text": "attachment://def"},
        ],
    }
    row = inspect_row(
        input="attachment://tea",
        attachments={"abc": "Long thoughts.", "def": "Tea is warm.", "tea": TEA},
        output={"choices": [{"message": message, "stop_reason": "content_filter"}]},
    )
    record = read(written(tmp_path, [row]))[0]["17"]
    assert (record.reasoning, record.text, record.finish_reason) == ("Long thoughts.", "Tea is warm.", "refusal")


@pytest.mark.parametrize(
    ("part", "reasoning", "kind"),
    [
        ({"type": "reasoning", "reasoning": "gAAAB", "summary": "In short.", "redacted": True}, "In short.", "summary"),
        ({"type": "reasoning", "reasoning": "gAAAB", "redacted": True}, "", "redacted"),
        ({"type": "redacted_thinking", "data": "gAAAB"}, "", "redacted"),
        ({"type": "thinking", "thinking": "Hm.", "signature": "x"}, "Hm.", "raw"),
        ({"type": "reasoning", "summary": []}, "", "omitted"),
        ({"type": "reasoning", "content": [{"type": "reasoning_text", "text": "Hm."}]}, "Hm.", "raw"),
    ],
)
def test_reasoning_that_is_kept_back_is_no_reasoning(
    tmp_path: Path, part: dict[str, Any], reasoning: str, kind: str
) -> None:
    turns = [
        {"role": "user", "content": TEA},
        {"role": "assistant", "content": [part, {"type": "text", "text": "Tea."}]},
    ]
    record = read(written(tmp_path, [{"messages": turns}]))[0]["17"]
    assert (record.text, record.reasoning, record.reasoning_kind) == ("Tea.", reasoning, kind)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"response": "x"}, "neither 'key' nor 'prompt' says what it answers"),
        ({"key": 17, "response": 3}, "'response' must be a text"),
        ({"key": 17, "response": "x", "reasoning": ["y"]}, "'reasoning' must be a text or null"),
        ({"key": 3, "response": "x"}, "the key “3” is not in the dataset"),
        ({"key": 17, "prompt": RAIN, "response": "x"}, "its 'prompt' differs from that of the key “17”"),
        ({"prompt": "Praise coffee.", "response": "x"}, "its prompt is not in the dataset: “Praise coffee.”"),
        (lm_eval_row(resps=[[["-1.5", "False"]]]), "only tasks that generate text can be imported"),
        (lm_eval_row(resps=[["a"], ["b"]]), "'resps' is not one list of texts"),
        (inspect_row(error={"message": "out of memory"}), "sample “17” ended with an error and has no answer: “out of"),
        (inspect_row(output={"choices": []}), "sample “17” has no output"),
        (batch_row(custom_id=None), "'custom_id' must be a text"),
        (batch_row(custom_id="request-17"), "the key “request-17” is not in the dataset"),
        (batch_row(error={"message": "expired"}, response=None), "failed and has no answer: “expired”"),
        (
            batch_row(response={"status_code": 400, "body": {"error": {"message": "too long"}}}),
            "the request failed with status “400”: “too long”",
        ),
        (batch_row({"choices": "x"}), "'choices' must be a list"),
        ({"messages": [{"role": "user", "content": TEA}]}, "'messages' does not end with a turn of the assistant"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "no user turn and no 'key'"),
        ({"input": TEA, "content": ["a"], "reasoning_content": []}, "must have equally many texts"),
        ({"input": TEA, "content": [], "reasoning_content": []}, "'content' is empty"),
    ],
)
def test_a_row_that_cannot_be_used_says_why(tmp_path: Path, row: dict[str, Any], why: str) -> None:
    found, [problem] = read(written(tmp_path, [row]))
    assert found == {}
    assert problem.startswith("line 1: ")
    assert why in problem


def test_a_refusal_is_an_answer_that_says_so(tmp_path: Path) -> None:
    message = {"role": "assistant", "content": None, "refusal": "I can’t help with tea."}
    found, _ = read(written(tmp_path, [batch_row({"choices": [{"message": message, "finish_reason": "stop"}]})]))
    assert (found["17"].text, found["17"].finish_reason) == ("I can’t help with tea.", "refusal")


def test_the_format_is_chosen_where_rows_look_like_several(tmp_path: Path) -> None:
    rows = [{"key": 17, "response": "Tea."}, batch_row(custom_id="rain")]
    path = written(tmp_path, rows)
    with pytest.raises(ResponseFileError, match=r"looks like several formats: jsonl \(line 1\), batch \(line 2\)"):
        read(path)
    found, problems = read(path, format="jsonl")
    assert (list(found), len(problems)) == (["17"], 1)


def test_a_file_of_no_known_format_names_them_all(tmp_path: Path) -> None:
    with pytest.raises(ResponseFileError) as refused:
        read(written(tmp_path, [{"text": "x"}]))
    assert all(name in str(refused.value) for name in RESPONSE_FORMATS)
    with pytest.raises(ResponseFileError, match="unknown format “yaml”"):
        read(written(tmp_path, [{"key": 17, "response": "x"}]), format="yaml")
