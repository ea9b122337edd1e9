"""Tests of the reader of ComplexBench's published schema: its values, and the place and reason of each error."""

import copy
import json
from typing import Any

import pytest

from annotator.constraints.complexbench.errors import InstanceError
from annotator.constraints.complexbench.instances import read_instances
from tests.paths import SHARED_DATA, needs_shared_data


def question(place: int, **fields: Any) -> dict[str, Any]:
    return {
        "point_id": place,
        "question": "礼貌吗？",
        "question_en": "Is it polite?",
        "rule": None,
        "constraint_dimensions": ["Helpfulness"],
        "composition_types": ["And"],
        "dep": [],
    } | fields


def instance(main_id: int = 7, **fields: Any) -> dict[str, Any]:
    return {
        "main_id": main_id,
        "group": "g1",
        "idx_in_group": 1,
        "instruction": "给小李写信。",
        "instruction_en": "Write to Li.",
        "task_types": "Practical Writing",
        "constraint_dimensions": ["Helpfulness"],
        "composition_types": ["And"],
        "category": "And_1",
        "scoring_questions": [question(0), question(1, dep=[0], rule="length:[1,9]")],
    } | fields


def refusal(value: Any, language: Any = "en") -> str:
    with pytest.raises(InstanceError) as error:
        read_instances(value if isinstance(value, str) else json.dumps(value), language)
    return str(error.value)


@needs_shared_data
def test_the_published_instance_is_read_whole() -> None:
    [parsed] = read_instances((SHARED_DATA / "complexbench" / "instance.json").read_text("utf-8"), "en")
    assert (parsed.main_id, parsed.group, parsed.index_in_group) == (899, "complex_instruction_eval_1285", 1)
    assert (parsed.category, parsed.task_type, parsed.compositions) == (
        "Selection_2",
        "Professional Writing",
        ("And", "Selection"),
    )
    assert [len(item.dependencies) for item in parsed.questions] == [0, 0, 1, 1, 1, 1, 1, 1, 1]
    assert [item.rule for item in parsed.questions if item.rule] == [
        "model_length:[300,10000]",
        "model_length:[1,100]",
    ]
    assert parsed.instruction_in("en").startswith("Sequentially determine")
    assert parsed.instruction_in("zh").startswith("依次判断")
    assert parsed.questions[0].text_in("en").startswith("Does the model correctly")
    assert parsed.questions[0].text_in("zh").startswith("模型是否正确")


def test_a_list_one_object_and_lines_are_read_alike() -> None:
    values = [instance(1), instance(2)]
    lines = "\n".join(json.dumps(value) for value in values) + "\n\n"
    assert read_instances(lines, "en") == read_instances(json.dumps(values), "en")
    assert read_instances(json.dumps(values[0], indent=1), "en") == read_instances(json.dumps(values[:1]), "en")


def test_fields_beyond_the_published_ones_and_an_absent_group_are_no_obstacle() -> None:
    value = instance(extra=1)
    del value["group"], value["idx_in_group"]
    [parsed] = read_instances(json.dumps(value), "zh")
    assert (parsed.group, parsed.index_in_group) == (None, None)


def test_an_absent_translation_matters_only_in_its_language() -> None:
    value = instance(instruction_en=None)
    [parsed] = read_instances(json.dumps(value), "zh")
    assert parsed.instruction_in("en") == ""
    assert refusal(value, "en") == (
        "instance 1 (main_id 7), field 'instruction_en': a text that is not blank is needed"
    )


