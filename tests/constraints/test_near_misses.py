"""Near misses and oddities are said beside a verdict, in its note and spans, and never change it.

`trials.jsonl` holds inputs that were tried from outside, with the official verdicts, and what must be said and shown.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from annotator.constraints.decision import check
from annotator.constraints.near_misses import json_inside, sections
from annotator.constraints.verdict import MAX_SPANS, ConstraintSpec
from tests.constraints.deciding import decided, selected, strict
from tests.timing import quickest_s

TRIALS = [json.loads(line) for line in (Path(__file__).parent / "trials.jsonl").read_text("utf-8").splitlines()]

SECTIONS = ("detectable_format:multiple_sections", {"section_spliter": "SECTION", "num_sections": 2})
BULLETS = ("detectable_format:number_bullet_lists", {"num_bullets": 2})
TITLE = ("detectable_format:title", {})
ANSWER = ("detectable_format:constrained_response", {})
JSON = ("detectable_format:json_format", {})
HIGHLIGHTS = ("detectable_format:number_highlighted_sections", {"num_highlights": 1})
PLACEHOLDERS = ("detectable_content:number_placeholders", {"num_placeholders": 2})
POSTSCRIPT = ("detectable_content:postscript", {"postscript_marker": "P.S."})
PARAGRAPHS = ("length_constraints:number_paragraphs", {"num_paragraphs": 2})
WORDS = ("length_constraints:number_words", {"num_words": 5, "relation": "less than"})
MANY_SENTENCES = ("length_constraints:number_sentences", {"num_sentences": 3, "relation": "at least"})
SENTENCES = ("length_constraints:number_sentences", {"num_sentences": 4, "relation": "less than"})
FIRST_WORD = (
    "length_constraints:nth_paragraph_first_word",
    {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "rain"},
)
RESPONSES = ("combination:two_responses", {})
REQUEST = ("combination:repeat_prompt", {"prompt_to_repeat": "Sing about rain"})
PART = (REQUEST[0], {"prompt_to_repeat": "Sing about the rain in Oslo and the sun."})
ENDING = ("startend:end_checker", {"end_phrase": "Any other questions?"})
LONG_ENDING = ("startend:end_checker", {"end_phrase": f"Is there {'anything ' * 9}else?"})
QUOTATION = ("startend:quotation", {})
CAPITALS = ("change_case:capital_word_frequency", {"capital_frequency": 9, "capital_relation": "at least"})
KEYWORDS = "keywords:existence"
FORBIDDEN = "keywords:forbidden_words"
FREQUENCY = "keywords:frequency"
TWICE = {"frequency": 2, "relation": "at least"}
BULGARIAN = ("language:response_language", {"language": "bg"})
COLON = (FIRST_WORD[0], {**FIRST_WORD[1], "first_word": "Summary:"})
Constraint = tuple[str, dict[str, Any]]


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial["id"])
def test_what_was_tried_from_outside_gets_the_official_verdict_and_says_what_is_near(trial: dict[str, Any]) -> None:
    decision = decided(trial["kind"], trial["kwargs"], trial["response"])
    assert {"strict": decision.strict.obeyed, "loose": decision.loose.obeyed} == trial["official"]
    assert trial["note"] in decision.strict.note
    assert selected(trial["response"], decision.strict) == trial["evidence"]


VIOLATED: list[tuple[Constraint, str, str]] = [
    (SECTIONS, "# Section 1\nrain\n# Section 2\nsun", "2 heads like “Section 1” do not count"),
    (SECTIONS, "SECTION: 1\nrain", "1 head like “SECTION: 1” does not count"),
    (SECTIONS, "**SECTION ONE**\nrain", "1 head like “SECTION ONE”"),
    (SECTIONS, "SECTION A.\nrain\nSECTION 1\nsun", "1 head like “SECTION A” does not count"),
    (SECTIONS, "SECTION #1\nrain", "1 head like “SECTION #1”"),
    (SECTIONS, "SUBSECTION 1\nrain", "1 of them ends another word (“SUBSECTION 1”)"),
    (BULLETS, "1. rain\n2. sun", "2 lines that begin like “1.” do not count; only - or * makes a bullet"),
    (BULLETS, "1) rain\n(2) sun", "2 lines that begin like “1)”"),
    (BULLETS, "• rain\n• sun", "2 lines that begin like “•”"),
    (BULLETS, "+ rain\n– sun", "2 lines that begin like “+”"),
    (BULLETS, "a) rain\nb) sun", "2 lines that begin like “a)”"),
    (BULLETS, "**Rain** falls\n**Sun** shines", "2 lines that begin with “**” do not count; two asterisks"),
    (BULLETS, "* * * * *", "1 line of nothing but dashes or asterisks counted as a bullet by the official checker"),
    (BULLETS, "-5 degrees in Oslo", "1 counted line has no space after its mark (“-5 degrees in Oslo”)"),
    (TITLE, "<Rain>\nfalls", "“<Rain>” does not count as one"),
    (TITLE, "<<Rain\nfalls>>", "“<<Rain” is not closed by >> on its line"),
    (TITLE, "«Rain»\nfalls", "“«Rain»” does not count as one"),
    (TITLE, "《雨》\n下", "“《雨》” does not count as one"),
    (TITLE, "&lt;&lt;Rain&gt;&gt;\nfalls", "does not count as one"),
    (TITLE, "# Rain\nfalls", "“# Rain” does not count as one"),
    (ANSWER, "my answer is no", "“my answer is no” is near"),
    (ANSWER, "My answer is: yes.", "“My answer is: yes.” is near"),
    (ANSWER, "My answer is **maybe**.", "“My answer is **maybe” is near"),
    (ANSWER, "No.", "“No.” is near, but the answers are compared letter for letter, with “My answer is no.”"),
    (JSON, 'Here it is:\n```json\n{"a": 1}\n```', "is JSON in the text, but other text stands before it: “Here it is:"),
    (JSON, '{"a": 1}\nDone!', "other text stands after it: “Done!”"),
    (JSON, '```json\n{"a": 1}\n```\n\nDone, at last!', "other text stands after it: “Done, at last!”"),
    (JSON, 'Here: {"a": "wet\ncold"}', "before it: “Here:”; line breaks or tabs inside its strings would be"),
    (JSON, '{"a": "wet\ncold"}', "it would be JSON if the line breaks and tabs inside its strings were written as"),
    (HIGHLIGHTS, "*It is\nwet*\n\n**very\ncold**", "2 sections run over a line break (“*It is wet*”) and do not"),
    ((HIGHLIGHTS[0], {"num_highlights": 3}), "It is ***very*** wet", "in three asterisks (“***very***”) counts twice"),
    (BULLETS, "Wet:\n* rain\n* snow\n\nDry:\n* sun\n* wind", "exactly 2 asked; they stand in 2 lists of 2"),
    (JSON, '```json\n{"a": "wet', "the text breaks off before the JSON is closed"),
    (JSON, '{"a": [1', "the text breaks off before the JSON is closed"),
    (("change_case:english_lowercase", {}), "the CEO fell", "asked; all of them in one word, “CEO”"),
    (BULLETS, "* rain\n  - Oslo\n  - Bergen\n* sun", "4 bullet points, exactly 2 asked; 2 of them are indented, and"),
    (PLACEHOLDERS, "[\n1\n] and [name]", "1 pair of square brackets has a line break inside (“[ 1 ]”) and does not"),
    (HIGHLIGHTS, "It is __very__ wet", "1 section marked like “__very__” does not count"),
    (HIGHLIGHTS, "It is <b>very</b> wet", "1 section marked like “<b>very</b>” does not count"),
    (HIGHLIGHTS, "# Rain\nfalls\n## Sun\nshines", "2 headings like “# Rain” do not count; only asterisks do"),
    (PLACEHOLDERS, "Dear {name}, at {place}", "2 places marked like “{name}” do not count"),
    (PLACEHOLDERS, "Dear <your name>", "1 place marked like “<your name>” does not count"),
    (PLACEHOLDERS, "See [rain](https://example.org)", "1 of them is the text of a link"),
    (PLACEHOLDERS, "- [ ] buy bread", "1 of them is empty"),
    (POSTSCRIPT, "Bye.\nPS: call", "“PS:” is near, but is not the marker"),
    (POSTSCRIPT, "Bye.\nP.S call", "“P.S” is near"),
    (POSTSCRIPT, "Bye.\nPostscript: call", "“Postscript” is near"),
    (PARAGRAPHS, "One.\n\nTwo.", "blank lines part the text into 2 paragraphs, but only *** counts"),
    (PARAGRAPHS, "*** \n\nOne.\n\nTwo.\n\nThree.", "blank lines part the text into 3 paragraphs"),
    (PARAGRAPHS, "One.\n---\nTwo.", "a line “---” does not part paragraphs here"),
    (PARAGRAPHS, "One.\n* * *\nTwo.", "a line “* * *” does not part paragraphs here"),
    (PARAGRAPHS, "It is wet. ******\nAnd cold.", "a row of 6 asterisks counts as 2 dividers; three are one"),
    (PARAGRAPHS, "a ***very*** wet day", "2 dividers stand inside lines (“a ***very*** wet day”), as bold italics do"),
    (WORDS, "It's Ann's well-known tea", "3 words with a mark inside (“It's”) count in pieces"),
    (MANY_SENTENCES, "Rain falls\nSun shines\nSnow melts", "the text has 3 lines, but the end of a line alone ends no"),
    (MANY_SENTENCES, "He said “Go.” She left. “Why?” Ann asked.", "2 end marks before curly quotation marks (“Go.”)"),
    (
        SENTENCES,
        "1. Call Ann.\n2. Buy tea.",
        "4 sentences, fewer than 4 asked; 2 of them are list numbers (“1.”), which count as sentences",
    ),
    (PARAGRAPHS, f"{'wet ' * 20}days ***\nOne.\n***\nTwo.", "wet wet days ***”), as bold italics do"),
    (
        PARAGRAPHS,
        "One.\n***\n***\nTwo.\n***\nThree.",
        "3 paragraphs parted by ***, exactly 2 asked; there is nothing between two dividers ***",
    ),
    (PARAGRAPHS, "One.\n***\n***\nTwo.", "there is nothing between two dividers ***"),
    (
        FIRST_WORD,
        "One.\n\n**Paragraph 2:**\nRain, of course.",
        "“rain” begins the second line of the paragraph, after “**Paragraph 2:**”",
    ),
    (FIRST_WORD, "One.\n\nRain.\n\n**P.P.S.** Call.", "the postscript “**P.P.S.** Call.” counts as a paragraph"),
    (FIRST_WORD, "One.\n\n______\n\nRain.", "“______” between blank lines counts as a paragraph"),
    (FIRST_WORD, "One.\nRain falls.", "the text has 2 lines, but only a blank line parts paragraphs"),
    (FIRST_WORD, "One.\n\n**Rain** falls.", "it is the word asked but for the marks around it: “**rain**”"),
    (PARAGRAPHS, "# Rain\n***\nIt falls.\n***\nIt ends.", "1 of them is a short line alone (“# Rain”)"),
    (PARAGRAPHS, "Here they are:\n***\nOne.\n***\nTwo.", "without the first line it is obeyed"),
    (WORDS, "It falls\nand falls and falls", "without the first line it is obeyed"),
    (COLON, "One.\n\n**Summary**: rain.", "“summary:” asked; it is the word asked but for the marks"),
    (RESPONSES, "**Response 1:** One.\n\n**Response 2:** Two.", "“Response 1” and “Response 2” are numbered, but only"),
    (RESPONSES, "One.\n******\nTwo.\n******\n* * *", "“* * *” has no words in it, and counts as a response"),
    (RESPONSES, "One.\n***\nTwo.", "“***” is no separator; six asterisks are"),
    (RESPONSES, "One.\n* * * * * *\nTwo.", "“* * * * * *” is no separator"),
    (RESPONSES, f"One.\n{'*' * 38}\nTwo.", "a row of 38 asterisks counts as 6 separators; six asterisks are one"),
    (REQUEST, "“Sing about rain” – fine: drip.", "the request stands at character 2, after ““”, and must come first"),
    (REQUEST, "Sing about  rain. Drip.", "it repeats the request but for white space"),
    (REQUEST, "Sing about snow", "where “rain” is asked"),
    (PART, "rain in Oslo and\nDrip.", "its first line repeats characters 16 to 31 of the request alone"),
    (PART, "rain in Oslo and the sun.\nDrip.", "its first line repeats the request from character 16 on"),
    (REQUEST, "So be it", "the text begins with “So be it”, “Sing about rain” asked"),
    (LONG_ENDING, f"{'well ' * 30}done, I say", "well done, I say”, “Is there"),
    (ENDING, "Bye. Any other questions?**", "it ends so but for the marks at its end"),
    (ENDING, "Bye. Any other questions", "it ends so but for the marks at its end"),
    (QUOTATION, "“Rain falls.”", "““” is another quotation mark; only the straight double one counts"),
    (QUOTATION, "'Rain falls.'", "“'” is another quotation mark"),
    (QUOTATION, '**"Rain falls."**', "there is text outside the quotation marks: “****”"),
    (CAPITALS, "It CAN'T be", "1 word counts twice, in two pieces"),
    ((KEYWORDS, {"keywords": ["adoption"]}), "They adopt a dog", "“adopt” is near, but another word than “adoption”"),
    ((KEYWORDS, {"keywords": ["café"]}), "At the cafe", "“cafe” is near, but another word than “café”"),
    ((KEYWORDS, {"keywords": ["website"]}), "Its web site", "“website” is in the text but for marks or spaces in it"),
    ((KEYWORDS, {"keywords": ["immigrants"]}), "Immigration", "“immigration” is near, but another word than"),
    ((KEYWORDS, {"keywords": ["lacking"]}), "It lacks rain", "“lacks” is near, but another word than “lacking”"),
    ((KEYWORDS, {"keywords": ["rain", "sun"]}), "비와 태양", "in other letters, in which a translation of “rain” and"),
    ((FREQUENCY, {**TWICE, "keyword": "rain"}), "비와 태양", "in other letters, in which a translation of “rain” "),
    ((FREQUENCY, {**TWICE, "keyword": "lacks"}), "They lack it", "“lack” is near, but another word than “lacks”"),
    (BULGARIAN, "Kak ste dnes, skapi priyatelyu? Az sam dobre, a ti kak si i kakvo pravish tazi sutrin, mili moy?",
     "it has no letter in Cyrillic, and the detector knows Bulgarian in that alone"),
    (CAPITALS, "I saw A, and I left", "3 of them are single letters (“I A”), which count as words"),
    ((KEYWORDS, {"keywords": ["$5"]}), "It costs $5", "its letters, which are in the text, do not count"),
    ((FORBIDDEN, {"forbidden_words": ["a.c"]}), "An abc it is", "“a.c” is read as a regular expression, which “abc”"),
]  # fmt: skip


@pytest.mark.parametrize(("constraint", "text", "said"), VIOLATED)
def test_a_violation_names_what_is_near(constraint: Constraint, text: str, said: str) -> None:
    verdict = strict(*constraint, text)
    assert verdict.obeyed is False
    assert said in verdict.note


OBEYED: list[tuple[Constraint, str, str]] = [
    ((KEYWORDS, {"keywords": ["war"]}), "Go toward it", "“war” stands only inside other words (“toward”), which count"),
    ((KEYWORDS, {"keywords": ["a.m."]}), "A balmy day", "“a.m.” is read as a regular expression, which “almy”"),
    ((FORBIDDEN, {"forbidden_words": ["rain"]}), "Rainy days", "“rain” stands only inside other words (“Rainy”)"),
    ((FORBIDDEN, {"forbidden_words": ["Mr."]}), "Dear Mr. Kim", "its letters, which are in the text, do not count"),
    ((POSTSCRIPT[0], {"postscript_marker": "N.B."}), "nubs", "“N.B.” is read as a regular expression"),
    (PARAGRAPHS, "One ***very", "1 divider stands inside a line (“One ***very”)"),
    ((SECTIONS[0], {"section_spliter": "Part.?", "num_sections": 1}), "Parts 1", "which “Parts 1”"),
    ((SECTIONS[0], {"section_spliter": "(a|b)", "num_sections": 2}), "a 1", "each group in the word"),
]  # fmt: skip


@pytest.mark.parametrize(("constraint", "text", "said"), OBEYED)
def test_an_oddity_is_said_where_the_constraint_is_obeyed(constraint: Constraint, text: str, said: str) -> None:
    verdict = strict(*constraint, text)
    assert verdict.obeyed is True
    assert said in verdict.note


@pytest.mark.parametrize(
    ("constraint", "text"),
    [
        (SECTIONS, "SECTION 1\nrain\nSECTION 2\nsun"),
        (BULLETS, "- rain\n* sun"),
        (TITLE, "<<Rain>>"),
        (ANSWER, "My answer is no."),
        (HIGHLIGHTS, "*very* wet"),
        (PLACEHOLDERS, "[name] and [place]"),
        (PARAGRAPHS, "One.\n***\nTwo."),
        (REQUEST, "Sing about rain. Drip."),
        (ENDING, "Any other questions?"),
        ((KEYWORDS, {"keywords": ["war"]}), "War and peace, toward"),
        ((KEYWORDS, {"keywords": ["node.js"]}), "Use Node.js"),
        ((FORBIDDEN, {"forbidden_words": ["rain"]}), "Sun"),
    ],
)  # fmt: skip
def test_nothing_is_said_where_nothing_is_near(constraint: Constraint, text: str) -> None:
    verdict = strict(*constraint, text)
    assert (verdict.obeyed, verdict.note) == (True, "")


@pytest.mark.parametrize(
    "unit",
    [
        *("SECTION ", "1. ", "*** ", "* ", "- ", "# ", "<<", "{", '{"a":[', "p.s ", "_", "my answer is ", "\n---\n"),
        *("“ ", "a", "a-"),
    ],
)
def test_hostile_texts_are_searched_for_near_misses_in_linear_time(unit: str) -> None:
    text = unit * (60_000 // len(unit))
    constraints = [SECTIONS, BULLETS, TITLE, ANSWER, JSON, HIGHLIGHTS, PLACEHOLDERS, POSTSCRIPT, PARAGRAPHS, FIRST_WORD]
    constraints += [(KEYWORDS, {"keywords": [f"{word}station" for word in range(300)]})]
    constraints += [WORDS, RESPONSES, REQUEST, ENDING, QUOTATION, (KEYWORDS, {"keywords": ["a+b"]})]
    for kind, kwargs in constraints:
        assert quickest_s(lambda kind=kind, kwargs=kwargs: strict(kind, kwargs, text), enough_s=1) < 1, kind


def test_no_more_heads_are_shown_than_a_verdict_keeps() -> None:
    assert len(sections("SECTION I\n" * 2000, "SECTION", []).spans) == MAX_SPANS


@pytest.mark.parametrize(
    ("constraint", "text"),
    [
        ((KEYWORDS, {"keywords": ["—"]}), "A fig is red"),
        ((KEYWORDS, {"keywords": ["station"]}), "The state of it, by statute"),
        ((KEYWORDS, {"keywords": ["gao"]}), "A gap, a goal"),
        (TITLE, "<< >>\nIt falls"),
        (BULGARIAN, f"{'It is a long day in the town of ours. ' * 400}Здравей"),
        (RESPONSES, "Response 1: a\n******\nResponse 2: b\n******\nc"),
    ],
)
def test_no_note_claims_what_is_not_so(constraint: Constraint, text: str) -> None:
    verdict = strict(*constraint, text)
    assert verdict.obeyed is False
    for claim in ("is near", "not closed", "no letter", "numbered"):
        assert claim not in verdict.note


def test_json_too_deep_to_read_is_no_near_miss() -> None:
    assert json_inside("x " + "[" * 100_000 + "]" * 100_000) == ""


@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        (FORBIDDEN, {"forbidden_words": ["rain"]}),
        (FREQUENCY, {"keyword": "rain", "frequency": 1, "relation": "less than"}),
        (KEYWORDS, {"keywords": ["rain", "sun"]}),
    ],
)
def test_a_word_in_the_repeated_prompt_is_said_to_stand_there(kind: str, kwargs: dict[str, Any]) -> None:
    spec = ConstraintSpec(kind, kwargs)
    prompt = "Write a poem about the rain in Oslo, and repeat this request first."
    repeated = check(spec, f"{prompt}\n\nDrip, drop.", prompt=prompt)
    assert "1 place lies in the repeated prompt" in repeated.strict.note
    for own in ("It is wet. The rain falls.", "rain", "* Rain in\n* Oslo"):
        assert "repeated" not in check(spec, own, prompt=prompt).strict.note
