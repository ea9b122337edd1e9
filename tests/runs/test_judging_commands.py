"""Commands of judging: one sentence for each result or refusal, and files that can be imported again."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotator.constraints.complexbench.bounds import bound
from annotator.constraints.complexbench.reporting import statistics_json
from annotator.runs import watching
from annotator.runs.models import JudgeReply, LanguageModel, Run, Verdict
from annotator.runs.selectors import JudgeOfRun, marked_run
from annotator.runs.services.workers import worker_seen
from tests.cast import make_dataset, make_model, make_run
from tests.complexbench import answered_run, make_bench, make_judge
from tests.runs.test_judge_reply_import import ALL, line
from workers.session import work_until_idle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]


@pytest.fixture
def run() -> Run:
    return answered_run(make_bench())


@pytest.fixture
def judge() -> LanguageModel:
    return make_judge(rules=[{"contains": ["short"], "reply": "all"}, {"contains": [], "reply": "yes"}])


def command_output(*args: object) -> str:
    out = StringIO()
    call_command(*map(str, args), stdout=out, stderr=out)
    return out.getvalue()


def test_judge_queues_the_questions_and_names_the_worker_that_is_missing(run: Run, judge: LanguageModel) -> None:
    output = command_output("judge", run.pk, "arbiter")
    assert output.splitlines() == [
        f"3 questions of run {run.pk} were queued for arbiter.",
        "No worker is listening for arbiter; start one with: make worker MODEL=arbiter",
    ]
    worker_seen(name="w1", queue=judge.queue)
    assert command_output("judge", run.pk, "arbiter") == f"0 questions of run {run.pk} were queued for arbiter.\n"
    assert command_output("judge", run.pk, "arbiter", "--scope", "completion").startswith("3 questions")


def test_judge_says_that_a_run_still_goes_on(judge: LanguageModel) -> None:
    run = answered_run(make_bench(), answers={"2": "Wang!"})
    assert "The run goes on; ask again when it is done" in command_output("judge", run.pk, "arbiter")


def test_judge_watches_until_all_is_judged_and_names_what_failed(
    run: Run, judge: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    LanguageModel.objects.filter(pk=judge.pk).update(options={"failures": {"Wang": "The server was full."}})

    def work(seconds: float) -> None:
        work_until_idle(language_model_id=judge.pk, worker="w1")

    monkeypatch.setattr(watching.time, "sleep", work)
    assert "main_id 2, question 0 failed: The server was full." in command_output("judge", run.pk, "arbiter", "--watch")
    assert JudgeReply.objects.filter(status="done").count() == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("judge", 0, "arbiter"), "No run 0; the newest are: "),
        (("judge", "{run}", "nobody"), "No language model 'nobody'; known: "),
        (("judge", "{other}", "arbiter"), "which has no question for a judge: checkers decide its constraints"),
        (("export_judge_replies", 0, "{file}"), "No run 0; the newest are: "),
        (("export_judge_replies", "{other}", "{file}"), "has no ComplexBench questions to judge"),
        (("export_judge_replies", "{run}", "{file}/x"), "cannot write "),
        (("import_judge_replies", "{run}", "{file}/x"), "cannot read "),
        (("import_judge_replies", 0, "{file}"), "No run 0; the newest are: "),
        (
            ("import_judge_replies", "{run}", "{file}"),
            "nothing was imported, because 1 line was refused.\nline 1: not JSON",
        ),
        (("complexbench_scores", 0), "No run 0; the newest are: "),
        (("complexbench_scores", "{run}"), "has no judge replies of its answers"),
        (("complexbench_scores", "{other}"), "has no ComplexBench questions to judge"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_no_traceback(
    run: Run, judge: LanguageModel, tmp_path: Path, arguments: tuple[object, ...], sentence: str
) -> None:
    path, other = tmp_path / "judge replies.jsonl", make_run(make_dataset("everyday"), make_model(), "base")
    path.write_text("{\n")
    filled = [str(argument).format(run=run.pk, other=other.pk, file=path) for argument in arguments]
    with pytest.raises(CommandError) as error:
        command_output(*filled)
    assert sentence in str(error.value)


def test_judge_replies_go_round_through_a_file(run: Run, judge: LanguageModel, tmp_path: Path) -> None:
    path = tmp_path / "judge replies.jsonl"
    command_output("judge", run.pk, "arbiter")
    work_until_idle(language_model_id=judge.pk, worker="w1")
    assert command_output("export_judge_replies", run.pk, path) == f"{path} holds 3 judge replies of run {run.pk}.\n"
    assert [json.loads(row)["judge"] for row in path.read_text().splitlines()] == ["arbiter"] * 3
    elsewhere = answered_run(run.dataset, "cot")
    assert command_output("import_judge_replies", elsewhere.pk, path) == (
        f"Stored 3 judge replies of run {elsewhere.pk}; 0 more were there already, and 0 cases changed.\n"
    )
    verdicts = Verdict.objects.filter(scope="answer").order_by("constraint", "generation__run")
    assert len(set(verdicts.filter(generation__run=run).values_list("constraint", "strict"))) == 3
    assert not verdicts.filter(strict=None).exists()


def test_an_import_brings_the_cases_up(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from annotator.studies.management.commands import import_judge_replies

    regraded: list[int] = []
    monkeypatch.setattr(import_judge_replies, "run_regrade", lambda run_id: regraded.append(run_id) or 2)
    path = tmp_path / "judge replies.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ALL))
    assert command_output("import_judge_replies", run.pk, path).endswith("and 2 cases changed.\n")
    assert regraded == [run.pk]


@pytest.fixture
def scored(run: Run, tmp_path: Path) -> Run:
    path = tmp_path / "judge replies.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ALL))
    command_output("import_judge_replies", run.pk, path)
    return run


def test_scores_are_a_table_under_a_line_that_says_whose_they_are(scored: Run) -> None:
    lines = command_output("complexbench_scores", scored.pk).splitlines()
    assert lines[0] == f"run {scored.pk}, answer, judged by gpt-4@official: 2 instances"
    assert lines[2].split() == ["DRFR", "2/3", "66.67", "%"]


def test_scores_as_json_hold_every_statistic(scored: Run) -> None:
    printed = json.loads(command_output("complexbench_scores", scored.pk, "--json", "--judge", "gpt-4"))
    about: dict[str, Any] = {
        "run": scored.pk,
        "scope": "answer",
        "judge": "gpt-4",
        "prompt_version": "official",
        "instances": 2,
        "unanswered": 0,
    }
    marked = marked_run(scored, "answer", JudgeOfRun("gpt-4", "official")).marked
    assert printed == about | statistics_json(bound(marked))


def test_a_reply_that_could_not_be_read_counts_as_neither_and_gives_bounds(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "judge replies.jsonl"
    unread = line(2, 0, mark="unparsed", raw="Well, hard to say.")
    path.write_text("".join(json.dumps(row) + "\n" for row in [*ALL[:2], unread]))
    command_output("import_judge_replies", run.pk, path)
    lines = [" ".join(shown.split()) for shown in command_output("complexbench_scores", run.pk).splitlines()]
    assert lines[2:4] == ["of what was read all no all yes", "DRFR 2/2 100.00 % 2/3 66.67 % 3/3 100.00 %"]
    printed = json.loads(command_output("complexbench_scores", run.pk, "--json"))
    assert printed["drfr"] == {
        "obeyed": 2,
        "undetermined": 1,
        "total": 3,
        "value": 1.0,
        "all_no": 2 / 3,
        "all_yes": 1.0,
    }


def test_scores_say_how_many_prompts_were_left_out(tmp_path: Path) -> None:
    run = answered_run(make_bench(), answers={"2": "Wang!"})
    path = tmp_path / "judge replies.jsonl"
    path.write_text(json.dumps(line(2, 0)))
    command_output("import_judge_replies", run.pk, path)
    assert "1 instance, 1 without an answer left out" in command_output("complexbench_scores", run.pk)
