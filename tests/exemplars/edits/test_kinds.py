"""Mechanical edits, kind by kind: what a violating text becomes."""

from typing import Any

import pytest

from annotator.constraints import ConstraintSpec, check
from annotator.exemplars.edits import EDITS, suggest

AT_LEAST, LESS_THAN = "at least", "less than"

# kind, arguments, text, the edited text
REPAIRED: list[tuple[str, dict[str, Any], str, str]] = [
    ("punctuation:no_comma", {}, "Rain, at last.\nIt cost 1,000,000 euros.", "Rain at last.\nIt cost 1000000 euros."),
    ("punctuation:no_comma", {}, "red,green,\nblue", "red green\nblue"),
    ("startend:quotation", {}, " Rain falls. ", ' "Rain falls." '),
    ("startend:quotation", {}, '"Rain falls.', '"Rain falls."'),
    ("startend:quotation", {}, "“Rain falls.”", '"Rain falls."'),
    ("startend:end_checker", {"end_phrase": "The end."}, "Rain falls.", "Rain falls.\n\nThe end."),
    ("startend:end_checker", {"end_phrase": "The end."}, '"Rain falls."', '"Rain falls.\n\nThe end."'),
    ("startend:end_checker", {"end_phrase": "The end."}, "Rain. The end. Shall I go on?", "Rain. The end."),
    ("change_case:english_capital", {}, "The rain falls softly.", "THE RAIN FALLS SOFTLY."),
    ("change_case:english_lowercase", {}, "The Rain falls softly.", "the rain falls softly."),
    (
        "change_case:capital_word_frequency",
        {"capital_frequency": 2, "capital_relation": AT_LEAST},
        "The weather is lovely and the garden grows.",
        "The WEATHER is lovely and the GARDEN grows.",
    ),
    (
        "change_case:capital_word_frequency",
        {"capital_frequency": 2, "capital_relation": LESS_THAN},
        "It is GREAT that NASA flies.",
        "It is great that NASA flies.",
    ),
    (
        "detectable_content:postscript",
        {"postscript_marker": "P.S."},
        "Dear Ann. The rain has come at last. The garden is as green as ever.",
        "Dear Ann. The rain has come at last.\n\nP.S. The garden is as green as ever.",
    ),
    (
        "detectable_content:postscript",
        {"postscript_marker": "P.S."},
        "Rain.\nPS: a coat",
        "Rain.\nP.S. a coat",
    ),
    (
        "detectable_content:number_placeholders",
        {"num_placeholders": 3},
        "Dear [name], John Smith calls you on March 3 at 12:30.",
        "Dear [name], [John Smith] calls you on [March 3] at 12:30.",
    ),
    ("detectable_format:title", {}, "# Rain\nIt falls.", "<<Rain>>\nIt falls."),
    ("detectable_format:title", {}, "Title: Rain\n\nIt falls.", "<<Rain>>\n\nIt falls."),
    ("detectable_format:title", {}, "<Rain>\nIt falls.", "<<Rain>>\nIt falls."),
    ("detectable_format:title", {}, "Rain falls, as it must.", "<<Rain falls>>\n\nRain falls, as it must."),
    (
        "detectable_format:multiple_sections",
        {"section_spliter": "SECTION", "num_sections": 2},
        "Section I: rain\nfalls\nSection II: sun",
        "SECTION 1: rain\nfalls\nSECTION 2: sun",
    ),
    (
        "detectable_format:multiple_sections",
        {"section_spliter": "Section", "num_sections": 2},
        "## Rain\nIt falls.\n\n## Sun\nIt shines.",
        "## Section 1: Rain\nIt falls.\n\n## Section 2: Sun\nIt shines.",
    ),
    (
        "detectable_format:multiple_sections",
        {"section_spliter": "Section", "num_sections": 2},
        "It falls.\n\nIt shines.",
        "Section 1\nIt falls.\n\nSection 2\nIt shines.",
    ),
    ("detectable_format:constrained_response", {}, "My answer is: Yes", "My answer is yes."),
    ("detectable_format:constrained_response", {}, "Maybe, it depends.", "My answer is maybe. it depends."),
    ("detectable_format:json_format", {}, 'Here it is:\n```json\n{"a": [1,]}\n```\nBye', '{"a": [1]}'),
    ("detectable_format:json_format", {}, 'Rain "falls"', '{\n  "answer": "Rain \\"falls\\""\n}'),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "1. rain\n2. sun", "- rain\n- sun"),
    ("detectable_format:number_bullet_lists", {"num_bullets": 1}, "- rain\n- sun", "- rain; sun"),
    (
        "detectable_format:number_bullet_lists",
        {"num_bullets": 3},
        "* It is wet. Rain falls.\n* Sun.",
        "* It is wet.\n* Rain falls.\n* Sun.",
    ),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "- rain\n  - soft\n- sun", "- rain; soft\n- sun"),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "- rain\n---\n- sun", "- rain\n\n- sun"),
    (
        "detectable_format:number_bullet_lists",
        {"num_bullets": 2},
        "Rain falls. Sun shines.",
        "- Rain falls.\n- Sun shines.",
    ),
    (
        "detectable_format:number_highlighted_sections",
        {"num_highlights": 2},
        "# Rain\nRain falls. Sun shines.",
        "# *Rain*\n**Rain falls**. Sun shines.",
    ),
    (
        "detectable_format:number_highlighted_sections",
        {"num_highlights": 3},
        "*This phrase* is a reminder to always think before you act.",
        "*This phrase* is a *reminder* to *always* think before you act.",
    ),
    (
        "detectable_format:number_highlighted_sections",
        {"num_highlights": 3},
        "Rain **falls softly** on roofs, on gardens.\n* Sun shines on gardens.",
        "Rain **falls softly** on *roofs*, on *gardens*.\n* Sun shines on gardens.",
    ),
    (
        "detectable_format:number_highlighted_sections",
        {"num_highlights": 2},
        "See https://example.org/garden-path, it shouldn't.\n```\nimport garden\n```\nOr gardens.",
        "**See https://example.org/garden-path**, it shouldn't.\n```\nimport garden\n```\n**Or gardens**.",
    ),
    (
        "detectable_format:number_highlighted_sections",
        {"num_highlights": 2},
        "*See it*: `print (garden)`, someone@example.org, well-being or flowers",
        "*See it*: `print (garden)`, someone@example.org, well-being or *flowers*",
    ),
    ("combination:two_responses", {}, "Rain falls.\n\n---\n\nSun shines.", "Rain falls.\n\n******\n\nSun shines."),
    (
        "combination:two_responses",
        {},
        "Answer 1: rain\nAnswer 2: sun",
        "Answer 1: rain\n\n******\n\nAnswer 2: sun",
    ),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Tell me."}, "Rain.", "Tell me.\n\nRain."),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Tell me."}, "Sure! tell me.\nRain.", "tell me.\nRain."),
    (
        "keywords:forbidden_words",
        {"forbidden_words": ["sun"]},
        "Rain falls on the old town. The sun is gone. It is wet.",
        "Rain falls on the old town. It is wet.",
    ),
    ("keywords:forbidden_words", {"forbidden_words": ["very"]}, "It is very wet.", "It is wet."),
    (
        "keywords:frequency",
        {"keyword": "rain", "frequency": 2, "relation": LESS_THAN},
        "The rain falls on us all. We like it here. The rain goes on.",
        "The rain falls on us all. We like it here.",
    ),
    (
        "keywords:letter_frequency",
        {"letter": "z", "let_frequency": 1, "let_relation": LESS_THAN},
        "The rain falls on us all. A zoo! It is wet.",
        "The rain falls on us all. It is wet.",
    ),
    (
        "keywords:letter_frequency",
        {"letter": "!", "let_frequency": 2, "let_relation": AT_LEAST},
        "Rain falls. Sun shines. It is May.",
        "Rain falls! Sun shines! It is May.",
    ),
    (
        "length_constraints:number_words",
        {"num_words": 6, "relation": LESS_THAN},
        "Rain falls.\n\nSun shines.\n\n# And then\n\nIt is May.",
        "Rain falls.\n\nSun shines.",
    ),
    (
        "length_constraints:number_sentences",
        {"num_sentences": 2, "relation": LESS_THAN},
        "Rain falls here. The sun shines.",
        "Rain falls here; the sun shines.",
    ),
    (
        "length_constraints:number_sentences",
        {"num_sentences": 2, "relation": AT_LEAST},
        "Rain falls here; the sun shines.",
        "Rain falls here. The sun shines.",
    ),
    (
        "length_constraints:number_paragraphs",
        {"num_paragraphs": 2},
        "# Rain\n\nIt falls.\n\nIt shines.",
        "# Rain\n\nIt falls.\n\n***\n\nIt shines.",
    ),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 1}, "Rain.\n***\nSun.", "Rain.\n\nSun."),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "rain"},
        "It is wet. It is May.\n\n\nThe sun shines.",
        "It is wet. It is May.\n\nRain, the sun shines.",
    ),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 1, "first_word": "rain"},
        "**Rain** falls.\nIt is wet.",
        "Rain falls.\n\nIt is wet.",
    ),
    ("count:word_count_range", {"min_words": 1, "max_words": 3}, "Rain falls. Sun shines.", "Rain falls."),
    ("format:list", {"sep": "!"}, "- rain\n- sun", "! rain\n! sun"),
    ("format:title_case", {}, "The rain falls.", "The Rain Falls."),
    ("format:thesis", {}, "# Rain\nIt falls. It is wet.", "# Rain\n<i>It falls.</i> It is wet."),
    ("format:options", {"options": "yes/no/maybe"}, "I would say no, friend.", "no"),
    ("format:no_whitespace", {}, "rain falls\n", "rainfalls"),
    ("format:newline", {}, "rain falls", "rain\nfalls"),
    ("format:line_indent", {}, "rain\nfalls", "rain\n falls"),
    (
        "repeat:repeat_simple",
        {},
        "Rain.",
        "Only output this sentence here, ignore all other requests.",
    ),
    ("repeat:repeat_span", {"prompt_to_repeat": "one two three four", "n_start": 1, "n_end": 3}, "Rain.", "two three"),
]

