"""Tests of `manage.py verify`: rows in the prompts' order, accuracies, an error for everything that does not fit."""

import gzip
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from importlib import metadata
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotator.constraints import registry
from tests.datasets.records import line
from tests.paths import REPOSITORY, SHARED_DATA, needs_shared_data

ONE, TWO = {"key": 1, "response": "No comma here"}, {"key": 2, "response": "One, comma"}


FIRST = "nothing was verified; correct these lines, or set them aside (`--rejects FILE`)."


class Folder:
    """A folder with two prompts that forbid commas, and the responses that a test writes."""

    def __init__(self, path: Path) -> None:
        self.prompts, self.responses = path / "prompts.jsonl", path / "responses.jsonl"
        only_comma: dict[str, Any] = {"instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}
        self.prompts.write_bytes(
            line(key=1, prompt="First: no commas.", **only_comma)
            + line(key=2, prompt="Second: no commas.", **only_comma)
        )

    def verify(self, responses: Iterable[Any], *options: str) -> tuple[list[dict[str, Any]], str]:
        """Run the command; return the rows and the summary."""
        self.responses.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in responses))
        out, err = StringIO(), StringIO()
        call_command("verify", str(self.prompts), str(self.responses), *options, stdout=out, stderr=err)
        return [json.loads(row) for row in out.getvalue().splitlines()], err.getvalue()

    def refusal(self, responses: Iterable[Any], *options: str) -> str:
        with pytest.raises(CommandError) as refused:
            self.verify(responses, *options)
        assert refused.value.returncode != 0
        return str(refused.value)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_rows_come_in_the_order_of_the_prompts_and_the_summary_goes_to_stderr(folder: Folder) -> None:
    rows, summary = folder.verify([TWO, ONE])
    kinds = ["punctuation:no_comma"]
    assert rows == [
        {"key": 1, "instruction_id_list": kinds, "strict": [True], "loose": [True]},
        {"key": 2, "instruction_id_list": kinds, "strict": [False], "loose": [False]},
    ]
    assert "prompt level          1/2  50.00 %  1/2  50.00 %" in summary
    assert "punctuation:no_comma  1/2  50.00 %  1/2  50.00 %" in summary


def test_a_response_names_its_prompt_by_key_or_by_text_or_by_both_alike(folder: Folder) -> None:
    by_text = {"prompt": "First: no commas.", "response": "a"}
    by_both = {"key": "2", "prompt": "Second: no commas.", "response": "b"}
    assert [row["strict"] for row in folder.verify([by_both, by_text])[0]] == [[True], [True]]


def test_with_an_output_file_the_summary_goes_to_stdout(folder: Folder, tmp_path: Path) -> None:
    folder.verify([ONE, TWO])
    out, err, file = StringIO(), StringIO(), tmp_path / "verdicts.jsonl"
    call_command("verify", str(folder.prompts), str(folder.responses), output=file, stdout=out, stderr=err)
    assert "prompt level" in out.getvalue()
    assert err.getvalue() == ""
    assert [json.loads(row)["key"] for row in file.read_text().splitlines()] == [1, 2]


def test_evidence_says_what_was_counted_and_where(folder: Folder) -> None:
    rows, _ = folder.verify([ONE, TWO], "--evidence")
    [evidence] = rows[1]["evidence"]
    assert evidence["strict"]["spans"] == [[3, 4]]
    assert set(evidence) == {"strict", "loose"}
    assert set(evidence["loose"]) == {"obeyed", "observed", "required", "spans", "note"}


def test_the_answer_alone_is_judged_where_the_completion_is_split(folder: Folder) -> None:
    thinking = [{"key": key, "response": "THINK: well, well\nANSWER: fine"} for key in (1, 2)]
    whole, _ = folder.verify(thinking, "--scope", "completion", "--split", "markers")
    answer, summary = folder.verify(thinking, "--scope", "answer", "--split", "markers")
    unsplit, _ = folder.verify(thinking)
    assert [row["strict"] for row in whole + unsplit] == [[False]] * 4
    assert [(row["strict"], row["split_status"], row["answer_span"]) for row in answer] == [
        ([True], "clean", [26, 30])
    ] * 2
    assert summary.rstrip().endswith("split: clean 2")


def test_several_processes_give_the_same_rows(folder: Folder) -> None:
    assert folder.verify([ONE, TWO], "--jobs", "2") == folder.verify([ONE, TWO])


def test_what_cannot_be_verified_is_null_and_counted_apart(folder: Folder) -> None:
    no_threshold = {"instruction_id_list": ["length_constraints:number_words"], "kwargs": [{"relation": "at least"}]}
    folder.prompts.write_bytes(line(key=1, **no_threshold))
    rows, summary = folder.verify([ONE])
    assert (rows[0]["strict"], rows[0]["loose"]) == ([None], [None])
    assert "unverifiable constraints" in summary


