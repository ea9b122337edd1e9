"""`manage.py trace_attention`: queues the traces of a study, says what it left out, and refuses in a sentence."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from annotator.datasets.models import Constraint
from annotator.runs.models import AttentionTrace
from tests.cast import World
from tests.traced_studies import tracing_model

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("trace_attention", *arguments, stdout=out)
    return out.getvalue()


def test_both_answers_of_every_case_are_queued_once(world: World) -> None:
    tracing_model()
    first = printed("pilot", "--model", "reader")
    assert "8 traces of study pilot were queued for reader." in first
    assert "make worker MODEL=reader" in first
    assert "0 traces of study pilot" in printed("pilot", "--model", "reader")


def test_controls_and_boosts_are_queued_beside_them(world: World) -> None:
    tracing_model()
    assert "20 traces" in printed("pilot", "--model", "reader", "--filler", "--boost", "0", "--boost", "1.5")
    rows = AttentionTrace.objects.order_by("treatment", "bias").values_list("treatment", "bias").distinct()
    assert list(rows) == [("boost", 0.0), ("boost", 1.5), ("filler", 0.0), ("recorded", 0.0)]


def test_answers_without_located_constraints_are_counted(world: World) -> None:
    tracing_model()
    Constraint.objects.filter(prompt__key="tea").update(span_start=None, span_end=None)
    assert "2 answers left out: no words of the prompt are known" in printed("pilot", "--model", "reader")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing"], "No study is called 'nothing'; known: pilot."),
        (["pilot"], "have no one model that shows its attention"),
        (["pilot", "--model", "tiny"], "The backend of language model 'tiny' shows no attention"),
        (["pilot", "--model", "nobody"], "nobody"),
        (["pilot", "--model", "reader", "--boost", "99"], "A boost lies between 0 and 20, not at 99."),
    ],
)
def test_what_cannot_be_traced_is_refused_in_a_sentence(world: World, arguments: list[str], sentence: str) -> None:
    tracing_model()
    with pytest.raises(CommandError, match=sentence):
        printed(*arguments)
    assert not AttentionTrace.objects.exists()
