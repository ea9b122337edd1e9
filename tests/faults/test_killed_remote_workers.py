"""Workers of remote models killed in mid-run: nothing is lost, nothing is stored twice, and no batch is paid twice."""

import json
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from tests.faults.fleet import Fleet
from tests.processes import eventually
from tests.workers.remote.fake_anthropic import KEY as ANTHROPIC_KEY
from tests.workers.remote.fake_anthropic import fake_anthropic, message, text
from tests.workers.remote.fake_openai import KEY, Broken, chat, error, fake_openai

PROMPTS = 60
CONCURRENCY = 4
REASONING = 1_000_000
_TROUBLES: tuple[Callable[[], Response], ...] = (
    lambda: error(429, retry_after="0.2"),
    lambda: error(500),
    lambda: error(503, retry_after="Tue, 01 Dec 1998 00:00:00 GMT"),
    lambda: Broken(),
    lambda: Response('{"id": "chat-1", "choices": [', media_type="application/json"),
    lambda: Response("<html>502</html>", media_type="text/html"),
)


def test_a_storm_of_failures_and_a_kill_lose_and_double_nothing(fleet: Fleet) -> None:
    chance, answered = random.Random(7), Counter[str]()

    def reply(body: dict[str, Any]) -> Response:
        if chance.random() < 0.3:
            return chance.choice(_TROUBLES)()
        prompt = body["messages"][0]["content"]
        answered[prompt] += 1
        long = {"reasoning": "r" * REASONING} if "0." in prompt else {}
        return chat(f"re: {prompt}", **long)

    with fake_openai() as fake:
        fake.reply, fake.delay_s = reply, 0.05
        fleet.environment["FAKE_KEY"] = KEY
        serving = fake.serving(concurrency=CONCURRENCY)
        run = fleet.start_remote_run(PROMPTS, backend="openai", name="some-model", serving=serving)
        first, _second = fleet.worker(), fleet.worker()
        assert eventually(lambda: fleet.done() >= PROMPTS // 4), fleet.output()[-4000:]
        first.kill()
        assert fleet.done() < PROMPTS, "killed too late to show anything"
        fleet.worker()
        assert eventually(lambda: fleet.run_status(run) == "done"), (fleet.statuses(), fleet.output()[-4000:])
    assert fleet.statuses() == {"done": PROMPTS}
    assert len(answered) == PROMPTS
    assert answered.total() - PROMPTS <= CONCURRENCY, "only what was under way at the kill is asked for again"
    answers = fleet.rows("select p.text, g.answer, g.reasoning from runs_generation g join datasets_prompt p "
                         "on p.id = g.prompt_id")  # fmt: skip
    assert {answer for _prompt, answer, _reasoning in answers} == {f"re: {prompt}" for prompt in answered}
    assert all(answer == f"re: {prompt}" for prompt, answer, _reasoning in answers)
    assert {len(reasoning) for prompt, _answer, reasoning in answers if "0." in prompt} == {REASONING}
    once = "select count(*), count(distinct generation_id) from runs_modelcall where finish_reason = 'stop'"
    assert fleet.rows(once) == [(PROMPTS, PROMPTS)]
    assert fleet.rows("select count(*) from runs_modelcall where finish_reason = 'error'")[0][0] > 0
    assert fleet.rows("select count(*) from events_event where kind = 'run.finished'") == [(1,)]


def test_a_batch_is_paid_once_although_its_worker_is_killed(fleet: Fleet) -> None:
    with fake_anthropic() as fake:
        fake.reply = lambda body: message(text(f"re: {json.dumps(body['messages'])[:40]}"))
        fake.polls_until_ended = 10**9
        fleet.environment["FAKE_KEY"] = ANTHROPIC_KEY
        serving = fake.serving(batches=True)
        run = fleet.start_remote_run(PROMPTS, backend="anthropic", name="claude-opus-4-8", serving=serving)
        worker = fleet.worker()
        stored = "select status from runs_messagebatch"
        assert eventually(lambda: fake.polls > 3 and fleet.rows(stored) == [("claimed",)]), fleet.output()[-4000:]
        worker.kill()
        worker.wait()
        fake.polls_until_ended = 0
        fleet.worker()
        assert eventually(lambda: fleet.run_status(run) == "done"), fleet.output()[-4000:]
        assert eventually(lambda: fleet.rows(stored) == []), "a batch that is answered is forgotten"
        sent = [len(batch) for batch in fake.batches]
    # The second worker may ask for more rows at once than the first had claimed: these go out as another batch.
    assert sum(sent) == PROMPTS, sent
    assert fleet.statuses() == {"done": PROMPTS}
    assert fleet.rows("select count(*), count(distinct generation_id) from runs_modelcall") == [(PROMPTS, PROMPTS)]
