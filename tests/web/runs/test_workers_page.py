"""The page of the workers: what each does and lacks, and runs that are paused, resumed and cancelled from there."""

import uuid

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.runs.models import Run, Worker
from annotator.runs.services.generations import generations_claim
from annotator.runs.services.workers import WorkerDevice, WorkerProcess, worker_failed, worker_seen
from tests.cast import World, make_dataset, make_run


@pytest.fixture
def browser(client: Client, world: World) -> Client:
    client.force_login(User.objects.create_user("root", is_staff=True))
    return client


@pytest.fixture
def waiting(world: World) -> Run:
    return make_run(make_dataset("slow"), world.language_model, "base", done=False)


def test_it_shows_what_a_worker_does_on_which_device_and_why_another_cannot(browser: Client, waiting: Run) -> None:
    queue = waiting.language_model.queue
    process = WorkerProcess("gpu-7/abc", 4711, 1.0)
    worker_seen(name="tiny.1@gpu-7", queue=queue, process=process, device=WorkerDevice(4, "NVIDIA H200", 2**30, 2**37))
    generations_claim(language_model_id=waiting.language_model_id, claim=uuid.uuid4(), worker="tiny.1@gpu-7", limit=3)
    worker_failed(name="tiny.2@gpu-8", queue=queue, stage=Worker.Stage.LOADING, error="<b>No space</b> is left.")
    html = browser.get("/workers/").content.decode()
    assert "tiny.1@gpu-7" in html
    assert "NVIDIA H200" in html
    assert "1.0\xa0GB / 128.0\xa0GB" in html
    assert f'<a href="/runs/{waiting.pk}/">Run {waiting.pk}</a> (3)' in html
    assert "&lt;b&gt;No space&lt;/b&gt; is left." in html
    assert "75" in html, "of the batch"


def test_a_run_is_paused_resumed_and_cancelled_from_there_and_from_its_page(browser: Client, waiting: Run) -> None:
    def press(verb: str, **fields: str) -> tuple[str, str]:
        answer = browser.post(f"/runs/{waiting.pk}/{verb}/", fields)
        waiting.refresh_from_db()
        return answer.url, waiting.status

    page = f"/runs/{waiting.pk}/"
    assert press("pause", **{"from": "workers"}) == ("/workers/", "paused")
    assert "no waiting prompt is begun until it is resumed" in browser.get(page).content.decode()
    assert press("resume", **{"from": "workers"}) == ("/workers/", "running")
    assert press("pause") == (page, "paused")
    assert press("cancel") == (page, "cancelled")
    assert press("pause", **{"from": "https://example.org/"}) == (page, "cancelled")
    assert "so there is nothing to pause" in browser.get(page).content.decode()
    assert f'id="pause-{waiting.pk}"' not in browser.get("/workers/fleet/").content.decode()


def test_without_workers_it_says_how_one_is_started(browser: Client) -> None:
    html = browser.get("/workers/").content.decode()
    assert "make worker MODEL=SLUG" in html
    assert "No run is running or paused." in html


def test_two_hundred_failing_workers_with_hostile_errors_are_pages_that_people_can_read(
    browser: Client, waiting: Run, django_assert_max_num_queries: object
) -> None:
    queue = waiting.language_model.queue
    hostile = "<script>alert(1)</script>\u202e{{ secret }}\r\n" * 100
    for number in range(230):
        worker_seen(name=f"tiny.{number:03}@gpu", queue=queue)
    for number in range(29, 229):
        worker_failed(name=f"tiny.{number:03}@gpu", queue=queue, stage=Worker.Stage.WORKING, error=hostile)
    with django_assert_max_num_queries(30):  # type: ignore[operator]
        html = browser.get("/workers/fleet/").content.decode()
    assert html.count("tiny.") == 200, "failing ones come first"
    assert "tiny.000@gpu" not in html
    assert "30 more workers are not shown" in html
    run_page = browser.get(f"/runs/{waiting.pk}/").content.decode()
    assert "190 more workers fail; the page of the workers says why." in run_page
    for page in (html, run_page):
        assert "<script>alert" not in page
        assert len(page) < 500_000
