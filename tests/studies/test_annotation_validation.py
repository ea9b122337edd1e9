"""Confidence, effects, evidence spans and disputed verdicts of an annotation."""

import pytest

from annotator.runs.models import Verdict
from annotator.studies.errors import AnnotationRefused
from annotator.studies.models import Case, Dispute
from annotator.studies.services import case_next
from tests.studies.annotating import submit

ODD = "👩‍🚀 é, e\u0301\r\n中文, end"


@pytest.fixture
def held(world, alice):
    """Alice's case with two constraints, whose second answer is full of odd characters."""
    Case.objects.filter(prompt__key="bike").update(queue_rank=0)
    assignment = case_next(study=world.study, annotator=alice)
    assignment.case.second.answer = ODD
    assignment.case.second.save()
    return assignment


def span(**fields):
    return {"text": "second.answer", "start": 0, "end": 3, "pattern": "neglected", "quote": "👩‍🚀", **fields}


def test_all_that_is_said_beside_the_label_is_kept(held):
    overlapping = span(start=1, end=6, pattern="", quote=ODD[1:6])
    annotation = submit(
        held,
        confidence="low",
        effects=["helped", ""],
        spans=[span(), overlapping, span()],
        disputes=[{"side": "second", "constraint": 2, "reason": " Names may be upper case.\x00 "}],
    )
    annotation.refresh_from_db()
    assert (annotation.confidence, annotation.effects) == ("low", ["helped", None])
    assert annotation.spans == [span(), overlapping]
    dispute = Dispute.objects.get(annotation=annotation)
    assert dispute.verdict == Verdict.objects.get(
        generation=held.case.second, constraint__position=1, scope=Verdict.Scope.ANSWER
    )
    assert dispute.reason == "Names may be upper case.\ufffd"


def test_nothing_of_it_has_to_be_said(held):
    annotation = submit(held)
    assert (annotation.confidence, annotation.effects, annotation.spans) == ("", [], [])
    assert not annotation.disputes.exists()


def test_a_long_quote_is_compared_by_its_beginning_and_kept_whole(held):
    held.case.second.reasoning = "é" * 400
    held.case.second.save()
    long = span(text="second.reasoning", end=300, quote="é" * 100)
    assert submit(held, spans=[long]).spans[0]["quote"] == "é" * 300


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"confidence": "very"}, "choose one of low, medium, high"),
        ({"effects": ["helped"]}, "has 2 constraints, but 1 effects came"),
        ({"effects": ["helped", "better"]}, "The effect on constraint 2 is 'better'"),
        ({"spans": [span(end=4)]}, "Evidence 1 does not match its text"),
        ({"spans": [span(), span(start=2, end=5)]}, "Evidence 2 does not match its text"),
        ({"spans": [span(end=4_000)]}, "lies outside its text"),
        ({"spans": [span(start=3)]}, "lies outside its text"),
        ({"spans": [span(start=-1)]}, "lies outside its text"),
        ({"spans": [span(start=True)]}, "lies outside its text"),
        ({"spans": [span(start="0")]}, "lies outside its text"),
        ({"spans": [span(text="left.answer")]}, "lies outside its text"),
        ({"spans": [span(text=["second.answer"])]}, "lies outside its text"),
        ({"spans": [span(pattern="laziness")]}, "'laziness', which is not in the codebook"),
        ({"spans": [span(pattern=None)]}, "which is not in the codebook"),
        ({"spans": [span(quote=None)]}, "does not match its text"),
        ({"spans": [span()] * 101}, "has 101 pieces of evidence; at most 100 fit"),
        ({"disputes": [{"side": "left", "constraint": 1}]}, "no verdict of that side and constraint"),
        ({"disputes": [{"side": "second", "constraint": 3}]}, "no verdict of that side and constraint"),
        ({"disputes": [{"side": ["second"], "constraint": 1}]}, "no verdict of that side and constraint"),
        ({"disputes": [{"side": "second", "constraint": 1, "reason": "x" * 501}]}, "501 characters; at most 500 fit"),
    ],
)
def test_what_does_not_fit_the_case_is_refused(held, fields, complaint):
    with pytest.raises(AnnotationRefused, match=complaint):
        submit(held, **fields)
    assert not held.annotations.exists()


def test_a_span_above_the_limit_is_refused(held):
    held.case.prompt.text = "x" * 6_000
    held.case.prompt.save()
    with pytest.raises(AnnotationRefused, match="has 5001 characters; at most 5000 fit"):
        submit(held, spans=[span(text="prompt", end=5_001, quote="x" * 100)])


def test_a_verdict_called_wrong_twice_is_one_dispute(held):
    dispute = {"side": "first", "constraint": 1, "reason": "one"}
    annotation = submit(held, disputes=[dispute, {**dispute, "reason": "two"}])
    assert [row.reason for row in annotation.disputes.all()] == ["two"]
