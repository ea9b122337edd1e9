"""The mark of runs whose model was shown what the checkers found, on every page that compares runs."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.studies.models import Study
from tests.cast import World

PAGES = ("", "cases/", "agreement/", "dashboard/")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("role", "marked"), [("cot", False), ("verified_revision", True), ("verified_revision (x)", True)]
)
def test_a_bound_is_marked_where_runs_are_compared(
    world: World, client: Client, lena: User, page: str, role: str, *, marked: bool
) -> None:
    Study.objects.filter(pk=world.study.pk).update(second_role=role)
    client.force_login(lena)
    shown = " ".join(client.get(f"/studies/{world.study.slug}/{page}").content.decode().split())
    assert ("uses the checkers: its model was shown what they found in its own answers." in shown) == marked


def test_a_run_says_over_rest_whether_it_used_the_checkers(world: World, client: Client, lena: User) -> None:
    world.second_run.strategy = "verified_revision"
    world.second_run.save(update_fields=["strategy"])
    client.force_login(lena)
    runs = client.get("/api/v1/runs/").json()["results"]
    assert {run["strategy"]: run["uses_checkers"] for run in runs} == {"base": False, "verified_revision": True}
