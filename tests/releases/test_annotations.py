"""The export of annotations: one self-contained line a revision, without names, in constant memory."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator import access
from annotator.releases import annotations as export
from annotator.releases.annotations import annotation_lines
from annotator.studies.models import Adjudication, Annotation, Assignment, Case, Membership, Practice
from annotator.studies.services import adjudication_decide, assignment_skip, case_next, member_add
from tests.cast import make_world
from tests.releases.bulk import labelled_study
from tests.studies.annotating import submit

RAIN = {"text": "second.answer", "start": 0, "end": 4, "pattern": "neglected", "quote": "Rain"}


@pytest.fixture
def labelled(world, alice, bob):
    """alice judged rain and then changed her mind; bob judged another case and skipped a third."""
    Case.objects.filter(prompt__key="rain").update(queue_rank=0)
    rain = case_next(study=world.study, annotator=alice)
    Assignment.objects.filter(pk=rain.pk).update(second_is_left=True)
    submit(rain, label="no_difference")
    submit(
        rain,
        label="helped",
        patterns=["other", "neglected"],
        other_text="<b>late</b>",
        note="中文, emoji 👩‍👩‍👧\r\nand a line",
        confidence="high",
        effects=["helped"],
        spans=[RAIN],
        disputes=[{"side": "first", "constraint": 1, "reason": "Only two of them count."}],
        seconds=31,
    )
    submit(case_next(study=world.study, annotator=bob))
    assignment_skip(assignment=case_next(study=world.study, annotator=bob), reason="mine")
    return world


def lines(world, lead):
    return [json.loads(line) for line in annotation_lines(access.study_led_by(lead, world.study.slug))]


def verdict(scope, decision, note=""):
    """One verdict on the only constraint."""
    shared = {"constraint": 0, "checker_version": "test"}
    return {**shared, "scope": scope, "strict": decision, "loose": decision, "note": note}


def generation(strategy, answer, verdicts, *, reasoning="", tokens=(0, 0)):
    reasoning_tokens, answer_tokens = tokens
    return {
        "role": strategy,
        "strategy": strategy,
        "uses_checkers": strategy == "verified_revision",
        "language_model": {"slug": "tiny", "name": "tiny", "revision": "", "terms": {}},
        "sampling": {"max_new_tokens": 64},
        "source": None,
        "reasoning": reasoning,
        "answer": answer,
        "split_status": "clean",
        "finish_reason": "stop",
        "reasoning_tokens": reasoning_tokens,
        "answer_tokens": answer_tokens,
        "other_tokens": 0,
        "completion_tokens": reasoning_tokens + answer_tokens,
        "verdicts": verdicts,
    }


FIRST = generation(
    "base",
    "Rain, rain, rain.",
    [verdict("answer", False, "2 commas"), verdict("completion", False, "2 commas")],
    tokens=(0, 58),
)
SECOND = generation(
    "cot",
    "Rain falls softly.",
    [verdict("answer", True), verdict("completion", False, "1 commas")],
    reasoning="Let me think about rain, slowly.",
    tokens=(312, 96),
)


def test_a_line_holds_everything_a_reader_needs(labelled, alice, lena):
    line = lines(labelled, lena)[1]
    gold = line.pop("gold")
    assert (gold["label"], gold["revision"]) == ("helped", 2)
    assert line == {
        "format": "cotrast.annotation.1",
        "study": "pilot",
        "scope": "answer",
        "codebook": {"name": "paper", "version": 1},
        "dataset": {"name": "pilot", "version": 1, "content_hash": labelled.dataset.content_hash},
        "key": "rain",
        "prompt": "Write about   rain. Do not use any commas.",
        "known_defects": [],
        "constraints": [
            {"kind": "punctuation:no_comma", "kwargs": {}, "scope": "answer", "span": [20, 41], "effect": "gained"}
        ],
        "outcome": "helped",
        "practice": False,
        "first": FIRST,
        "second": SECOND,
        "sides": {"left": "second", "right": "first"},
        "blind_choice": "left",
        "blind": True,
        "label": "helped",
        "patterns": ["neglected", "other"],
        "other_text": "<b>late</b>",
        "note": "中文, emoji 👩‍👩‍👧\r\nand a line",
        "confidence": "high",
        "effects": ["helped"],
        "spans": [RAIN],
        "disputes": [{"side": "first", "constraint": 0, "reason": "Only two of them count."}],
        "seconds": 31,
        "verdicts_shown": "after_blind",
        "annotator": Membership.objects.get(user=alice).pseudonym,
        "deactivated": None,
        "revision": 2,
        "is_latest": True,
        "submitted_at": Annotation.objects.get(revision=2).submitted_at.isoformat(),
    }


def decide(study, key, author, **fields):
    case = Case.objects.select_related("study", "prompt", "first", "second").get(study=study, prompt__key=key)
    decision = {"label": "hurt", "patterns": [], "other_text": "", "spans": [], "reason": "Two commas.", **fields}
    return adjudication_decide(case=case, author=author, base_revision=case.adjudications.count(), **decision)


def test_token_counts_that_an_imported_file_does_not_give_are_null(labelled, lena):
    run = labelled.study.second_run
    type(run).objects.filter(pk=run.pk).update(source={"name": "answers.jsonl"})
    run.generations.update(reasoning_tokens=0, answer_tokens=0, other_tokens=0, completion_tokens=0)
    for line in lines(labelled, lena):
        assert line["second"]["completion_tokens"] is None
        assert line["second"]["answer_tokens"] is None
        assert line["second"]["sampling"] is None
        assert line["first"]["completion_tokens"] is not None


def test_every_line_of_a_case_has_its_gold_by_rule(labelled, lena):
    for line in lines(labelled, lena)[:2]:
        gold = line["gold"]
        assert gold.pop("decided_at").endswith("+00:00")
        assert gold == {
            "label": "helped",
            "patterns": ["neglected", "other"],
            "other_text": "<b>late</b>",
            "spans": [RAIN],
            "by": "rule",
            "reason": "By rule: the one annotation that the study asks for.",
            "revision": 2,
        }


@pytest.mark.parametrize(
    ("role", "staff", "by"),
    [
        ("adjudicator", False, "adjudicator"),
        ("lead", False, "lead"),
        (None, True, "lead"),
        ("adjudicator", True, "adjudicator"),
        ("annotator", False, "adjudicator"),  # no adjudicator any more, but only an adjudicator can have decided
    ],
)
def test_gold_that_a_person_decided_tells_the_role_and_not_the_name(labelled, lena, carol, role, staff, by):
    carol.is_staff = staff
    carol.save()
    if role:
        member_add(study=labelled.study, user=carol, role=role)
    decide(labelled.study, "rain", carol, patterns=["neglected"], spans=[{**RAIN, "end": 5}])
    gold = lines(labelled, lena)[0]["gold"]
    assert (gold["by"], gold["label"], gold["revision"], gold["patterns"]) == (by, "hurt", 3, ["neglected"])
    assert gold["spans"] == [{**RAIN, "end": 5, "quote": "Rain "}]
    assert "carol" not in json.dumps(gold)


def test_gold_that_was_withdrawn_is_no_gold_and_practice_has_none(labelled, lena, alice):
    rain = Case.objects.get(study=labelled.study, prompt__key="rain")
    rain.adjudications.create(revision=3, label="", reason="By rule: the annotations no longer agree.")
    assert [line["gold"] and line["gold"]["label"] for line in lines(labelled, lena)] == [None, None, "helped"]
    Practice.objects.create(case=Case.objects.filter(study=labelled.study, submissions=1).last(), label="helped")
    practised = [line for line in lines(labelled, lena) if line["practice"]]
    assert [line["gold"] for line in practised] == [None] * len(practised) != []


def test_every_revision_is_a_line_and_the_newest_is_marked(labelled, lena):
    rows = [
        (line["key"] == "rain", line["revision"], line["is_latest"], line["label"]) for line in lines(labelled, lena)
    ]
    assert rows == [(True, 1, False, "no_difference"), (True, 2, True, "helped"), (False, 1, True, "helped")]


def test_no_line_names_a_person(labelled, lena, alice, bob):
    text = b"".join(annotation_lines(access.study_led_by(lena, "pilot"))).decode()
    for person in (alice, bob, lena):
        assert person.username not in text
    ids = {key for line in text.splitlines() for key in json.loads(line) if "id" in key.split("_")}
    assert ids == set()


def test_the_pseudonym_is_the_same_on_every_line_of_a_person_and_differs_between_people(labelled, lena):
    hers, hers_again, his = (line["annotator"] for line in lines(labelled, lena))
    assert hers == hers_again != his


def test_each_line_is_one_line_of_utf8(labelled, lena):
    for line in annotation_lines(access.study_led_by(lena, "pilot")):
        assert line.count(b"\n") == 1
        assert line.endswith(b"\n")
        line.decode("utf-8")


def test_a_study_without_annotations_has_no_lines(world, lena):
    assert lines(world, lena) == []


def test_a_study_exports_its_own_annotations_only(labelled, lena):
    make_world("other")
    assert len(lines(labelled, lena)) == 3


def test_the_route_streams_the_same_lines_as_a_download(labelled, lena, client):
    client.force_login(lena)
    response = client.get("/api/v1/studies/pilot/annotations.jsonl")
    assert response.streaming
    assert b"".join(response.streaming_content) == b"".join(annotation_lines(access.study_led_by(lena, "pilot")))
    assert response["Content-Type"] == "application/x-ndjson"
    assert response["Content-Disposition"] == 'attachment; filename="pilot-annotations.jsonl"'
    assert response["X-Content-Type-Options"] == "nosniff"


def test_the_route_of_an_empty_study_is_an_empty_file(world, lena, client):
    client.force_login(lena)
    assert b"".join(client.get("/api/v1/studies/pilot/annotations.jsonl").streaming_content) == b""


def test_chunks_cost_the_same_number_of_queries_and_memory_stays_flat(db, monkeypatch, django_user_model):
    study = labelled_study(60, overlap=2)
    root = django_user_model.objects.create_user("root", is_staff=True)
    Adjudication.objects.bulk_create(Adjudication(case=case, revision=1, label="hurt") for case in study.cases.all())
    study = access.study_led_by(root, study.slug)
    counts = {}
    for size in (60, 10):
        monkeypatch.setattr(export, "_CASES_AT_ONCE", size)
        with CaptureQueriesContext(connection) as queries:
            assert sum(1 for _ in annotation_lines(study)) == 120
        counts[size] = len(queries)
    # the pseudonyms, the search that ends it, and at most nine queries a chunk
    assert counts[60] <= 2 + 9
    assert counts[10] <= 2 + 6 * 9


def test_a_text_full_of_line_ends_is_one_line_for_every_reader(labelled, lena):
    awkward = "access\u202elevel\u202c us\x85er\u2028line\u2029sep \ufeffbom \x1b[31mred form\x0cfeed"
    Annotation.objects.filter(revision=2).update(note=awkward)
    body = b"".join(annotation_lines(access.study_led_by(lena, labelled.study.slug))).decode()
    records = [json.loads(line) for line in body.splitlines()]
    assert len(records) == body.count("\n") == 3
    assert awkward in [record["note"] for record in records]
