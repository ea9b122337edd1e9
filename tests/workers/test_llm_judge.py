"""Judging: from a scoring question to a verdict and a case, on the scripted backend."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from annotator.runs import dispatch
from annotator.runs.models import JudgeReply, LanguageModel, Run, Verdict, Worker
from annotator.runs.services.judge_replies import judge_replies_request
from annotator.studies.services import codebook_load, run_pair, study_create
from tests.cast import CODEBOOK
from tests.complexbench import ANSWERS, answered_run, make_bench, make_judge
from workers import llm_judge
from workers.engine import Completion, Request, load_backend
from workers.session import work_until_idle

pytestmark = pytest.mark.django_db

POLITE = {"contains": ["Is it polite?", "thank you"], "reply": "<think>They give thanks.</think> Yes"}
RUDE = {"contains": ["Is it polite?", "Come here"], "reply": "no"}
SHORT = {"contains": ["Is it short?"], "reply": "all"}
RULES = [POLITE, RUDE, SHORT]


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "_send", lambda *args, **kwargs: None)


def requested(run: Run, **options: Any) -> LanguageModel:
    judge = make_judge(**options)
    judge_replies_request(run=run, judge=judge)
    return judge


def work(judge: LanguageModel, **kwargs: Any) -> int:
    return work_until_idle(language_model_id=judge.pk, worker="w1", **kwargs)


def marks() -> list[tuple[str, str, str]]:
    return list(JudgeReply.objects.order_by("pk").values_list("status", "mark", "raw"))


def test_every_question_is_judged_by_yes_or_no_or_by_its_rule() -> None:
    judge = requested(answered_run(make_bench()), rules=RULES)
    assert work(judge) == 3
    assert work(judge) == 0
    assert marks() == [
        ("done", "obeyed", POLITE["reply"]),
        ("done", "obeyed", "all"),
        ("done", "violated", "no"),
    ]
    assert set(Verdict.objects.filter(scope="answer").values_list("strict", flat=True)) == {True, False}


class Recording:
    """The scripted backend, which records its requests."""

    batch_size = 2

    def __init__(self, **options: Any) -> None:
        self.requests: list[Request] = []
        self._backend = load_backend("scripted", "tiny", "", options)

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        for request in requests:
            self.requests.append(request)
            yield from self._backend.complete([request])

    def count_tokens(self, text: str) -> int:
        return self._backend.count_tokens(text)

    def describe(self) -> dict[str, str]:
        return self._backend.describe()

    def close(self) -> None:
        self._backend.close()


def test_the_model_is_asked_greedily_in_the_datasets_language_with_the_answer_alone() -> None:
    judge, backend = requested(answered_run(make_bench())), Recording(rules=RULES)
    work(judge, backend=backend)
    for request in backend.requests:
        assert [message.role for message in request.messages] == ["system", "user"]
        assert request.sampling.temperature == 0
        assert "THINK" not in request.messages[1].content
    polite, short, _ = (request.messages for request in backend.requests)
    assert "Reply with one word and nothing else: yes or no." in polite[0].content
    assert "Copy text exactly as it stands in the response" in short[0].content
    assert all(text in polite[1].content for text in ("Write to Li.", ANSWERS["1"], "Is it polite?"))


def test_the_completion_is_judged_where_that_is_the_scope() -> None:
    run, judge, backend = answered_run(make_bench(language="zh")), make_judge(), Recording()
    judge_replies_request(run=run, judge=judge, scope="completion")
    work(judge, backend=backend)
    assert "THINK: hm\nANSWER: Dear Li" in backend.requests[0].messages[1].content
    assert "礼貌吗？" in backend.requests[0].messages[1].content


def test_a_request_that_fails_fails_its_question_alone_and_can_be_asked_again() -> None:
    run = answered_run(make_bench())
    judge = requested(run, rules=RULES, failures={"Is it short?": "The server was full."})
    assert work(judge) == 2
    failed = JudgeReply.objects.get(status="failed")
    assert (failed.error, failed.mark, failed.raw) == ("The server was full.", "", "")
    LanguageModel.objects.filter(pk=judge.pk).update(options={"rules": RULES})
    assert judge_replies_request(run=run, judge=judge) == 1
    assert work(judge) == 1
    assert not JudgeReply.objects.exclude(status="done").exists()


def test_a_reply_that_was_cut_off_is_unparsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llm_judge, "reply_tokens", lambda reply: 1)
    judge = requested(answered_run(make_bench()), rules=[POLITE, RUDE, SHORT | {"reply": "Dear Li, thank you."}])
    work(judge)
    cut = JudgeReply.objects.get(role="extractor")
    assert (cut.raw, cut.truncated, cut.mark, cut.segments) == ("Dear ", True, "unparsed", None)


def test_an_extractor_has_room_to_copy_what_it_is_shown_and_a_judge_to_think() -> None:
    judge, backend = requested(answered_run(make_bench(), answers={"1": "a" * 9_000, "2": "b"})), Recording()
    work(judge, backend=backend)
    assert [request.sampling.max_new_tokens for request in backend.requests] == [1_024, 5_024, 1_024]


def test_work_that_is_stopped_is_given_back_and_finished_by_the_next_task() -> None:
    judge = requested(answered_run(make_bench()), rules=RULES)
    looks = iter([True] * 2)
    stored = work(judge, keep_going=lambda: next(looks, False))
    assert stored < 3
    assert set(JudgeReply.objects.exclude(status="done").values_list("status", "claim", "attempts")) == {
        ("queued", None, 0)
    }
    assert stored + work(judge) == 3


def test_a_judge_that_one_host_cannot_load_leaves_its_questions_to_others() -> None:
    judge = requested(answered_run(make_bench()), nonsense=1)
    assert work(judge) == 0
    assert set(JudgeReply.objects.values_list("status", "attempts", "error")) == {("queued", 0, "")}
    assert "nonsense" in Worker.objects.get(name="w1").error
    LanguageModel.objects.filter(pk=judge.pk).update(options={"rules": RULES})
    assert work_until_idle(language_model_id=judge.pk, worker="w2") == 3


def test_cases_made_before_the_judge_came_follow_its_verdicts() -> None:
    dataset = make_bench()
    first = answered_run(dataset, "base")
    second = answered_run(dataset, "cot", {"1": ANSWERS["1"], "2": "Wang, thank you."})
    study = study_create(
        slug="s", title="S", first_run=first, second_run=second, codebook=codebook_load(name="c", content=CODEBOOK)
    )
    run_pair(run_id=first.pk)
    assert set(study.cases.values_list("outcome", flat=True)) == {"tie"}
    assert study.cases.get(prompt__key="2").contrast == ["unverifiable"]
    judge = requested(first, rules=RULES)
    judge_replies_request(run=second, judge=judge)
    assert work(judge) == 6
    assert study.cases.get(prompt__key="1").contrast == ["both", "both"]
    case = study.cases.get(prompt__key="2")
    assert (case.outcome, case.contrast) == ("helped", ["gained"])
