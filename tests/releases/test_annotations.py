"""The export of annotations: one self-contained line for each, without names, in constant memory."""

import csv
import io
import json
import re

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator import access
from annotator.releases import annotations as export
from annotator.releases.annotation_files import COLUMNS, read_extras
from annotator.releases.annotations import EXTRAS, Selection, annotation_lines
from annotator.runs.models import Environment, Generation, MessageText
from annotator.studies.models import Adjudication, Annotation, Assignment, Case, Membership, Practice
from annotator.studies.services import adjudication_decide, assignment_skip, case_next, flag_raise, member_add
from tests.cast import make_world
from tests.paths import REPOSITORY
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


ALL = Selection(every_revision=True)


def lines(world, lead, selection=ALL):
    return [json.loads(line) for line in annotation_lines(access.study_led_by(lead, world.study.slug), selection)]


def verdict(scope, decision, note=""):
    """One verdict on the only constraint."""
    shared = {"constraint": 0, "checker_version": "test"}
    return {**shared, "scope": scope, "strict": decision, "loose": decision, "note": note}


def generation(strategy, answer, verdicts, *, reasoning="", tokens=(0, 0)):
    """One side without its ids."""
    reasoning_tokens, answer_tokens = tokens
    return {
        "role": strategy,
        "weights": None,
        "sent": None,
        "licence": None,
        "completion": f"THINK: {reasoning}\nANSWER: {answer}" if reasoning else answer,
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
    case = Case.objects.get(study=labelled.study, prompt__key="rain")
    assert [(line[side].pop("run"), line[side].pop("generation")) for side in ("first", "second")] == [
        (labelled.first_run.pk, case.first_id),
        (labelled.second_run.pk, case.second_id),
    ]
    assert line == {
        "format": "cotrast.annotation.1",
        "record": "annotation",
        "case": case.pk,
        "study": "pilot",
        "scope": "answer",
        "codebook": {"name": "paper", "version": 1},
        "dataset": {"name": "pilot", "version": 1, "content_hash": labelled.dataset.content_hash, "licence": None},
        "key": "rain",
        "prompt": "Write about   rain. Do not use any commas.",
        "known_defects": [],
        "metadata": {},
        "constraints": [
            {"kind": "punctuation:no_comma", "kwargs": {}, "scope": "answer", "span": [20, 41], "effect": "gained"}
        ],
        "outcome": "helped",
        "practice": False,
        "check": False,
        "known_answer": None,
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


def test_a_case_that_was_imported_without_effects_is_exported_with_unverifiable_ones(labelled, lena):
    Case.objects.filter(study=labelled.study).update(contrast=[])
    effects = {constraint["effect"] for line in lines(labelled, lena) for constraint in line["constraints"]}
    assert effects == {"unverifiable"}


def test_gold_that_was_withdrawn_is_no_gold_and_practice_has_none(labelled, lena, alice):
    rain = Case.objects.get(study=labelled.study, prompt__key="rain")
    rain.adjudications.create(revision=3, label="", reason="By rule: the annotations no longer agree.")
    assert [line["gold"] and line["gold"]["label"] for line in lines(labelled, lena)] == [None, None, "helped"]
    Practice.objects.create(case=Case.objects.filter(study=labelled.study, submissions=1).last(), label="helped")
    practised = [line for line in lines(labelled, lena) if line["practice"]]
    assert [line["gold"] for line in practised] == [None] * len(practised) != []


def test_the_newest_revision_of_each_annotation_is_a_line(labelled, lena):
    newest = lines(labelled, lena, Selection())
    assert [(line["key"] == "rain", line["revision"], line["label"]) for line in newest] == [
        (True, 2, "helped"),
        (False, 1, "helped"),
    ]
    assert [line["is_latest"] for line in newest] == [True, True]


def test_on_request_every_revision_is_a_line_and_the_newest_is_marked(labelled, lena):
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
    newest = b"".join(response.streaming_content)
    assert newest == b"".join(annotation_lines(access.study_led_by(lena, "pilot")))
    every = b"".join(client.get("/api/v1/studies/pilot/annotations.jsonl?revisions=all").streaming_content)
    assert every == b"".join(annotation_lines(access.study_led_by(lena, "pilot"), ALL))
    assert (newest.count(b"\n"), every.count(b"\n")) == (2, 3)
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
    # the pseudonyms, the search that ends it, and at most twelve queries a chunk
    assert counts[60] <= 2 + 12
    assert counts[10] <= 2 + 6 * 12


def test_a_text_full_of_line_ends_is_one_line_for_every_reader(labelled, lena):
    awkward = "access\u202elevel\u202c us\x85er\u2028line\u2029sep \ufeffbom \x1b[31mred form\x0cfeed"
    Annotation.objects.filter(revision=2).update(note=awkward)
    body = b"".join(annotation_lines(access.study_led_by(lena, labelled.study.slug))).decode()
    records = [json.loads(line) for line in body.splitlines()]
    assert len(records) == body.count("\n") == 2
    assert awkward in [record["note"] for record in records]


def test_a_line_has_what_the_model_was_sent_and_the_weights_and_licences_that_are_known(labelled, lena):
    rain = Case.objects.get(study=labelled.study, prompt__key="rain")
    texts = {text: MessageText.objects.create(hash=f"hash:{text}", text=text).hash for text in ("Be brief.", "Rain?")}
    messages = [["system", texts["Be brief."]], ["user", texts["Rain?"]]]
    for number, error in ((1, "time-out"), (2, "")):
        rain.second.calls.create(number=number, step="answer", messages=messages, finish_reason="stop", error=error)
    weights = Environment.objects.create(hash="environment:1", content={"weights": "c0ffee", "device": "cpu"})
    type(rain.second).objects.filter(pk=rain.second_id).update(environment=weights)
    type(labelled.dataset).objects.filter(pk=labelled.dataset.pk).update(terms="CC BY 4.0")
    type(labelled.language_model).objects.update(revision="main", terms={"licence": "apache-2.0", "terms": "none"})
    line = lines(labelled, lena)[0]
    sent = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Rain?"}]
    assert line["second"]["sent"] == [{"step": "answer", "messages": sent}]
    assert (line["second"]["weights"], line["second"]["language_model"]["revision"]) == ("c0ffee", "main")
    assert (line["dataset"]["licence"], line["second"]["licence"]) == ("CC BY 4.0", "apache-2.0")
    type(rain.second).objects.filter(pk=rain.first_id).update(reused_from=rain.second_id)
    assert lines(labelled, lena)[0]["first"]["sent"] == line["second"]["sent"]


@pytest.mark.parametrize("extras", ["", "skips", "flags", "untouched", "skips,flags,untouched", " flags , skips "])
def test_skips_flags_and_untouched_cases_are_there_on_request(labelled, lena, alice, bob, extras):
    skip = Assignment.objects.get(annotator=bob, status=Assignment.Status.SKIPPED)
    flag_raise(assignment=Assignment.objects.filter(annotator=alice).latest("pk"), reason="two readings")
    wanted = read_extras(extras)
    found = lines(labelled, lena, Selection(extras=wanted))
    kinds = [line["record"] for line in found]
    assert kinds.count("annotation") == 2
    for extra, kind, count in (("skips", "skip", 1), ("flags", "flag", 1), ("untouched", "untouched", 2)):
        assert kinds.count(kind) == (count if extra in wanted else 0)
    for line in found:
        if line["record"] == "skip":
            assert line["skip"] == {"reason": "mine", "at": skip.touched_at.isoformat()}
            assert (line["case"], line["annotator"]) == (skip.case_id, Membership.objects.get(user=bob).pseudonym)
        if line["record"] == "flag":
            assert (line["flag"]["reason"], line["flag"]["settled_at"]) == ("two readings", None)
        if line["record"] == "untouched":
            assert line["annotator"] is None
            assert line["first"]["answer"]
            assert "label" not in line
    assert [line["case"] for line in found] == sorted(line["case"] for line in found)


def test_unknown_parameters_are_refused_with_the_known_ones(labelled, lena, client):
    client.force_login(lena)
    for query, known in (("revisions=some", "latest, all"), ("include=skips,drafts", "skips, flags, untouched")):
        for name in ("annotations.jsonl", "annotations.csv"):
            refused = client.get(f"/api/v1/studies/pilot/{name}?{query}")
            assert refused.status_code == 400
            assert known in refused.json()["detail"]


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_same_records_are_rows_of_csv(labelled, lena, client):
    client.force_login(lena)
    response = client.get("/api/v1/studies/pilot/annotations.csv?revisions=all&include=skips,untouched")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="pilot-annotations.csv"'
    rows = rows_of(b"".join(response.streaming_content).decode())
    records = lines(labelled, lena, Selection(every_revision=True, extras=frozenset({"skips", "untouched"})))
    assert [row["record"] for row in rows] == [record["record"] for record in records]
    assert tuple(rows[0]) == COLUMNS
    row, record = rows[1], records[1]
    assert (row["first.answer"], row["note"], row["gold.label"]) == ("Rain, rain, rain.", record["note"], "helped")
    assert json.loads(row["constraints"]) == record["constraints"]
    assert json.loads(row["second.verdicts"]) == record["second"]["verdicts"]
    assert (row["practice"], row["is_latest"], row["second.reasoning_tokens"], row["seconds"]) == (
        "false",
        "true",
        "312",
        "31",
    )
    skip = next(row for row in rows if row["record"] == "skip")
    assert (skip["skip.reason"], skip["label"], skip["is_latest"]) == ("mine", "", "")


def leaves(value, path=""):
    """The paths of all values that CSV has a column for: lists and what CSV keeps as JSON end a path."""
    if isinstance(value, dict) and path not in COLUMNS:
        return {leaf for name, inner in value.items() for leaf in leaves(inner, f"{path}.{name}" if path else name)}
    return {path}


def test_every_value_of_a_line_has_its_column(labelled, lena, alice):
    flag_raise(assignment=Assignment.objects.filter(annotator=alice).latest("pk"), reason="two readings")
    Case.objects.filter(study=labelled.study, prompt__key="rain").update(known_label="hurt")
    records = lines(labelled, lena, Selection(every_revision=True, extras=frozenset(EXTRAS)))
    missing = set().union(*map(leaves, records)) - set(COLUMNS) - {"gold", "known_answer", "deactivated"}
    assert missing == set()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_run_as_a_formula_by_a_spreadsheet(labelled, lena, client, start):
    formula = f"{start}HYPERLINK(1)"
    Annotation.objects.filter(revision=2).update(note=formula)
    Generation.objects.update(answer=formula)
    client.force_login(lena)
    rows = rows_of(b"".join(client.get("/api/v1/studies/pilot/annotations.csv").streaming_content).decode())
    assert rows[0]["note"] == rows[0]["first.answer"] == f"'{formula}"
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_the_command_writes_what_the_routes_send(labelled, lena, client, tmp_path, capsys):
    client.force_login(lena)
    for name, query, options in (
        ("annotations.jsonl", "", []),
        ("annotations.jsonl", "?revisions=all", ["--revisions", "all"]),
        ("annotations.csv", "?include=flags,untouched", ["--format", "csv", "--include", "flags,untouched"]),
    ):
        target = tmp_path / name
        call_command("export_annotations", "pilot", *options, "--output", str(target))
        sent = b"".join(client.get(f"/api/v1/studies/pilot/{name}{query}").streaming_content)
        assert target.read_bytes() == sent != b""
    for arguments, sentence in (
        (["nowhere"], "There is no study 'nowhere'; known studies: pilot."),
        (["pilot", "--include", "all"], "'all' cannot be included; choose of skips, flags, untouched, left_out"),
    ):
        with pytest.raises(CommandError, match=sentence):
            call_command("export_annotations", *arguments)


def test_the_description_names_every_column_and_parameter():
    described = (REPOSITORY / "docs" / "annotations.md").read_text()
    named = set(re.findall(r"`([a-z_.]+)`", described))
    sides = {name.partition(".")[2] for name in COLUMNS if name.startswith(("first.", "second."))}
    others = {name for name in COLUMNS if not name.startswith(("first.", "second."))}
    assert sides | others | set(EXTRAS) <= named
