"""Words of constraints, copied by a language model: kept where they stand in the prompt, else refused."""

from typing import Any

import pytest

from annotator.datasets.models import Constraint
from annotator.events.models import Event
from tests.cast import World
from workers.engine import load_backend
from workers.span_command import mark
from workers.span_marking import mark_constraints

pytestmark = pytest.mark.django_db


def replying(reply: str, **options: Any) -> Any:
    return load_backend("scripted", "tiny", "", {"rules": [{"contains": ["Requirement:"], "reply": reply}], **options})


def lower_case() -> list[Constraint]:
    """The one constraint of the cast's prompts whose words are not known."""
    return list(Constraint.objects.filter(span_start=None).select_related("prompt"))


@pytest.mark.parametrize("reply", ["Do not use any commas", " “Do not use any commas”\n", "`Do not use any commas`"])
def test_words_of_the_prompt_are_its_span(world: World, reply: str) -> None:
    [found] = mark_constraints(lower_case(), replying(reply))
    assert found.span is not None
    assert found.constraint.prompt.text[slice(*found.span)] == "Do not use any commas"


@pytest.mark.parametrize(
    ("reply", "refusal"),
    [
        ("Never use a comma", "does not stand in the prompt"),
        ("o", "more than once"),
        ("", "The model wrote nothing."),
        ("<script>", "does not stand in the prompt"),
    ],
)
def test_anything_else_is_refused_in_a_sentence(world: World, reply: str, refusal: str) -> None:
    [found] = mark_constraints(lower_case(), replying(reply))
    assert found.span is None
    assert refusal in found.refusal


def test_a_model_may_say_that_no_words_state_it(world: World) -> None:
    [found] = mark_constraints(lower_case(), replying("NONE."))
    assert (found.span, found.refusal) == (None, "")


def test_what_is_found_is_stored_with_the_models_name_and_counted(world: World) -> None:
    [line] = mark(Constraint.objects.filter(span_start=None), replying("Do not use any commas"), author="tiny")
    assert line == "1 constraint marked; 0 that the model says no words state; 0 replies refused."
    assert not lower_case()
    event = Event.objects.get(kind="constraint.span_set")
    assert event.payload == {"before": [None, None], "after": [20, 41], "language_model": "tiny"}


def test_a_failing_model_marks_nothing_and_says_why(world: World) -> None:
    unknown = Constraint.objects.filter(span_start=None)
    lines = mark(unknown, replying("x", failures={"Requirement:": "The model is away."}), author="tiny")
    assert lines[0].endswith("1 reply refused.")
    assert lines[1] == "prompt bike, change_case:english_lowercase: The model is away."
    assert lower_case()
