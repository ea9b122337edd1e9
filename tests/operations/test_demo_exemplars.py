"""The way from failing answers to a verified set and its comparison, over a live server with a scripted model."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.accounts.services import token_issue
from annotator.exemplars.models import Candidate, Exemplar, PromptSet, Repair
from annotator.exemplars.services.approvals import exemplar_withdraw
from annotator.operations import demo_curator, demo_exemplars
from annotator.operations.demo import DemoError
from annotator.operations.demo_exemplars import failing_cases, lines_of, run_demo_exemplars
from annotator.operations.rest_client import RestClient, RestRefusalError, path
from annotator.runs import dispatch
from annotator.studies.models import Membership
from annotator.studies.services import member_add
from annotator.studies.services.demo import SLUG
from tests.cast import World, make_world
from workers.session import work_until_idle

THOUGHTLESS = "THINK: I leave the comma out.\nANSWER: Tea, with milk."  # violates what it says that it obeys


@pytest.fixture
def demo(db: None, dan: User, settings: Any, tmp_path: Path) -> World:
    """The cast's world under the demo's name; its scripted model answers every request alike."""
    settings.VAR_DIR = tmp_path
    world = make_world(SLUG)
    member_add(study=world.study, user=dan, role=Membership.Role.CURATOR)
    world.language_model.options = {"lacks": ["continued turns"], "rules": [{"contains": [], "reply": THOUGHTLESS}]}
    world.language_model.save()
    return world


@pytest.fixture
def worked(monkeypatch: pytest.MonkeyPatch, demo: World) -> None:
    """A worker in the place of each wait."""

    def work(name: str, progress: Callable[[], tuple[int, int]], write: Callable[[str], None]) -> None:
        work_until_idle(language_model_id=demo.language_model.pk, worker="w1")
        finished, total = progress()
        assert finished == total, name

    monkeypatch.setattr(dispatch, "_send", lambda *args, **kwargs: None)
    for module in (demo_curator, demo_exemplars):
        monkeypatch.setattr(module, "wait_until_done", work)
    monkeypatch.setattr(demo_exemplars, "_BESIDE", ("base", "cot"))


def test_failing_answers_of_any_outcome_follow_the_hurt_ones_shortest_first(demo: World) -> None:
    keys = dict(demo.study.cases.values_list("pk", "prompt__key"))
    assert [keys[pk] for pk in failing_cases(demo.study)] == ["bike", "tea"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_way_round_ends_with_a_verified_set_and_its_figures(live_server: Any, demo: World, worked: None) -> None:
    lines: list[str] = []
    circle = run_demo_exemplars(live_server.url, lines.append, size=2)
    report = "\n".join([*lines, *lines_of(circle)])
    assert "prompt tea: hurt by verdicts, violates punctuation:no_comma" in report
    assert "prompt tea: approved, mechanical repair" in report
    assert "on 2 of 4 prompts; left out: " in report
    assert {exemplar.approved_by.username for exemplar in Exemplar.objects.all()} == {"dan"}
    assert Repair.objects.filter(method="model").count() > 0
    assert circle.verified == 3
    assert [row.run.strategy for row in circle.comparison.runs] == ["few_shot", "base", "cot"]
    assert circle.comparison.prompt_count == 2
    assert f"{live_server.url}/studies/{SLUG}/prompt-sets/compare/?runs=" in report
    (file,) = (file for file in circle.files if file.name == f"{SLUG}-repaired-v1.json")
    exported = json.loads(file.read_text())
    assert [exemplar["key"] for exemplar in exported["exemplars"]] == ["tea", "bike"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_case_that_is_sent_already_is_not_sent_again_among_the_further_ones(
    live_server: Any, demo: World, dan: User
) -> None:
    curator = demo_curator.DemoCurator(
        RestClient(live_server.url, token_issue(user=dan).text),
        study=SLUG,
        language_model="scripted",
        write=lambda line: None,
    )
    tea, bike = (demo.study.cases.get(prompt__key=key).pk for key in ("tea", "bike"))
    assert [row["key"] for row in curator._send(1, iter([tea, bike]))] == ["tea"]
    assert [row["key"] for row in curator._send(1, iter([tea, bike]))] == ["bike"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_way_is_gone_again_without_anything_new(live_server: Any, demo: World, worked: None) -> None:
    first = run_demo_exemplars(live_server.url, lambda line: None, size=2)
    made = (Exemplar.objects.count(), Candidate.objects.count(), Repair.objects.count(), PromptSet.objects.count())
    again = run_demo_exemplars(live_server.url, lambda line: None, size=2)
    counts = (Exemplar.objects.count(), Candidate.objects.count(), Repair.objects.count(), PromptSet.objects.count())
    assert counts == made
    assert again.comparison_url == first.comparison_url


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_exemplar_that_was_withdrawn_is_not_approved_again(
    live_server: Any, demo: World, worked: None, dan: User
) -> None:
    run_demo_exemplars(live_server.url, lambda line: None, size=2)
    withdrawn = Exemplar.objects.order_by("pk").first()
    assert withdrawn is not None
    exemplar_withdraw(exemplar=withdrawn, reason="It is dull.", user=dan)
    with pytest.raises(DemoError, match="Only 1 of 2"):
        run_demo_exemplars(live_server.url, lambda line: None, size=2)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_where_too_few_answers_can_be_repaired_it_says_so(live_server: Any, demo: World, worked: None) -> None:
    with pytest.raises(DemoError, match="Only 2 of 4 answers could be repaired, and no failing answer is left"):
        run_demo_exemplars(live_server.url, lambda line: None)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_the_sentence_of_the_interface(live_server: Any, demo: World) -> None:
    stranger = RestClient(live_server.url, "none")
    with pytest.raises(RestRefusalError, match="unknown, expired or revoked") as refused:
        stranger.get(path("studies", SLUG, "exemplars"))
    assert refused.value.status == 401


def test_parts_of_a_path_are_quoted() -> None:
    assert path("studies", "a/b", 3) == "studies/a%2Fb/3/"
