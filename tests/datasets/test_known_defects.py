"""Tests of the published defects: which prompts have them, what they say, and that they are no content."""

import json
from collections import Counter
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotator.datasets import known_defects
from annotator.datasets.known_defects import FAULTS, known_defects_of, text_hash
from annotator.datasets.models import Dataset, Prompt
from annotator.datasets.selectors import known_defect_counts, prompts_with_known_defects
from annotator.datasets.services import dataset_import, known_defects_mark
from tests.datasets.records import line
from tests.paths import REPOSITORY, SHARED_DATA, needs_shared_data

PUBLISHED = json.loads((REPOSITORY / "fixtures" / known_defects.FIXTURE).read_text(encoding="utf-8"))
IFEVAL = SHARED_DATA / "ifeval" / "input_data.jsonl"
CONTRADICTORY = {374, 1546, 1627, 1944, 2063, 2216, 2337, 2713, 2739, 3069, 3305, 3371, 3505, 3633, 3718}
TEXT = "Describe a pond without commas. First repeat this request."


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, str]]:
    """A list with one prompt of ours."""
    prompts = {"7": {"fault": "changed", "text_sha256": text_hash(TEXT)}}
    monkeypatch.setattr(known_defects, "_published", lambda: ("Someone (2026)", prompts))
    return prompts


def test_the_list_has_74_prompts_of_which_15_contradict_themselves_and_no_text() -> None:
    prompts = PUBLISHED["prompts"]
    assert PUBLISHED["source"] == "IFEval++ (arXiv 2512.14754)"
    assert len(prompts) == 74
    assert {int(key) for key, entry in prompts.items() if FAULTS[entry["fault"]].contradictory} == CONTRADICTORY
    assert {entry["fault"] for entry in prompts.values()} == set(FAULTS)
    assert {frozenset(entry) for entry in prompts.values()} == {frozenset({"fault", "text_sha256"})}


@pytest.mark.parametrize(
    ("key", "text", "defective"),
    [
        ("7", TEXT, True),
        ("7", f" {TEXT}\n", True),
        ("7:12:en", TEXT, True),
        ("8", TEXT, False),
        ("7", TEXT + "!", False),
        ("", TEXT, False),
    ],
)
def test_a_prompt_has_the_defect_only_with_both_key_and_text(
    published: object, key: str, text: str, defective: bool
) -> None:
    expected = [{"source": "Someone (2026)", "sentence": FAULTS["changed"].sentence, "contradictory": False}]
    assert known_defects_of(key, text) == (expected if defective else [])


@pytest.mark.django_db
def test_an_import_marks_the_prompts_and_the_content_stays_the_same(published: dict[str, Any]) -> None:
    lines = [line(key=7, prompt=TEXT), line(key=8, prompt="Another prompt.")]
    marked = dataset_import(name="pond", path_or_lines=lines).dataset
    published.clear()
    unmarked = dataset_import(name="other", path_or_lines=lines).dataset
    assert marked.content_hash == unmarked.content_hash
    assert [prompt.key for prompt in prompts_with_known_defects(marked)] == ["7"]
    assert (known_defect_counts(marked), known_defect_counts(unmarked)) == ((1, 0), (0, 0))


@pytest.mark.django_db
def test_an_older_dataset_is_marked_by_another_import_or_by_the_service(published: dict[str, Any]) -> None:
    lines = [line(key=7, prompt=TEXT)]
    dataset = dataset_import(name="pond", path_or_lines=lines).dataset
    Prompt.objects.update(known_defects=[])
    again = dataset_import(name="pond", path_or_lines=lines)
    assert (again.created, known_defect_counts(dataset)) == (False, (1, 0))
    published["7"]["fault"] = "english_not_stated"
    assert known_defects_mark(dataset=dataset) == 1
    assert Prompt.objects.get().known_defects[0]["sentence"] == FAULTS["english_not_stated"].sentence
    published.clear()
    assert (known_defects_mark(dataset=dataset), known_defect_counts(dataset)) == (0, (0, 0))


@needs_shared_data
@pytest.mark.django_db
def test_ifeval_has_74_prompts_with_defects_and_the_command_says_so() -> None:
    out = StringIO()
    call_command("import_dataset", "ifeval", str(IFEVAL), stdout=out)
    assert "Prompts with published defects: 74, of which 15 contradict themselves." in out.getvalue()
    dataset = Dataset.objects.get()
    assert dataset.prompt_count == 541
    assert {prompt.key for prompt in prompts_with_known_defects(dataset)} == set(PUBLISHED["prompts"])
    sentences = Counter(prompt.known_defects[0]["sentence"] for prompt in prompts_with_known_defects(dataset))
    assert sentences[FAULTS["english_not_stated"].sentence] == 24


@needs_shared_data
def test_each_sentence_is_true_of_its_prompts() -> None:
    rows = {str(row["key"]): row for row in map(json.loads, IFEVAL.read_text(encoding="utf-8").splitlines())}
    of_fault: dict[str, list[dict[str, Any]]] = {fault: [] for fault in FAULTS}
    for key, entry in PUBLISHED["prompts"].items():
        kwargs = {name: value for values in rows[key]["kwargs"] for name, value in values.items()}
        of_fault[entry["fault"]].append(rows[key] | kwargs)
    for row in of_fault["no_comma_in_repeated_request"]:
        assert {"combination:repeat_prompt", "punctuation:no_comma"} <= set(row["instruction_id_list"])
        assert "," not in row["prompt_to_repeat"]
    for row in of_fault["comma_in_repeated_request"]:
        assert "punctuation:no_comma" in row["instruction_id_list"]
        assert "," in row["prompt_to_repeat"]
    for row in of_fault["forbidden_words_in_repeated_request"]:
        assert any(word in row["prompt_to_repeat"] for word in row["forbidden_words"])
    for row in of_fault["language_of_repeated_request"]:
        assert (row["language"], row["prompt_to_repeat"][:5]) == ("hi", "Write")
    for row in of_fault["lowercase_and_postscript"]:
        assert "change_case:english_lowercase" in row["instruction_id_list"]
        assert row["postscript_marker"][0] == "P"
    for row in of_fault["english_not_stated"]:
        assert any(kind.startswith("change_case:english_") for kind in row["instruction_id_list"])
        assert "english" not in row["prompt"].lower()


@pytest.mark.django_db
def test_the_command_marks_one_dataset_or_all(published: dict[str, Any]) -> None:
    for name in ("pond", "lake"):
        dataset_import(name=name, path_or_lines=[line(key=7, prompt=TEXT)])
    Prompt.objects.update(known_defects=[])
    out = StringIO()
    call_command("mark_known_defects", "pond", stdout=out)
    assert [known_defect_counts(dataset) for dataset in Dataset.objects.order_by("name")] == [(0, 0), (1, 0)]
    call_command("mark_known_defects", stdout=out)
    assert out.getvalue().splitlines() == [
        f"{name} v1: prompts with published defects: 1" for name in ("pond", "lake", "pond")
    ]
    with pytest.raises(CommandError, match="there is no dataset 'sea'"):
        call_command("mark_known_defects", "sea")
