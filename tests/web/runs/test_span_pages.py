"""Words of constraints, marked by hand: substrings of the prompt, stored with an event, refused in a sentence."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.datasets.models import Constraint
from annotator.datasets.spans import SpanError, span_of_words
from annotator.events.models import Event
from annotator.runs.models import Run
from tests.cast import World

pytestmark = pytest.mark.django_db

ADDRESS = "/datasets/pilot/1/prompts/2/spans/"  # the prompt "bike": no commas, and lower case without a span


def constraints() -> list[Constraint]:
    return list(Constraint.objects.filter(prompt__key="bike").order_by("position"))


def test_a_lead_marks_the_words_of_a_constraint(client: Client, world: World, lena: User) -> None:
    client.force_login(lena)
    shown = client.get(ADDRESS).content.decode()
    assert ">\nDo not use any commas</textarea>" in shown  # the words that were located
    text = constraints()[0].prompt.text
    client.post(ADDRESS, {"words-0": "not use any commas", "words-1": " Write about\r\n"})
    first, second = constraints()
    assert text[first.span_start : first.span_end] == "not use any commas"
    assert text[second.span_start : second.span_end] == "Write about"
    events = Event.objects.filter(kind="constraint.span_set").order_by("pk")
    assert [event.actor.get_username() for event in events] == ["lena", "lena"]
    assert events[0].payload["before"] == [20, 41]
    assert world.dataset.content_hash == type(world.dataset).objects.get(pk=world.dataset.pk).content_hash


def test_an_empty_field_takes_the_span_away(client: Client, world: World, lena: User) -> None:
    client.force_login(lena)
    client.post(ADDRESS, {"words-0": "", "words-1": ""})
    assert [row.span_start for row in constraints()] == [None, None]


def test_words_that_do_not_stand_in_the_prompt_are_refused_and_nothing_is_stored(
    client: Client, world: World, lena: User
) -> None:
    client.force_login(lena)
    answer = client.post(ADDRESS, {"words-0": "Do not use any commas", "words-1": "<b>no such words</b>"})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "does not stand in the prompt; copy the words from it." in shown
    assert "&lt;b&gt;no such words&lt;/b&gt;" in shown  # what was typed stays, escaped
    assert constraints()[0].span_start == 20
    assert not Event.objects.filter(kind="constraint.span_set").exists()


def test_while_a_run_reads_the_words_they_stay(client: Client, world: World, lena: User) -> None:
    Run.objects.filter(pk=world.first_run.pk).update(status=Run.Status.RUNNING)
    client.force_login(lena)
    answer = client.post(ADDRESS, {"words-0": "Do not use any commas", "words-1": ""})
    assert answer.status_code == 422
    assert "is under way and reads these words" in answer.content.decode()
    assert constraints()[0].span_start == 20


def test_an_annotator_marks_nothing(client: Client, world: World, alice: User) -> None:
    client.force_login(alice)
    assert client.post(ADDRESS, {"words-0": ""}).status_code == 404
    assert constraints()[0].span_start == 20


def test_words_that_stand_there_twice_need_more_words_around_them_unless_they_are_stored() -> None:
    prompt = "No commas, please. No commas at all."
    with pytest.raises(SpanError, match="more than once"):
        span_of_words(prompt, "No commas")
    assert span_of_words(prompt, "No commas", (19, 28)) == (19, 28)
    assert span_of_words(prompt, "No commas at all") == (19, 35)
    assert span_of_words(prompt, " \r\n") is None