def test_a_rule_with_an_unknown_verb_is_accepted_since_the_official_code_counts_it() -> None:
    [parsed] = read_instances(json.dumps(instance(scoring_questions=[question(0, rule="rhyme:[aabb]")])), "en")
    assert parsed.questions[0].rule == "rhyme:[aabb]"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"main_id": "7"}, "instance 1, field 'main_id': a whole number is needed, not a text"),
        ({"main_id": True}, "instance 1, field 'main_id': a whole number is needed, not true or false"),
        ({"group": 3}, "instance 1 (main_id 7), field 'group': a text is needed, not a number"),
        ({"category": " "}, "field 'category': a text that is not blank is needed"),
        ({"category": "A\ud800"}, "field 'category': character 1 is U+D800, which cannot be stored; remove it"),
        ({"instruction": "a\0"}, "field 'instruction': character 1 is U+0000, which cannot be stored; remove it"),
        ({"constraint_dimensions": "Length"}, "field 'constraint_dimensions': a list is needed, not a text"),
        ({"constraint_dimensions": [1]}, "every item has to be a name, a text that is not blank"),
        ({"composition_types": ["Or"]}, "unknown composition type 'Or'; known: And, Chain, Selection, Nested"),
        ({"composition_types": ["9" * 5_000]}, "unknown composition type '9999"),
        ({"scoring_questions": []}, "field 'scoring_questions': at least one question is needed"),
        ({"scoring_questions": None}, "field 'scoring_questions': a list is needed, not nothing"),
        ({"scoring_questions": ["q"]}, "(main_id 7), question 0: a JSON object is needed, not a text"),
    ],
)
def test_a_bad_instance_is_refused_in_one_sentence_with_its_place(fields: dict[str, Any], sentence: str) -> None:
    assert sentence in refusal(instance(**fields))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"point_id": 2}, "field 'point_id': it has to be 1, the question's place in the list, counted from 0"),
        ({"question_en": ""}, "field 'question_en': a text that is not blank is needed"),
        ({"rule": 5}, "field 'rule': a text is needed, not a number"),
        ({"rule": "length:300"}, "field 'rule': the rule 'length:300' needs 'length:[...]'"),
        ({"rule": "model_keyword_num:[a]"}, "needs two whole numbers at the head of its list"),
        ({"dep": [9]}, "field 'dep': 9 is no question of this instance; they are 0 to 1"),
        ({"dep": [-1]}, "field 'dep': -1 is no question of this instance; they are 0 to 1"),
        ({"dep": ["0"]}, "field 'dep': a text is no question of this instance; they are 0 to 1"),
        ({"dep": [1]}, "field 'dep': question 1 cannot depend on itself"),
        ({"dep": 0}, "field 'dep': a list is needed, not a number"),
    ],
)
def test_a_bad_question_is_refused_in_one_sentence_with_its_place(fields: dict[str, Any], sentence: str) -> None:
    message = refusal(instance(scoring_questions=[question(0), question(1, **fields)]))
    assert message.startswith("instance 1 (main_id 7), question 1, field ")
    assert sentence in message


def test_dependencies_in_a_circle_are_refused_with_the_circle() -> None:
    questions = [question(0, dep=[2]), question(1, dep=[0]), question(2, dep=[1])]
    message = refusal(instance(scoring_questions=questions))
    assert "the dependencies go round in a circle: " in message
    assert "remove one 'dep'" in message


def test_a_later_prerequisite_is_no_circle() -> None:
    [parsed] = read_instances(json.dumps(instance(scoring_questions=[question(0, dep=[1]), question(1)])), "en")
    assert parsed.questions[0].dependencies == (1,)


def test_a_repeated_main_id_is_refused_with_both_places() -> None:
    assert refusal([instance(7), instance(7)]) == "instance 2: main_id 7 is taken by instance 1"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "line 1: the file is not JSON (Expecting value); correct it there"),
        ("[]", "the file holds no instances; give it a JSON list of them or one a line"),
        ("{}\n{", "line 1, field 'main_id': a whole number is needed, not nothing"),
        ("[1]", "instance 1: a JSON object is needed, not a number"),
        ("[" * 100_000, "the file is not JSON that can be read: a number or the nesting is too large"),
        ("9" * 5_000, "the file is not JSON that can be read: a number or the nesting is too large"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    assert refusal(text) == sentence


def test_a_bad_line_is_named_by_its_number() -> None:
    good = json.dumps(instance(1))
    assert refusal(f"{good}\n\n{{oops") == "line 3: this is not one JSON object; put one instance a line"


def test_reading_does_not_change_its_input() -> None:
    value = instance()
    before = copy.deepcopy(value)
    read_instances(json.dumps(value), "en")
    assert value == before
