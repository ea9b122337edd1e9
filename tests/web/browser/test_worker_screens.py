"""The page of the workers in a real browser: light, dark and on a phone; axe, a silent console, and its buttons."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from annotator.runs.models import Run, Worker
from annotator.runs.services import run_pause
from annotator.runs.services.generations import generations_claim
from annotator.runs.services.workers import WorkerDevice, WorkerProcess, worker_failed, worker_seen
from tests.web.browser.gallery import Gallery, make_gallery
from tests.web.browser.test_screens import LOOKS, looked_at

pytestmark = pytest.mark.django_db(transaction=True)
GIB = 2**30


@pytest.fixture
def gallery(alice: User, bob: User, lena: User) -> Gallery:
    gallery = make_gallery(alice, bob, lena)
    queue = gallery.waiting.language_model.queue
    for number, name in enumerate(("3f9a1c22@gpu-1", "77b0e5d4@gpu-2", "0c2d9e11@gpu-3")):
        process = WorkerProcess(f"gpu-{number + 1}/9f3c2a1b", 4711, 1.0)
        device = WorkerDevice(4, "NVIDIA H200", (61 + 9 * number) * GIB, 139 * GIB)
        worker_seen(name=f"smollm2-135m.{name}", queue=queue, process=process, device=device)
    first = "smollm2-135m.3f9a1c22@gpu-1"
    generations_claim(language_model_id=gallery.waiting.language_model_id, claim=uuid.uuid4(), worker=first, limit=2)
    worker_failed(
        name="smollm2-135m.77b0e5d4@gpu-2",
        queue=queue,
        stage=Worker.Stage.LOADING,
        error="OutOfMemoryError: CUDA out of memory. Tried to allocate 1.90 GiB.",
    )
    Worker.objects.filter(name__endswith="gpu-3").update(last_seen=timezone.now() - timedelta(hours=2))
    return gallery


@pytest.mark.parametrize("look", LOOKS)
def test_the_page_of_the_workers(gallery: Gallery, visit: Callable[..., Any], look: str) -> None:
    visitor = visit(User.objects.create_user("root", is_staff=True), **LOOKS[look])
    page = visitor.opens("/workers/")
    page.wait_for_selector("text=CUDA out of memory")
    looked_at(page, "workers", look)
    page.click(f"#pause-{gallery.waiting.pk}")
    page.wait_for_selector(f"#resume-{gallery.waiting.pk}")
    assert Run.objects.get(pk=gallery.waiting.pk).status == "paused"
    assert visitor.complaints == []


def test_the_page_follows_what_others_do(gallery: Gallery, visit: Callable[..., Any]) -> None:
    visitor = visit(User.objects.create_user("root", is_staff=True))
    page = visitor.opens("/workers/")
    page.wait_for_selector(f"#pause-{gallery.waiting.pk}")
    run_pause(run=gallery.waiting)
    page.wait_for_selector(f"#resume-{gallery.waiting.pk}", timeout=10_000)
    assert visitor.complaints == []


@pytest.mark.parametrize("look", LOOKS)
def test_the_page_of_a_paused_run(gallery: Gallery, visit: Callable[..., Any], lena: User, look: str) -> None:
    run_pause(run=gallery.waiting)
    visitor = visit(lena, **LOOKS[look])
    page = visitor.opens(f"/runs/{gallery.waiting.pk}/")
    page.wait_for_selector("text=The run is paused")
    looked_at(page, "run-paused", look)
    page.click("#run-resume")
    page.wait_for_selector("#run-pause")
    assert visitor.complaints == []
