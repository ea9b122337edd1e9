"""Suggestions: what the checkers of the other constraints say about an edit, and all edits of one answer in turn."""

import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.constraints import ConstraintSpec, Message, check, kinds
from annotator.datasets.models import Constraint
from annotator.exemplars.edits import EDITS, LONGEST, edit_all, suggest, suggestions
from tests.cast import World
from tests.constraints.golden import MODELS, golden_responses
from tests.constraints.specs import COMPLETE
from tests.paths import REPOSITORY, needs_shared_data

NO_COMMA = ConstraintSpec("punctuation:no_comma", {})
QUOTATION = ConstraintSpec("startend:quotation", {})
LOWER = ConstraintSpec("change_case:english_lowercase", {})
JSON = ConstraintSpec("detectable_format:json_format", {})
THE_END = ConstraintSpec("startend:end_checker", {"end_phrase": "The end."})
SHORT = ConstraintSpec("length_constraints:number_words", {"num_words": 9, "relation": "less than"})
CAPITALS = ConstraintSpec("change_case:english_capital", {})
MORE = [
    ConstraintSpec("detectable_content:postscript", {"postscript_marker": "P.P.S"}),
    ConstraintSpec("detectable_format:number_bullet_lists", {"num_bullets": 10**9}),
    ConstraintSpec("length_constraints:number_paragraphs", {"num_paragraphs": 10**9}),
    ConstraintSpec("length_constraints:number_sentences", {"num_sentences": 7, "relation": "at least"}),
    ConstraintSpec("keywords:forbidden_words", {"forbidden_words": [r"(\w+\s?)+", "rain"]}),
    ConstraintSpec("change_case:capital_word_frequency", {"capital_frequency": -3, "capital_relation": "less than"}),
    ConstraintSpec("format:options", {"options": "a), b), c)"}),
    ConstraintSpec("count:word_count_range", {"min_words": 1, "max_words": 2}),
    ConstraintSpec("format:list", {"sep": "..."}),
    *(ConstraintSpec(kind, {}) for kind in EDITS if kind.startswith(("format:", "detectable_format:"))),
]
EVERY = [ConstraintSpec(kind, kwargs) for kind, kwargs in COMPLETE.items()] + MORE


def test_a_suggestion_says_which_other_constraints_it_breaks() -> None:
    (edit,) = suggestions([JSON, NO_COMMA], '{"a": 1, "b": 2}')
    assert (edit.position, edit.satisfies, edit.breaks) == (1, True, (0,))
    assert suggest(NO_COMMA, "[1, 2]", [QUOTATION, JSON]).breaks == (2,)  # type: ignore[union-attr]


def test_of_two_ways_the_one_that_breaks_nothing_is_suggested() -> None:
    text = "The rain falls on the town. The sun shines. The end."
    (edit,) = suggestions([SHORT, THE_END], text)
    assert edit.breaks == ()
    assert edit.answer == "The rain falls on the town. The end."


def test_a_text_is_thinned_out_where_its_layout_must_stay() -> None:
    bullets = ConstraintSpec("detectable_format:number_bullet_lists", {"num_bullets": 3})
    text = "- Rain falls. It is wet.\n- Sun shines. It is hot.\n- It is May."
    (edit,) = suggestions([ConstraintSpec(SHORT.kind, {**SHORT.kwargs, "num_words": 12}), bullets], text)
    assert (edit.answer, edit.breaks) == ("- Rain falls. It is wet.\n- Sun shines.\n- It is May.", ())


def test_satisfied_and_undecided_constraints_get_no_suggestion() -> None:
    undecided = ConstraintSpec("startend:end_checker", {})
    assert suggestions([NO_COMMA, undecided], "Rain falls.") == []
    assert suggest(NO_COMMA, "Rain falls.") is None


@pytest.mark.parametrize("text", ["", " \n ", "\u200b"])
def test_an_empty_answer_gets_no_suggestion(text: str) -> None:
    assert not [edit for edit in suggestions([NO_COMMA, THE_END, SHORT], text) if not text.strip()]


def test_the_label_is_a_translatable_sentence() -> None:
    edit = suggest(THE_END, "Rain falls.")
    assert edit is not None
    assert edit.label == "Add the phrase “The end.” at the end"
    assert isinstance(edit.label, Message)
    assert edit.label.template == "Add the phrase %(phrase)s at the end"


def test_an_edit_is_stored_with_its_label_and_what_it_breaks() -> None:
    edit = suggest(NO_COMMA, "[1, 2]", [JSON])
    assert edit is not None
    assert edit.to_json() == {
        "position": 0,
        "kind": "punctuation:no_comma",
        "label": "Take the commas out",
        "words": ["Take the commas out", {}],
        "satisfies": True,
        "breaks": [1],
    }


