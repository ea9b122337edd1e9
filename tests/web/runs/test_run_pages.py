"""The pages of runs and datasets: start, follow, cancel and resume runs, read generations and prompts."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.datasets.models import Dataset, Prompt
from annotator.runs.models import Generation, Run
from annotator.runs.services.workers import worker_seen
from annotator.web.paging import PAGE_SIZE
from tests.cast import World, make_dataset, make_run
from tests.runs.test_reuse import finish


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Send no messages: a message only wakes workers."""
    sent: list[Any] = []
    monkeypatch.setattr("annotator.runs.dispatch.wake", sent.append)
    return sent


@pytest.fixture
def browser(client: Client, lena: User) -> Client:
    client.force_login(lena)
    return client


@pytest.fixture
def waiting(world: World, lena: User) -> Run:
    """A run of lena's that no worker has begun."""
    run = make_run(make_dataset("slow"), world.language_model, "base", done=False)
    run.created_by = lena
    run.save()
    return run


def text(browser: Client, path: str) -> str:
    return browser.get(path).content.decode()


def test_starting_runs_makes_one_for_each_strategy_and_twice_is_once(world: World, browser: Client) -> None:
    wanted = {
        "dataset": str(world.dataset.pk),
        "language_model": str(world.language_model.pk),
        "strategies": ["base", "cot"],
        "max_new_tokens": "32",
        "seed": "7",
    }
    before = Run.objects.count()
    assert browser.post("/runs/new/", wanted).url == "/runs/"
    assert browser.post("/runs/new/", wanted).url == "/runs/"
    runs = Run.objects.filter(sampling__seed=7).order_by("strategy")
    assert [(run.strategy, run.sampling["max_new_tokens"]) for run in runs] == [("base", 32), ("cot", 32)]
    assert Run.objects.count() == before + 2
    assert "is exactly that one already" in text(browser, "/runs/")


def test_a_run_that_another_lead_started_is_shared_as_a_run_of_ones_own(
    world: World, browser: Client, bob: User, lena: User
) -> None:
    wanted = {
        "dataset": str(world.dataset.pk),
        "language_model": str(world.language_model.pk),
        "strategies": ["base"],
        "seed": "7",
    }
    browser.post("/runs/new/", wanted)
    theirs = Run.objects.get(sampling__seed=7)
    Run.objects.filter(pk=theirs.pk).update(created_by=bob)
    answer = browser.post("/runs/new/", wanted, follow=True)
    own = Run.objects.get(sampling__seed=7, created_by=lena)
    assert answer.redirect_chain[-1][0] == f"/runs/{own.pk}/"
    assert answer.status_code == 200
    finish(theirs)
    row = own.generations.first()
    assert row is not None
    assert (row.status, row.reused_from.run_id) == ("done", theirs.pk)
    html = text(browser, f"/runs/{own.pk}/prompts/0/")
    assert "generated in a run of another lead" in html
    assert f"/runs/{theirs.pk}/" not in html
    assert browser.post("/runs/new/", wanted).url == f"/runs/{own.pk}/"
    assert Run.objects.filter(sampling__seed=7).count() == 2


def test_one_strategy_leads_to_the_page_of_its_run(world: World, browser: Client) -> None:
    answer = browser.post(
        "/runs/new/",
        {
            "dataset": str(world.dataset.pk),
            "language_model": str(world.language_model.pk),
            "strategies": ["cot"],
            "max_new_tokens": "8",
            "seed": "0",
        },
    )
    assert answer.url == f"/runs/{Run.objects.latest('pk').pk}/"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("strategies", [], "Tick at least one strategy."),
        ("max_new_tokens", "0", "greater than or equal to 1"),
        ("dataset", "99999", "valid choice"),
        ("strategies", ["guess"], "guess is not one of the available choices"),
    ],
)
def test_a_run_that_cannot_be_is_refused_beside_its_field(
    world: World, browser: Client, field: str, value: Any, sentence: str
) -> None:
    wanted: dict[str, Any] = {
        "dataset": str(world.dataset.pk),
        "language_model": str(world.language_model.pk),
        "strategies": ["cot"],
        "max_new_tokens": "8",
        "seed": "0",
    }
    answer = browser.post("/runs/new/", wanted | {field: value})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_the_progress_fragment_is_the_part_of_the_page_and_asks_only_while_running(
    browser: Client, waiting: Run
) -> None:
    fragment = text(browser, f"/runs/{waiting.pk}/progress/")
    assert 'data-every="2"' in fragment
    assert "<html" not in fragment
    assert "0 / 4" in fragment
    assert "0 / 4" in text(browser, f"/runs/{waiting.pk}/")
    Run.objects.filter(pk=waiting.pk).update(status="done")
    assert "data-poll" not in text(browser, f"/runs/{waiting.pk}/progress/")


