"""Judging: from a scoring question to a verdict and a case, on the scripted backend."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from annotator.runs.models import JudgeReply, LanguageModel, Run, Verdict, Worker
from annotator.runs.services.judge_replies import judge_replies_request
from annotator.studies.services import codebook_load, run_pair, study_create
from tests.cast import CODEBOOK
from tests.complexbench import ANSWERS, answered_run, make_bench, make_judge
from workers import llm_judge
from workers.engine import Completion, Request, load_backend
from workers.session import work_until_idle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]

POLITE = {"contains": ["Is it polite?", "thank you"], "reply": "<think>They give thanks.</think> Yes"}
RUDE = {"contains": ["Is it polite?", "Come here"], "reply": "no"}
SHORT = {"contains": ["Is it short?"], "reply": "all"}
RULES = [POLITE, RUDE, SHORT]


def requested(run: Run, **options: Any) -> LanguageModel:
    """A judge that writes its replies, since it has no probabilities of labels."""
    judge = make_judge(**{"lacks": ["probabilities"], **options})
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
    LanguageModel.objects.filter(pk=judge.pk).update(options={"rules": RULES, "lacks": ["probabilities"]})
    assert judge_replies_request(run=run, judge=judge) == 1
    assert work(judge) == 1
    assert not JudgeReply.objects.exclude(status="done").exists()


def test_a_reply_that_was_cut_off_is_unparsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llm_judge, "reply_tokens", lambda reply, count: 1)
    judge = requested(answered_run(make_bench()), rules=[POLITE, RUDE, SHORT | {"reply": "Dear Li, thank you."}])
    work(judge)
    cut = JudgeReply.objects.get(role="extractor")
    assert (cut.raw, cut.truncated, cut.mark, cut.segments) == ("Dear ", True, "unparsed", None)


def limits(backend: Recording) -> list[int]:
    return [request.sampling.max_new_tokens for request in backend.requests]


def test_an_extractor_has_room_to_copy_what_it_is_shown_and_a_judge_for_one_word() -> None:
    answers = {"1": "a " * 9_000, "2": "b"}
    judge, backend = requested(answered_run(make_bench(), answers=answers)), Recording(rules=RULES)
    work(judge, backend=backend)
    assert limits(backend) == [16, 2 * 2_000 + 64, 16]


def test_a_judge_that_is_cut_off_while_it_thinks_is_asked_again_with_tokens_for_thinking() -> None:
    long = "<think>" + " hm" * 40
    rules = [SHORT, {"contains": ["thank you"], "reply": f"{long}</think> yes"}, {"contains": [], "reply": "no" * 40}]
    judge, backend = requested(answered_run(make_bench())), Recording(rules=rules)
    work(judge, backend=backend)
    assert limits(backend) == [16, 16 + 1_024, 2 * 4 + 64, 16]
    assert marks()[0] == ("done", "obeyed", f"{long}</think> yes")


def test_a_judge_that_rambles_without_thinking_is_not_asked_again() -> None:
    rules = [SHORT, {"contains": [], "reply": "Well, it depends on what you mean by that. " * 9}]
    judge, backend = requested(answered_run(make_bench())), Recording(rules=rules)
    work(judge, backend=backend)
    assert limits(backend) == [16, 2 * 4 + 64, 16]
    assert set(JudgeReply.objects.filter(role="judge").values_list("mark", "truncated")) == {("unparsed", True)}


LIKELY = {"Come here": {"yes": 0.2, "no": 0.8}, "Is it polite?": {"yes": 0.9, "no": 0.1}}


def test_a_judge_with_probabilities_chooses_a_label_in_one_step_and_the_probability_of_yes_is_kept() -> None:
    run, judge = answered_run(make_bench()), make_judge(rules=[SHORT], probabilities=LIKELY)
    backend = Recording(rules=[SHORT], probabilities=LIKELY)
    judge_replies_request(run=run, judge=judge)
    assert work(judge, backend=backend) == 3
    assert [request.choices for request in backend.requests] == [("yes", "no"), (), ("yes", "no")]
    assert [request.thinking and request.thinking.enabled for request in backend.requests] == [False, None, False]
    rows = JudgeReply.objects.order_by("pk").values_list("mark", "raw", "probability")
    assert list(rows) == [("obeyed", "yes", 0.9), ("obeyed", "all", None), ("violated", "no", 0.2)]
    verdict = Verdict.objects.get(generation__prompt__key="2", scope="answer")
    assert verdict.evidence["strict"]["observed"] == "no (probability of yes 0.20)"
    assert verdict.evidence["judge_reply"]["probability"] == 0.2


def test_a_judge_of_chinese_questions_chooses_between_chinese_words() -> None:
    run, judge = answered_run(make_bench(language="zh")), make_judge(rules=[SHORT])
    backend = Recording(rules=[{"contains": ["Come here"], "reply": "否"}, {"contains": ["礼貌"], "reply": "是"}])
    judge_replies_request(run=run, judge=judge)
    work(judge, backend=backend)
    assert backend.requests[0].choices == ("是", "否")
    judged = JudgeReply.objects.filter(role="judge").order_by("pk").values_list("mark", "raw", "probability")
    assert list(judged) == [("obeyed", "是", 0.9), ("violated", "否", pytest.approx(0.1))]


class WithoutLabels(Recording):
    """A model whose chat template can't be asked for labels, though its backend can."""

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        for request in requests:
            if request.choices:
                self.requests.append(request)
                yield Completion.failed(request.id, "Its prompt begins to think.")
            else:
                yield from super().complete([request])


def test_a_model_that_cannot_be_offered_labels_writes_its_reply() -> None:
    run, judge, backend = answered_run(make_bench()), make_judge(), WithoutLabels(rules=RULES)
    judge_replies_request(run=run, judge=judge)
    assert work(judge, backend=backend) == 3
    assert [bool(request.choices) for request in backend.requests] == [True, False, False, True, False]
    assert list(JudgeReply.objects.order_by("pk").values_list("mark", "probability")) == [
        ("obeyed", None),
        ("obeyed", None),
        ("violated", None),
    ]


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
