"""A run's page: it updates itself, reports missing workers, and cancels and resumes the run."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from annotator.runs.models import Run
from annotator.runs.services.workers import worker_seen
from tests.cast import World, finish, make_dataset, make_run

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_run_is_followed_without_reloading(world: World, visit: Callable[..., Any], lena: User) -> None:
    run = make_run(make_dataset("slow"), world.language_model, "base", done=False)
    Run.objects.filter(pk=run.pk).update(created_by=lena)
    visitor = visit(lena)
    page = visitor.opens(f"/runs/{run.pk}/")
    expect(page.locator("#progress")).to_contain_text("No worker is listening for tiny; start one with")
    worker_seen(name="w", queue=world.language_model.queue)
    expect(page.locator("#progress")).not_to_contain_text("No worker is listening", timeout=4000)
    for generation in run.generations.order_by("position")[:2]:
        finish(generation)
    expect(page.locator("#progress")).to_contain_text("2 / 4", timeout=4000)
    Run.objects.filter(pk=run.pk).update(status=Run.Status.DONE)
    expect(page.locator("#progress .tag")).to_have_text("done", timeout=4000)
    assert visitor.complaints == []


def test_a_run_is_cancelled_and_resumed_from_its_page(world: World, visit: Callable[..., Any], lena: User) -> None:
    run = make_run(make_dataset("slow"), world.language_model, "base", done=False)
    Run.objects.filter(pk=run.pk).update(created_by=lena)
    page = visit(lena).opens(f"/runs/{run.pk}/")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#progress .tag")).to_have_text("cancelled")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#progress .tag")).to_have_text("running")
