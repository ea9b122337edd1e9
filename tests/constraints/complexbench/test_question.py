"""Tests of the kind `complexbench:question`: undecided until a judge has replied."""

from typing import Any

import pytest

from annotator.constraints import ConstraintArgumentError, ConstraintSpec, check, locate, title, validate
from annotator.constraints.complexbench.instances import Question
from annotator.constraints.complexbench.question import KIND, WAITS, kwargs_of, question_of

POLITE = Question(
    text="礼貌吗？",
    text_en="Is it polite?",
    rule=None,
    dimensions=("Helpfulness",),
    compositions=("And", "Chain"),
    dependencies=(0, 2),
)
COUNTED = Question("不超过九个字吗？", "Does it have nine characters at most?", "length:[1,9]", (), (), ())


def arguments(question: Question, language: Any = "en") -> dict[str, Any]:
    return validate(KIND, kwargs_of(question, language))


@pytest.mark.parametrize("question", [POLITE, COUNTED])
def test_a_question_is_kept_whole(question: Question) -> None:
    assert question_of(arguments(question)) == question


@pytest.mark.parametrize("question", [POLITE, COUNTED])
@pytest.mark.parametrize("text", ["Dear Li,", "", " \n"])
def test_it_is_undecided_whatever_the_text_because_nobody_has_judged_it(question: Question, text: str) -> None:
    decision = check(ConstraintSpec(KIND, arguments(question)), text, prompt="Write to Li.")
    assert (decision.strict.obeyed, decision.loose.obeyed) == (None, None)
    assert (decision.strict.required, decision.strict.spans, decision.strict.note) == ("yes", (), WAITS)


@pytest.mark.parametrize(("language", "expected"), [("en", "Is it polite?"), ("zh", "礼貌吗？")])
def test_its_title_is_the_question_in_the_language_of_the_dataset(language: str, expected: str) -> None:
    assert title(KIND, arguments(POLITE, language)) == expected


def test_a_long_question_makes_a_short_title_on_one_line() -> None:
    long = Question("", "Is it\npolite, " + "and kind, " * 30, None, (), (), ())
    short = title(KIND, arguments(long))
    assert short.startswith("Is it polite, and kind,")
    assert short.endswith("…")
    assert len(short) <= 90


def test_no_prompt_is_searched_for_it() -> None:
    assert locate("Write to Li. Is it polite?", ConstraintSpec(KIND, arguments(POLITE))) is None


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"language": "fr"}, "argument 'language' must be one of 'zh', 'en', not 'fr'"),
        ({"question": 1}, "argument 'question' must be a text, not 1"),
        ({"rule": "length:"}, "argument 'rule' cannot be decided: the rule 'length:' needs 'length:"),
        ({"compositions": ["Or"]}, "argument 'compositions' must hold And, Chain, Selection, Nested only, not 'Or'"),
        ({"dependencies": [-1]}, r"argument 'dependencies' must be a list of whole numbers from 0 on, not \[-1\]"),
        ({"dependencies": [True]}, "argument 'dependencies' must be a list of whole numbers"),
        ({"answer": "yes"}, "argument 'answer' is unknown; the kind takes language, question"),
    ],
)
def test_arguments_that_make_no_question_are_refused(changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConstraintArgumentError, match=f"{KIND}: {sentence}"):
        validate(KIND, kwargs_of(POLITE, "en") | changed)


@pytest.mark.parametrize(
    ("changed", "note"),
    [
        ({"language": None}, "argument 'language' is missing"),
        ({"question_en": ""}, "argument 'question_en' is missing"),
    ],
)
def test_a_question_that_cannot_be_asked_says_why_in_its_verdict(changed: dict[str, Any], note: str) -> None:
    decision = check(ConstraintSpec(KIND, kwargs_of(POLITE, "en") | changed), "text")
    assert (decision.strict.obeyed, decision.strict.note) == (None, note)
    assert title(KIND, kwargs_of(POLITE, "en") | changed) == "Scoring question (cannot be verified)"
