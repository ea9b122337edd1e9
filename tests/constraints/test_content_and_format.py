import pytest

from tests.constraints.deciding import selected, strict

PLACEHOLDERS, POSTSCRIPT = "detectable_content:number_placeholders", "detectable_content:postscript"
BULLETS, OPTIONS = "detectable_format:number_bullet_lists", "detectable_format:constrained_response"
HIGHLIGHTS, JSON = "detectable_format:number_highlighted_sections", "detectable_format:json_format"
SECTIONS, TITLE = "detectable_format:multiple_sections", "detectable_format:title"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Dear [name], [address]", ["[name]", "[address]"]),
        ("[a[b]c]", ["[a[b]"]),
        ("[]", ["[]"]),
        ("[one\n] two [three]", ["[three]"]),
        ("[open", []),
        ("] [", []),
        ("[x](url)", ["[x]"]),
    ],
)
def test_placeholders_end_at_the_next_bracket_of_their_line(text, found):
    verdict = strict(PLACEHOLDERS, {"num_placeholders": len(found)}, text)
    assert verdict.obeyed is True
    assert selected(text, verdict) == found
    assert strict(PLACEHOLDERS, {"num_placeholders": len(found) + 1}, text).obeyed is False


@pytest.mark.parametrize(
    ("marker", "text", "evidence"),
    [
        ("P.S.", "Bye.\nP.S. Call me.\nNow", "P.S. Call me."),
        ("P.S.", "Bye. p. s. call", "p. s. call"),
        ("P.S.", "Bye.\nNow call", None),
        ("P.P.S", "Bye.\nP. P. S call", "P. P. S call"),
        ("P.P.S", "Bye.\nNo postscripts", None),
        ("N.B.", "n.b. the dot is a pattern", "n.b. the dot is a pattern"),
        ("?P.S", "Bye P.S", "P.S"),
        ("X+ ", "\nxxx y", "xxx y"),
    ],
)
def test_a_postscript_runs_from_its_marker_to_the_end_of_the_line(marker, text, evidence):
    verdict = strict(POSTSCRIPT, {"postscript_marker": marker}, text)
    assert verdict.obeyed is (evidence is not None)
    assert selected(text, verdict) == ([evidence] if evidence else [])


def test_pps_counts_as_ps_and_says_so():
    verdict = strict(POSTSCRIPT, {"postscript_marker": "P.S."}, "Bye.\nP.P.S. Call me.")
    assert verdict.obeyed is True
    assert verdict.note == "“P.P.S.” counts as “P.S.” for the official checker"


@pytest.mark.parametrize(
    ("text", "bullets"),
    [
        ("* one\n* two", 2),
        ("- one\n  - two", 2),
        ("*one", 1),
        ("**bold**", 0),
        ("*", 0),
        ("1. one", 0),
        ("\n\n \n\t* one", 1),
        ("*\n* a", 1),  # the character after the star may be the end of the line
        ("text - no", 0),
    ],
)
def test_bullets_are_lines_that_begin_with_a_dash_or_a_star(text, bullets):
    assert strict(BULLETS, {"num_bullets": bullets}, text).obeyed is True
    assert strict(BULLETS, {"num_bullets": bullets + 1}, text).obeyed is False


def test_a_ruler_counts_as_a_bullet_and_says_so():
    text = "* one\n---\n* two"
    verdict = strict(BULLETS, {"num_bullets": 2}, text)
    assert selected(text, verdict) == ["* one", "---", "* two"]
    assert verdict.note == (
        "3 bullet points, exactly 2 asked; "
        "1 line of nothing but dashes or asterisks counted as a bullet by the official checker; "
        "without the first line it is obeyed"
    )


def test_a_fixed_answer_may_stand_among_other_text_and_says_so():
    assert strict(OPTIONS, {}, "My answer is yes.").note == ""
    verdict = strict(OPTIONS, {}, "Well. My answer is yes. Sure.")
    assert verdict.obeyed is True
    assert verdict.note == "there is more text than the answer, which the official checker lets pass"
    assert strict(OPTIONS, {}, "my answer is yes.").obeyed is False


@pytest.mark.parametrize(
    ("text", "highlights"),
    [("*a* and *b*", 2), ("**a**", 1), ("* a *", 1), ("**", 0), ("*a\nb*", 0), ("***a***", 2), ("*a*b*c*", 2)],
)
def test_highlights_are_counted_as_the_official_patterns_do(text, highlights):
    assert strict(HIGHLIGHTS, {"num_highlights": highlights}, text).obeyed is True
    assert strict(HIGHLIGHTS, {"num_highlights": highlights + 1}, text).obeyed is False


@pytest.mark.parametrize(
    ("text", "obeyed"),
    [
        ('{"a": 1}', True),
        ('```json\n{"a": 1}\n```', True),
        ("42", True),
        ("NaN", True),
        ('Here: {"a": 1}', False),
        ("{'a': 1}", False),
        ("", False),
        ("```", False),
        ("[" * 100_000, None),  # the official checker fails on it
        ("1" * 5_000, False),
    ],
)
def test_json_takes_any_value_with_or_without_a_fence(text, obeyed):
    assert strict(JSON, {}, text).obeyed is obeyed


def test_the_place_where_json_breaks_is_shown():
    text = '```json\n{"a": 1,\n}\n```'
    verdict = strict(JSON, {}, text)
    assert selected(text, verdict) == ["}"]
    assert verdict.note.startswith("no JSON from line 3 on")


@pytest.mark.parametrize(
    ("word", "text", "sections"),
    [
        ("Section", "Section 1\na\nSection 2\nb", 2),
        ("Section", "Section1 Section\n2", 2),
        ("Section", "section 1", 0),
        ("Section", "Section X", 0),
        ("PARAGRAPH", "PARAGRAPH 1", 1),
        ("(Part|Step)", "Part 1\nStep 2", 4),  # every group adds a piece to the official split
    ],
)
def test_sections_are_their_word_and_a_number(word, text, sections):
    kwargs = {"section_spliter": word, "num_sections": sections}
    assert strict(SECTIONS, kwargs, text).obeyed is True
    assert strict(SECTIONS, kwargs | {"num_sections": sections + 1}, text).obeyed is False


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("<<Rain>>\nfalls", "<<Rain>>"),
        ("x <<a>> b >>", "<<a>> b >>"),
        ("<>", None),
        (">>a<<", None),
        ("Rain", None),
        ("<<<>>> <<b>>", "<<<>>> <<b>>"),
    ],
)
def test_a_title_stands_between_angular_brackets_on_one_line(text, evidence):
    verdict = strict(TITLE, {}, text)
    assert verdict.obeyed is (evidence is not None)
    assert selected(text, verdict) == ([evidence] if evidence else [])