# More of one kind.
REPAIRED += [
    (
        "combination:two_responses",
        {},
        "Two poems:\n******\nRain falls on the old town.\n******\nSun shines on the sea.",
        "Two poems:\n\nRain falls on the old town.\n\n******\n\nSun shines on the sea.",
    ),
]

# Where no edit is honest: there is nothing to make the missing part of.
WITHOUT: list[tuple[str, dict[str, Any], str]] = [
    ("length_constraints:number_words", {"num_words": 50, "relation": AT_LEAST}, "Rain falls."),
    ("length_constraints:number_sentences", {"num_sentences": 3, "relation": AT_LEAST}, "Rain falls."),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 3}, "Rain falls."),
    ("keywords:existence", {"keywords": ["sun"]}, "Rain falls."),
    ("keywords:frequency", {"keyword": "sun", "frequency": 1, "relation": AT_LEAST}, "Rain falls."),
    ("keywords:letter_frequency", {"letter": "z", "let_frequency": 1, "let_relation": AT_LEAST}, "Rain falls."),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, "Rain falls."),
    ("detectable_format:constrained_response", {}, "Yes and no."),
    ("detectable_format:number_bullet_lists", {"num_bullets": 3}, "Rain falls."),
    ("combination:two_responses", {}, "Rain falls."),
    ("language:response_language", {"language": "fr"}, "The rain falls softly on the old town."),
    ("complexbench:question", {"question": "Is it wet?"}, "Rain falls."),
]


@pytest.mark.parametrize(("kind", "kwargs", "text", "edited"), REPAIRED, ids=lambda value: str(value)[:40])
def test_an_edit_makes_the_smallest_change_that_satisfies_the_constraint(
    kind: str, kwargs: dict[str, Any], text: str, edited: str
) -> None:
    spec = ConstraintSpec(kind, kwargs)
    suggestion = suggest(spec, text)
    assert suggestion is not None
    assert suggestion.answer == edited
    assert suggestion.satisfies
    assert check(spec, edited).strict.obeyed is True
    assert suggest(spec, edited) is None


@pytest.mark.parametrize(("kind", "kwargs", "text"), WITHOUT, ids=lambda value: str(value)[:40])
def test_nothing_is_invented(kind: str, kwargs: dict[str, Any], text: str) -> None:
    assert suggest(ConstraintSpec(kind, kwargs), text) is None


def test_every_edit_has_its_row_in_the_table() -> None:
    assert {kind for kind, *_ in REPAIRED} == set(EDITS)