def test_a_run_without_a_worker_says_how_to_start_one(browser: Client, waiting: Run) -> None:
    sentence = "No worker is listening for tiny; start one with"
    assert sentence in text(browser, f"/runs/{waiting.pk}/")
    worker_seen(name="w1", queue=waiting.language_model.queue)
    assert sentence not in text(browser, f"/runs/{waiting.pk}/progress/")


def test_failures_are_shown_with_their_reasons_and_can_be_tried_again(browser: Client, waiting: Run) -> None:
    waiting.generations.update(status="done")
    waiting.generations.filter(position=1).update(status="failed", error="Out of <memory>.")
    Run.objects.filter(pk=waiting.pk).update(status="done")
    html = text(browser, f"/runs/{waiting.pk}/")
    assert "Out of &lt;memory&gt;." in html
    assert "Try the failed ones again" in html
    browser.post(f"/runs/{waiting.pk}/resume/")
    assert Generation.objects.get(run=waiting, position=1).status == "queued"


def test_cancelling_and_resuming(browser: Client, waiting: Run) -> None:
    browser.post(f"/runs/{waiting.pk}/cancel/")
    waiting.refresh_from_db()
    assert waiting.status == "cancelled"
    again = browser.post(f"/runs/{waiting.pk}/cancel/", follow=True)
    assert "is not running" in again.content.decode()
    browser.post(f"/runs/{waiting.pk}/resume/")
    waiting.refresh_from_db()
    assert waiting.status == "running"


def test_resuming_a_finished_run_says_that_nothing_is_left(world: World, browser: Client) -> None:
    answer = browser.post(f"/runs/{world.first_run.pk}/resume/", follow=True)
    assert "has nothing left to do" in answer.content.decode()


def test_a_generation_shows_both_parts_and_both_scopes(world: World, browser: Client) -> None:
    html = text(browser, f"/runs/{world.second_run.pk}/prompts/0/")
    assert "Let me think about rain, slowly." in html
    assert "In the whole completion" in html
    assert html.count('class="v violated"') == 1
    assert browser.get(f"/runs/{world.second_run.pk}/prompts/99/").status_code == 404


# ---- datasets


def test_prompts_are_paged_by_keyset(world: World, browser: Client) -> None:
    dataset = Dataset.objects.create(name="long", version=1, format="ifeval", content_hash="x", prompt_count=60)
    Prompt.objects.bulk_create(Prompt(dataset=dataset, key=f"k{i}", position=i, text=f"text {i}.") for i in range(60))
    first = text(browser, "/datasets/long/1/")
    assert "text 49." in first
    assert "text 50." not in first
    assert f'href="?after={PAGE_SIZE - 1}"' in first
    second = text(browser, f"/datasets/long/1/?after={PAGE_SIZE - 1}")
    assert "text 59." in second
    assert "Next page" not in second
    assert "First page" in second


@pytest.mark.parametrize("after", ["-1", "x", "²", "9" * 40, "1;drop"])
def test_a_nonsense_page_is_the_first(world: World, browser: Client, after: str) -> None:
    assert browser.get("/datasets/pilot/1/", {"after": after}).status_code == 200


def test_the_page_of_a_large_run_fetches_its_results_and_shows_them_at_once_without_scripts(
    world: World, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"/runs/{world.first_run.pk}/"
    small = text(browser, page)
    assert "How the completions were split" in small
    monkeypatch.setattr("annotator.web.runs.run_screen._COUNTED_AT_ONCE", 3)
    large = text(browser, page)
    assert "How the completions were split" not in large
    assert f'id="results" aria-busy="true" data-poll="{page}results/"' in large
    assert "How the completions were split" in text(browser, f"{page}results/")
    assert "How the completions were split" in text(browser, f"{page}?now")