def test_all_edits_together_satisfy_what_each_alone_would_break() -> None:
    constraints = [QUOTATION, LOWER, NO_COMMA, THE_END, SHORT]
    edited = edit_all(constraints, "The rain falls, on us. The sun shines, on the others and on the town.")
    assert edited.violated == ()
    assert edited.answer == '"the rain falls on us.\n\nthe end."'
    assert all(check(spec, edited.answer).strict.obeyed for spec in constraints)
    assert len({edit.answer for edit in edited.edits}) == len(edited.edits)


def test_constraints_that_exclude_each_other_end_with_the_best_answer() -> None:
    text = "The rain falls softly on the old town."
    edited = edit_all([LOWER, CAPITALS, THE_END], text)
    assert len(edited.violated) == 1
    assert edit_all([ConstraintSpec("language:response_language", {"language": "fr"})], text).edits == ()


@pytest.mark.django_db
def test_rows_of_a_prompt_keep_their_positions_and_the_reasoning_its_own(world: World) -> None:
    prompt = world.dataset.prompts.get(key="rain")
    Constraint.objects.create(prompt=prompt, position=7, kind=THE_END.kind, kwargs=THE_END.kwargs)
    Constraint.objects.create(prompt=prompt, position=8, kind=LOWER.kind, kwargs={}, scope=Constraint.Scope.REASONING)
    rows = list(prompt.constraints.order_by("position"))
    assert [edit.position for edit in suggestions(rows, "Rain, falls.")] == [7, 0]
    assert edit_all(rows, "Rain, falls.").answer == "Rain falls.\n\nThe end."


HOSTILE = [
    "," * 5_000,
    "*" * 5_000,
    "- " * 2_000,
    "\n" * 5_000 + "x",
    '"' * 3_000,
    "[" * 3_000 + "{" * 3_000,
    "<<" * 2_000,
    "\u202emalik, si siht\u202c. \u05d0\u05d1, \u05d2.",
    "\ufffd\ufffd, \ufffd.",
    "1." * 2_000,
    "a.b." * 1_500,
    "İ, ŉ ß Ǆ ª.",
    "#" * 2_000 + "\n" + "**" * 999,
    "Section 1" * 400,
    "- x\n" * 3_000,
    "a.\n\n" * 2_000,
    ": " * 6_000,
    "1 " * 6_000,
    "_" * 12_000 + ".",
    "```" + "\n" * 12_000,
    "answer: " * 2_000,
    "x" * (LONGEST + 1),
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_neither_raise_nor_take_long(text: str) -> None:
    start = time.thread_time()
    for edit in suggestions(EVERY, text):
        assert edit.answer != text
        assert edit.answer.strip()
    assert time.thread_time() - start < 4


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "Rain falls.",
                "the SUN",
                ", ",
                "\n",
                "\n\n",
                "- ",
                "* ",
                "**",
                "***",
                "1. ",
                '"',
                "# ",
                "<<",
                ">>",
                "[x]",
                "P.S. ",
                "é",
                " ",
            ]
        ),
        max_size=25,
    ).map("".join),
    st.sampled_from(EVERY),
)
def test_no_text_makes_an_edit_raise(text: str, spec: ConstraintSpec) -> None:
    edit = suggest(spec, text, [NO_COMMA, THE_END])
    assert edit is None or edit.satisfies is (check(spec, edit.answer).strict.obeyed is True)


def test_a_suggestion_for_two_thousand_words_takes_under_50_ms() -> None:
    sentence = "The rain falls softly, as it must, on the old town and its gardens. "
    text = "\n\n".join(["# Rain", *[sentence * 5] * 29])
    assert len(text.split()) > 1_880
    for spec in EVERY:
        suggest(spec, text)  # the sentence model is loaded and caches are warm, as in a running server
        start = time.thread_time()
        suggest(spec, text, [NO_COMMA, THE_END, SHORT])
        assert time.thread_time() - start < 0.15, spec  # three times the aim: shared machines


@needs_shared_data
def test_every_edit_of_a_real_response_is_what_the_checkers_say() -> None:
    counted: dict[str, Any] = {"suggestions": 0, "breaking": 0}
    for case in list(golden_responses(MODELS[-2]))[:250]:
        for edit in suggestions(case.specs, case.response):
            counted["suggestions"] += 1
            before = [check(spec, case.response).strict.obeyed for spec in case.specs]
            after = [check(spec, edit.answer).strict.obeyed for spec in case.specs]
            assert edit.satisfies is (after[edit.position] is True)
            broken = [place for place, obeyed in enumerate(before) if obeyed and after[place] is not True]
            assert list(edit.breaks) == broken
            counted["breaking"] += bool(broken)
    assert counted["suggestions"] > 50


def test_no_edit_is_of_a_kind_that_no_checker_knows() -> None:
    assert set(EDITS) <= set(kinds())


def test_edits_and_mentions_load_without_django() -> None:
    code = "import sys, annotator.exemplars.edits, annotator.exemplars.mentions; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=False).returncode == 0