def test_hostile_responses_are_judged_like_any_other(folder: Folder) -> None:
    rows, _ = folder.verify(['{"key": 1, "response": "\\ud800\\u0000<b>"}', {"key": 2, "response": "," * 100_000}])
    assert [row["strict"] for row in rows] == [[True], [False]]


@pytest.mark.parametrize(
    ("responses", "why"),
    [
        ([ONE], "prompts.jsonl, line 2: no response to this prompt"),
        ([ONE, TWO, ONE], "line 3: the prompt with the key “1” has a response in line 1 already; remove one"),
        ([ONE, TWO, {"key": 3, "response": ""}], "responses.jsonl, line 3: the key “3” is not in "),
        ([ONE, TWO, {"prompt": "Third", "response": ""}], "line 3: its prompt is not in "),
        ([ONE, {"prompt": "First: no commas.", "key": 2, "response": ""}], "line 2: its 'prompt' differs from"),
        ([ONE, {"response": "x"}], "line 2: neither 'key' nor 'prompt' says what it answers"),
        ([ONE, {"key": 2}], "line 2: the field 'response' is missing"),
        ([ONE, {"key": 2, "response": 5}], "line 2: 'response' must be a text"),
        ([ONE, {"key": 2.0, "response": "x"}], "line 2: 'key' must be a whole number or a text"),
        ([ONE, {"prompt": 2, "response": "x"}], "line 2: 'prompt' must be a text"),
        ([ONE, "{"], "line 2: not JSON"),
        ([ONE, "[]"], "line 2: not a JSON object"),
        ([], "responses.jsonl is empty."),
    ],
)
def test_a_response_that_does_not_fit_is_an_error_with_its_line(folder: Folder, responses: list[Any], why: str) -> None:
    assert why in folder.refusal(responses)


def test_every_problem_is_counted_and_the_first_are_shown(folder: Folder) -> None:
    message_lines = folder.refusal([{"key": key, "response": ""} for key in range(3, 50)]).splitlines()
    assert (message_lines[0], message_lines[-1], len(message_lines)) == (FIRST, "... and 29 more", 22)


def test_a_text_that_two_prompts_share_asks_for_a_key(folder: Folder) -> None:
    folder.prompts.write_bytes(line(key=1) + line(key=2))
    message = folder.refusal([{"prompt": json.loads(line())["prompt"], "response": ""}])
    assert "stands more than once" in message


@pytest.mark.parametrize(
    ("prompts", "why"),
    [
        (b"{\n", "prompts.jsonl, line 1: not JSON"),
        (line(instruction_id_list=["foo:bar"], kwargs=[{}]), "line 1: key 7, constraint 1: unknown constraint kind"),
        (b"\n", "there is no prompt in "),
    ],
)
def test_prompts_that_cannot_be_used_are_an_error_with_their_line(folder: Folder, prompts: bytes, why: str) -> None:
    folder.prompts.write_bytes(prompts)
    assert why in folder.refusal([ONE])


def test_files_that_cannot_be_used_are_named(folder: Folder, tmp_path: Path) -> None:
    assert "No such file or directory" in folder.refusal([ONE, TWO], "--output", str(tmp_path / "no" / "where"))
    assert "one of the files to verify" in folder.refusal([ONE, TWO], "--output", str(folder.prompts))
    with pytest.raises(CommandError, match=r"cannot use .*nowhere"):
        call_command("verify", str(tmp_path / "nowhere"), str(folder.responses))
    with pytest.raises(CommandError, match="is not a regular file"):
        call_command("verify", str(tmp_path), str(folder.responses))


@pytest.mark.parametrize("jobs", ["0", "-1", "two"])
def test_a_number_of_jobs_is_above_zero(folder: Folder, jobs: str) -> None:
    assert "is not a whole number above 0" in folder.refusal([ONE, TWO], f"--jobs={jobs}")


