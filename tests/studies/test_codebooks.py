"""Codebooks: identity is content, a change is a new version, and an invalid one is refused whole."""

import json

import pytest

from annotator.studies.errors import CodebookRefused
from annotator.studies.models import Codebook, Pattern
from annotator.studies.services import codebook_load
from tests.cast import CODEBOOK
from tests.paths import REPOSITORY

pytestmark = pytest.mark.django_db


def changed(**fields):
    return {**CODEBOOK, **fields}


def with_pattern(**fields):
    return changed(patterns=[{"slug": "a", "name": "A", "hotkey": "1", **fields}])


def test_the_same_content_is_the_same_version():
    assert codebook_load(name="paper", content=CODEBOOK) == codebook_load(name="paper", content=CODEBOOK)
    assert Codebook.objects.count() == 1


def test_changed_content_is_the_next_version_and_leaves_the_first_alone():
    first = codebook_load(name="paper", content=CODEBOOK)
    second = codebook_load(name="paper", content=changed(guideline="Read it thrice."))
    assert (first.version, second.version) == (1, 2)
    assert codebook_load(name="paper", content=CODEBOOK) == first
    assert first.patterns.count() == len(CODEBOOK["patterns"])


def test_patterns_keep_their_order_and_their_help():
    codebook = codebook_load(name="paper", content=CODEBOOK)
    assert [pattern.slug for pattern in codebook.patterns.all()] == ["formatting-gained", "neglected", "other"]
    assert codebook.patterns.get(slug="other").needs_text


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (changed(colour="red"), "unknown field 'colour'; known fields: guideline, patterns"),
        (changed(guideline=3), "guideline must be Markdown text"),
        (changed(patterns=[]), "at least one pattern"),
        (changed(patterns=["x"]), "pattern 1 must be an object"),
        (with_pattern(weight=1), "pattern 'A': unknown field 'weight'"),
        (with_pattern(name=3), "pattern 1: name is missing"),
        (with_pattern(slug=""), "pattern 'A': slug is missing"),
        (with_pattern(slug="two words"), "pattern 'A': Use 1 to 64"),
        (with_pattern(hotkey="x"), "the key 'x' is not one of the digits"),
        (with_pattern(hotkey="12"), "the key '12' is not one of the digits"),
        (with_pattern(help=[]), "pattern 'A': help must be text"),
        (with_pattern(needs_text="no"), "pattern 'A': needs_text must be true or false"),
        (
            changed(patterns=[CODEBOOK["patterns"][0]] * 2),
            "pattern 'formatting gained': the short name 'formatting-gained' is taken",
        ),
        (
            changed(patterns=[CODEBOOK["patterns"][0], {**CODEBOOK["patterns"][1], "hotkey": "1"}]),
            "the key '1' is taken",
        ),
    ],
)
def test_a_bad_codebook_is_refused_in_one_sentence_and_leaves_nothing(content, complaint):
    with pytest.raises(CodebookRefused, match=complaint):
        codebook_load(name="paper", content=content)
    assert Codebook.objects.count() == Pattern.objects.count() == 0


def test_a_codebook_needs_a_plain_name():
    with pytest.raises(CodebookRefused, match="Use 1 to 64"):
        codebook_load(name="../etc", content=CODEBOOK)


def test_the_codebook_of_the_project_loads():
    content = json.loads((REPOSITORY / "fixtures" / "codebook.json").read_text())
    codebook = codebook_load(name="paper", content=content)
    assert [(pattern.hotkey, pattern.needs_text) for pattern in codebook.patterns.all()] == [
        *((str(number), False) for number in range(1, 7)),
        ("7", True),
    ]
    assert all(len(pattern.help) > 40 for pattern in codebook.patterns.all())
    assert len(codebook.guideline) > 500
