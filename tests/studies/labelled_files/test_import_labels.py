"""Labelled pairs of other tools become a study: what is shown first, what is stored, and what is refused."""

import json
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotator.releases.label_studio import label_studio_file
from annotator.runs.models import Run
from annotator.studies.models import Adjudication, Annotation, Study
from annotator.studies.services import case_next
from tests.cast import World
from tests.studies.annotating import submit
from tests.studies.labelled_files.files import LABELS, RAIN, TEA, argilla_record, task

pytestmark = pytest.mark.django_db


def imported(folder: Path, rows: Sequence[Any], **options: Any) -> str:
    """Write the rows as one array and import them; return what the command says."""
    path = folder / "export.json"
    path.write_text(json.dumps(rows))
    out = StringIO()
    call_command("import_labels", "pilot", path, **{**LABELS, **options}, stdout=out)
    return out.getvalue()


def refusal(folder: Path, rows: Sequence[Any], **options: Any) -> str:
    """The refusal of an import, which has stored nothing."""
    before = (Study.objects.count(), Run.objects.count())
    with pytest.raises(CommandError) as refused:
        imported(folder, rows, **options)
    assert (Study.objects.count(), Run.objects.count()) == before
    return str(refused.value)


def labels() -> list[tuple[str, str, str]]:
    """(key, pseudonym, label) of the imported annotations."""
    study = Study.objects.get(slug="theirs")
    names = study.memberships.pseudonyms()
    rows = Annotation.objects.filter(assignment__case__study=study).order_by("assignment", "revision")
    columns = ("assignment__case__prompt__key", "assignment__annotator", "label")
    return [(key, names[user], label) for key, user, label in rows.values_list(*columns)]


def test_tasks_of_label_studio_become_cases_with_the_labels_of_each_person(world: World, tmp_path: Path) -> None:
    said = imported(tmp_path, [task(), task(TEA, {4: "left"})], note="why")
    assert said == "Study theirs has 2 cases with 3 annotations by 2 annotators.\n"
    assert labels() == [
        ("rain", "imported-1", "helped"),
        ("rain", "imported-2", "hurt"),
        ("tea", "imported-2", "hurt"),
    ]
    study = Study.objects.get(slug="theirs")
    case = study.cases.get(prompt__key="rain")
    assert (case.first.answer, case.second.answer) == ("A rain, first.", "No comma here.")
    assert case.outcome == "helped", "the checkers decide what they can"
    assert (case.submissions, case.complete, case.undecided) == (2, True, True)
    annotation = Annotation.objects.filter(assignment__case=case).earliest("pk")
    assert (annotation.note, annotation.seconds) == ("Two.", 13)
    assert annotation.submitted_at.isoformat() == "2026-03-01T10:00:00+00:00"
    assert not Adjudication.objects.filter(case=case).exists()


def test_people_are_kept_under_outside_names_and_nobody_can_log_in_as_them(world: World, tmp_path: Path) -> None:
    imported(tmp_path, [task()])
    users = [member.user for member in Study.objects.get(slug="theirs").memberships.order_by("pk")]
    assert [user.username for user in users] == ["theirs.ann@example.org", "theirs.4"]
    assert not any(user.is_active or user.has_usable_password() for user in users)


def test_records_of_argilla_become_cases_and_who_agrees_makes_gold(world: World, tmp_path: Path) -> None:
    said = imported(tmp_path, [argilla_record()])
    assert said == "Study theirs has 1 case with 2 annotations by 2 annotators.\n"
    assert [label for _key, _person, label in labels()] == ["helped", "helped"]
    gold = Adjudication.objects.get(case__study__slug="theirs")
    assert (gold.label, gold.author) == ("helped", None)


def test_responses_of_argilla_s_server_count_once_they_are_submitted(world: World, tmp_path: Path) -> None:
    row = argilla_record()
    row["responses"] = [
        {"values": {"comparison": {"value": "left"}}, "status": status, "user_id": status}
        for status in ("submitted", "draft", "discarded")
    ]
    said = imported(tmp_path, [row])
    assert "1 annotation by 1 annotator. Left out, because they were skipped or not submitted: 2." in said


def test_what_was_skipped_is_left_out_and_who_annotated_twice_revised_it(world: World, tmp_path: Path) -> None:
    twice = task(answers={4: "left"})
    twice["annotations"] += task(answers={4: "right"})["annotations"]
    twice["annotations"] += task(answers={5: "left"}, was_cancelled=True)["annotations"]
    assert "Left out, because they were skipped or not submitted: 1." in imported(tmp_path, [twice])
    assert [label for _key, _person, label in labels()] == ["hurt", "helped"]
    assert Annotation.objects.filter(assignment__case__study__slug="theirs").latest("pk").revision == 2


def test_without_a_study_the_command_shows_what_the_file_holds_and_stores_nothing(world: World, tmp_path: Path) -> None:
    said = imported(tmp_path, [task(), task(TEA, {4: "left"})], slug="")
    assert said.splitlines()[0] == "label-studio: 2 rows, 3 annotations by 2 annotators."
    assert "  “answer_b”: in 2 rows; “No comma here.”" in said
    assert "  “comparison”: “left” 2, “right” 1" in said
    assert not Study.objects.filter(slug="theirs").exists()