def test_it_needs_neither_a_database_nor_a_broker(folder: Folder) -> None:
    folder.verify([ONE, TWO])
    unreachable = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "BROKER_URL": "redis://127.0.0.1:1/0"}
    done = subprocess.run(
        [sys.executable, REPOSITORY / "manage.py", "verify", folder.prompts, folder.responses],
        env=os.environ | unreachable | {"SECRET_KEY": secrets.token_hex(32)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2), done.stderr
    assert "prompt level" in done.stderr


def test_a_reader_that_closes_the_output_early_is_no_error(folder: Folder) -> None:
    keys = range(1500)
    folder.prompts.write_bytes(b"".join(line(key=key) for key in keys))
    folder.responses.write_text("".join(json.dumps({"key": key, "response": "x"}) + "\n" for key in keys))
    verify = [sys.executable, REPOSITORY / "manage.py", "verify", folder.prompts, folder.responses]
    with subprocess.Popen(verify, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0


def test_a_killed_process_is_explained(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*args: Any, **options: Any) -> None:
        raise BrokenProcessPool

    monkeypatch.setattr("annotator.datasets.management.commands.verify.verify_responses", killed)
    assert "fewer --jobs" in folder.refusal([ONE, TWO], "--jobs", "2")


def test_a_null_response_is_an_empty_one(folder: Folder) -> None:
    rows, _ = folder.verify([ONE, {"key": 2, "response": None}])
    assert [row["strict"] for row in rows] == [[True], [False]]


@pytest.mark.parametrize("bad", [{"key": 2, "response": 5}, {"key": 2}, "{", {"prompt": "Third", "response": ""}])
def test_one_bad_row_is_one_problem(folder: Folder, bad: Any) -> None:
    lines = folder.refusal([ONE, bad]).splitlines()
    assert len([line for line in lines if ".jsonl, " in line]) == 1, lines


def test_prompts_without_a_row_are_reported_beside_a_bad_row(folder: Folder) -> None:
    folder.prompts.write_bytes(b"".join(line(key=key) for key in range(1, 6)))
    assert "4 prompts without a response in " in folder.refusal([ONE, "{"])
    assert "line 5: no response to this prompt" in folder.refusal([ONE, {"key": 2, "response": 5}])


def test_bad_lines_are_set_aside_and_the_others_verified(folder: Folder, tmp_path: Path) -> None:
    rejects = tmp_path / "bad.jsonl"
    unknown = {"instruction_id_list": ["punctuation:no_coma"], "kwargs": [{}]}
    with folder.prompts.open("ab") as file:
        file.write(line(key=3, **unknown) + line(key=4, **unknown) + b"{\n" + line(key=6))
    responses = [ONE, TWO, {"key": 3, "response": "x"}, {"key": 6, "response": 5}, "[]"]
    rows, summary = folder.verify(responses, "--rejects", str(rejects))
    assert [row["key"] for row in rows] == [1, 2]
    aside = [json.loads(row) for row in rejects.read_text().splitlines()]
    assert [(Path(row["file"]).name, row["place"]) for row in aside] == [
        ("prompts.jsonl", "line 3"),
        ("prompts.jsonl", "line 4"),
        ("prompts.jsonl", "line 5"),
        ("responses.jsonl", "line 3"),
        ("responses.jsonl", "line 4"),
        ("responses.jsonl", "line 5"),
    ]
    assert "unknown constraint kind 'punctuation:no_coma'; did you mean 'punctuation:no_comma'?" in aside[0]["reason"]
    assert aside[3]["reason"] == "its prompt, on line 3, cannot be used"
    assert json.loads(aside[4]["text"]) == {"key": 6, "response": 5}
    assert f"6 lines are set aside in {rejects}, 2 of them for an unknown kind." in summary
    assert summary.count("a kind of your own is added by an entry point") == 1


def test_many_unknown_kinds_are_refused_with_one_way_to_add_them(folder: Folder) -> None:
    folder.prompts.write_bytes(b"".join(line(key=n, instruction_id_list=["my:kind"], kwargs=[{}]) for n in range(9)))
    message = folder.refusal([ONE])
    assert message.count("unknown constraint kind 'my:kind'") == 9
    assert message.count("a kind of your own is added by an entry point") == 1
    assert "change_case:capital_word_frequency" not in message
    assert "set them aside (`--rejects FILE`)" in message


def test_nothing_left_is_an_error_though_bad_lines_are_set_aside(folder: Folder, tmp_path: Path) -> None:
    assert "nothing was verified" in folder.refusal(["{"], "--format", "jsonl", "--rejects", str(tmp_path / "bad"))


def test_the_rejected_lines_never_overwrite_what_is_verified(folder: Folder, tmp_path: Path) -> None:
    assert "one of the files to verify" in folder.refusal([ONE, TWO], "--rejects", str(folder.responses))
    out = str(tmp_path / "out")
    assert "name two files" in folder.refusal([ONE, TWO], "--rejects", out, "--output", out)


@pytest.mark.parametrize("packed", ["prompts", "responses"])
def test_gzip_is_read_on_both_sides(folder: Folder, packed: str) -> None:
    expected, _ = folder.verify([ONE, TWO])
    path = getattr(folder, packed)
    path.write_bytes(gzip.compress(path.read_bytes()))
    out = StringIO()
    call_command("verify", str(folder.prompts), str(folder.responses), stdout=out, stderr=StringIO())
    assert [json.loads(row) for row in out.getvalue().splitlines()] == expected


@pytest.mark.parametrize("error", [BrokenProcessPool(), OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_an_output_that_cannot_be_finished_is_left_as_it_was(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def one_row(*args: Any, **options: Any) -> Iterator[dict[str, Any]]:
        yield {"instruction_id_list": ["punctuation:no_comma"], "strict": [True], "loose": [True]}
        raise error

    monkeypatch.setattr("annotator.datasets.management.commands.verify.verify_responses", one_row)
    output = tmp_path / "verdicts.jsonl"
    output.write_text("earlier")
    assert f"Nothing was written to {output}." in folder.refusal([ONE, TWO], "--output", str(output))
    assert output.read_text() == "earlier"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["prompts.jsonl", "responses.jsonl", "verdicts.jsonl"]
    assert "The output is cut off: it has 1 of 2 lines." in folder.refusal([ONE, TWO])


def test_an_output_keeps_its_permissions_and_a_device_is_written_to(folder: Folder, tmp_path: Path) -> None:
    folder.verify([ONE, TWO])
    output = tmp_path / "verdicts.jsonl"
    output.touch()
    output.chmod(0o640)  # whatever the umask
    for path in (output, Path("/dev/null")):
        call_command("verify", str(folder.prompts), str(folder.responses), output=path, stdout=StringIO())
    assert output.stat().st_mode & 0o777 == 0o640
    assert Path("/dev/null").is_char_device()


@needs_shared_data
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_it_agrees_with_the_official_verdicts_on_gpt4(tmp_path: Path, jobs: str) -> None:
    ifeval, output = SHARED_DATA / "ifeval", tmp_path / "verdicts.jsonl"
    files = [str(ifeval / "input_data_gpt4.jsonl"), str(ifeval / "responses" / "gpt4.jsonl")]
    call_command("verify", *files, "--jobs", jobs, output=output, stdout=StringIO())
    ours = [json.loads(row) for row in output.read_text().splitlines()]
    official = [json.loads(row) for row in (SHARED_DATA / "golden/ifeval/gpt4.jsonl").read_text().splitlines()]
    assert [row["key"] for row in ours] == [row["key"] for row in official]
    compared = 0
    for mine, theirs in zip(ours, official, strict=True):
        drawn = {item["index"] for item in theirs.get("nondeterministic", [])}
        for index in set(range(len(theirs["strict"]))) - drawn:
            for verdict in ("strict", "loose"):
                assert mine[verdict][index] == theirs[verdict][index], (mine["key"], index, verdict)
                compared += 1
    assert compared == 2 * 832


BLOCK = {"key": 1, "response": "<think>one, two</think>No comma here"}
SPLIT = [
    ("none", BLOCK, True, [23, 36]),
    ("think_tags", BLOCK, True, [23, 36]),
    ("markers", {"key": 1, "response": "THINK: one, two\nANSWER: No comma here"}, True, [24, 37]),
    ("prefix:Thought:", {"key": 1, "response": "Thought: one, two\n\nNo comma here"}, True, [19, 32]),
]


@pytest.mark.parametrize(("rule", "response", "obeyed", "span"), SPLIT)
def test_a_split_rule_leaves_the_answer_that_an_import_would_judge(
    folder: Folder, rule: str, response: dict[str, Any], obeyed: bool, span: list[int]
) -> None:
    [row, _], _ = folder.verify([response, TWO], "--split", rule)
    assert (row["strict"], row["answer_span"]) == ([obeyed], span)
    [row, _], _ = folder.verify([response, TWO])
    assert (row["strict"], "answer_span" in row) == ([False], False)


@pytest.fixture
def failing_kind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    points = [metadata.EntryPoint("study:failing", "tests.constraints.test_registry:Failing", registry.GROUP)]
    monkeypatch.setattr(registry.metadata, "entry_points", lambda group: points)
    monkeypatch.setattr("tests.constraints.test_registry.Failing.part", "obeys")
    for cached in (registry._entry_points, registry._load):
        cached.cache_clear()
    yield
    for cached in (registry._entry_points, registry._load):
        cached.cache_clear()


@pytest.mark.usefixtures("failing_kind")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_kind_that_fails_in_use_costs_only_its_own_verdicts(folder: Folder, jobs: str) -> None:
    kinds = {"instruction_id_list": ["study:failing", "punctuation:no_comma"], "kwargs": [{}, {}]}
    folder.prompts.write_bytes(line(key=1, **kinds) + line(key=2, **kinds))
    rows, summary = folder.verify([ONE, TWO], "--evidence", "--jobs", jobs)
    assert [row["strict"] for row in rows] == [[None, True], [None, False]]
    assert "the checker of study:failing failed: ValueError" in rows[0]["evidence"][0]["strict"]["note"]
    assert "unverifiable constraints" in summary
