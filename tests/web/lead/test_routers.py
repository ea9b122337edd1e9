"""The pages of routers: for leads alone, every split with its figures, and nothing of the card as HTML."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.cast import World
from tests.routing.rows import SPLIT, make_router

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_lead(client: Client, world: World, lena: User) -> Client:
    client.force_login(lena)
    return client


def test_the_list_leads_to_each_version(as_lead: Client) -> None:
    assert "manage.py train_router NAME --study SLUG" in as_lead.get("/routers/").content.decode()
    make_router("words")
    make_router("words", version=2)
    html = as_lead.get("/routers/").content.decode()
    assert 'href="/routers/words/v1/"' in html
    assert 'href="/routers/words/v2/"' in html
    assert 'href="/routers/"' in as_lead.get("/runs/").content.decode()


def test_a_router_shows_its_data_splits_gains_and_tokens(as_lead: Client) -> None:
    make_router("words")
    html = as_lead.get("/routers/words/v1/").content.decode()
    for part in ("prompts at random", "0.62", "0.55 to 0.70", "0.70", "helped", "a polite opening 90 %", "not enough"):
        assert part in html
    assert html.count('class="chart"') == 2
    assert "the data has one alone, so that nothing can be held out" in html
    assert "(3 cases without a label or a whole answer are left out)" in html
    assert "--router words@1" in html


def test_a_report_from_before_calibration_was_measured_is_shown_without_it(as_lead: Client) -> None:
    old = {name: value for name, value in SPLIT.items() if name != "calibration"}
    make_router("words", report=[old])
    make_router("words", version=2)
    assert "Brier score" not in as_lead.get("/routers/words/v1/").content.decode()
    html = as_lead.get("/routers/words/v2/").content.decode()
    assert "Brier score" in html
    assert "0.18" in html


def test_a_fine_tuned_router_is_asked_on_the_command_line_and_offered_to_no_run(as_lead: Client) -> None:
    make_router("tuned", features="finetuned")
    html = as_lead.get("/routers/tuned/v1/").content.decode()
    assert "manage.py route_prompts tuned@1 FILE" in html
    assert "start_run" not in html
    assert "tuned" not in as_lead.get("/runs/new/").content.decode()


def test_the_card_is_text(as_lead: Client) -> None:
    make_router("words")
    html = as_lead.get("/routers/words/v1/").content.decode()
    assert "&lt;script&gt;alert(1)" in html
    assert "<script>alert" not in html


def test_a_router_names_the_runs_with_it_that_one_may_open(as_lead: Client, world: World, lena: User) -> None:
    router = make_router("words")
    run = world.second_run
    run.parameters = {"router": router.artifact}
    run.save(update_fields=["parameters"])
    assert f'href="/runs/{run.pk}/"' in as_lead.get("/routers/words/v1/").content.decode()


def test_annotators_do_not_learn_how_often_reasoning_helped(client: Client, world: World, alice: User) -> None:
    make_router("words")
    client.force_login(alice)
    assert client.get("/routers/").status_code == client.get("/routers/words/v1/").status_code == 404