def test_every_problem_is_reported_at_once_with_its_row(world: World, tmp_path: Path) -> None:
    nameless = task()
    del nameless["data"]["answer_b"]
    rows = [task(answers={4: "both"}), task("Nobody asked this."), nameless, task(), task(), [1]]
    lines = refusal(tmp_path, rows).splitlines()
    assert lines[0].endswith("5 rows were refused; correct them, or set bad rows aside.")
    assert lines[1:] == [
        "Row 1: the value “both” of “comparison” has no meaning; say which label it is",
        "Row 2: its prompt is not in pilot v1: “Nobody asked this.”",
        "Row 3: the field “answer_b” is missing",
        "Row 5: the prompt with the key “rain” has a pair in row 4 already; remove one",
        "Row 6: not a JSON object; each line must be one object in braces",
    ]


def test_bad_rows_are_set_aside_where_a_file_is_named(world: World, tmp_path: Path) -> None:
    said = imported(tmp_path, [task(answers={4: "both"}), task(TEA)], rejects=tmp_path / "bad.jsonl")
    assert f"Bad rows set aside in {tmp_path / 'bad.jsonl'}: 1." in said
    assert json.loads((tmp_path / "bad.jsonl").read_text())["line"] == 1


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        ([{"text": "x"}], {}, "is no export of Label Studio (data, annotations) nor of Argilla (fields, responses)"),
        ([task()], {"control": ""}, "--control missing; without --study the command shows what the file holds"),
        ([task()], {"control": "label"}, "has no value of “label”"),
        ([task()], {"slug": "pilot"}, "already exists; choose another one"),
        ([task()], {"codebook": "nobody's"}, "No codebook is called"),
        ([], {}, "is no export of Label Studio"),
    ],
)
def test_a_refusal_says_what_to_do(
    world: World, tmp_path: Path, rows: list[Any], options: dict[str, Any], words: str
) -> None:
    assert words in refusal(tmp_path, rows, **options)


def test_our_own_export_for_label_studio_comes_back(world: World, alice: Any, tmp_path: Path) -> None:
    assignment = case_next(study=world.study, annotator=alice)
    assert assignment is not None
    submit(assignment, label="helped", note="Shorter.")
    joined = ("first_run__dataset", "first_run__language_model", "second_run__dataset", "second_run__language_model")
    study = Study.objects.select_related("codebook", *joined).get(pk=world.study.pk)
    tasks = json.loads("".join(label_studio_file(study).parts))
    imported(
        tmp_path,
        tasks,
        first="first",
        second="second",
        key="key",
        control="label",
        note="note",
        means=[(label, label) for label in Annotation.Label.values],
    )
    assert [label for _key, _person, label in labels()] == ["helped"]
    assert Annotation.objects.latest("pk").note == "Shorter."


def test_a_chat_a_nested_field_and_a_ranking_are_read(world: World, tmp_path: Path) -> None:
    row = argilla_record(RAIN, {"1": [{"value": "b", "rank": 1}, {"value": "a", "rank": 2}]})
    row["fields"]["answers"] = [{"text": "Rain, once."}, {"text": "Rain."}]
    imported(tmp_path, [row], first="answers.0.text", second="answers.1.text", means=[("b > a", "helped")])
    case = Study.objects.get(slug="theirs").cases.get()
    assert (case.first.answer, case.second.answer) == ("Rain, once.", "Rain.")
    assert [label for _key, _person, label in labels()] == ["helped"]


SETTINGS = {
    "questions": [{"name": "comparison", "settings": {"type": "ranking", "options": [{"value": "a"}, {"value": "b"}]}}],
    "fields": [{"name": name} for name in ("prompt", "answer_a", "answer_b")],
}


def test_the_settings_of_argilla_say_which_list_is_a_ranking(world: World, tmp_path: Path) -> None:
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps(SETTINGS))
    rows = [argilla_record(RAIN, {"1": ["b", "a"]})]
    assert "several values of “comparison”" in refusal(tmp_path, rows)
    imported(tmp_path, rows, argilla=settings, means=[("b > a", "helped")])
    assert [label for _key, _person, label in labels()] == ["helped"]


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (SETTINGS, {"control": "rating"}, "the settings have no “rating”; they have “comparison”"),
        (SETTINGS, {"first": "reply"}, "the settings have no “reply”"),
        ({"questions": {}}, {}, "is not the settings.json of an Argilla dataset"),
        ([1], {}, "is not the settings.json of an Argilla dataset"),
        ({"questions": [{"name": 1, "settings": {"type": "text"}}], "fields": []}, {}, "names that are no texts"),
    ],
)
def test_settings_that_do_not_fit_are_refused(
    world: World, tmp_path: Path, content: Any, options: dict[str, Any], words: str
) -> None:
    (tmp_path / "settings.json").write_text(json.dumps(content))
    assert words in refusal(tmp_path, [argilla_record()], argilla=tmp_path / "settings.json", **options)
