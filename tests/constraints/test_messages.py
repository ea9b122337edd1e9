"""Tests of messages: plain English text, with the template and values that translation needs."""

import copy
import json
from typing import Any

import pytest

from annotator.constraints import Message, check_all, stored_text, title
from annotator.constraints.messages import Unit, amount, joined, listed, msg, packed, sentence, unpacked
from tests.constraints.deciding import strict
from tests.datasets.test_fixture_prompts import RECORDS

TEXTS = ("", "a, b", "*one*\n\n***\n\nTWO, three", '{"a": [1, 2}', "**", '"', "P.S. yes", "Bonjour à tous, mes amis.")
WORD = Unit("%(n)s word", "%(n)s words")


def english(text: str) -> str:
    """Rebuild a message from its templates."""
    if not isinstance(text, Message):
        return text
    values = {name: english(value) if isinstance(value, Message) else value for name, value in text.values.items()}
    template = text.plural if text.plural and values["n"] != 1 else text.template
    return template % values if values else template


def checker_messages() -> list[str]:
    """Return all titles and verdict texts of our own prompts' constraints on texts that violate most of them."""
    messages = []
    for record in RECORDS:
        messages += [title(spec.kind, spec.kwargs) for spec in record.specs]
        for text in TEXTS:
            for decision in check_all(record.specs, text, prompt=record.text):
                for verdict in (decision.strict, decision.loose):
                    messages += [verdict.note, verdict.observed, verdict.required]
    return messages


def test_a_message_is_its_english_text_with_its_template_and_values() -> None:
    message = msg("%(found)s, none allowed", found=amount(2, Unit("%(n)s comma", "%(n)s commas")))
    assert message == "2 commas, none allowed"
    assert isinstance(message, Message)
    assert message.template == "%(found)s, none allowed"
    assert message.values["found"].plural == "%(n)s commas"


@pytest.mark.parametrize(("number", "words"), [(0, "0 words"), (1, "1 word"), (2, "2 words"), (2.5, "2.5 words")])
def test_an_amount_is_singular_for_one_alone(number: float, words: str) -> None:
    assert amount(number, WORD) == words


def test_lists_and_joined_messages_leave_out_empty_parts() -> None:
    assert joined("", msg("a"), "", "b") == "a; b"
    assert joined("", "") == ""
    assert [listed([]), listed(["a"]), listed(["a", "b", "c"])] == ["none", "“a”", "“a”, “b” and “c”"]


def test_a_percent_sign_in_a_value_is_no_placeholder() -> None:
    quoted = msg("the text is not %(text)s", text="“100 %(n)d %s”")
    assert quoted == "the text is not “100 %(n)d %s”"
    assert english(quoted) == quoted


def test_every_message_can_be_rebuilt_from_its_templates() -> None:
    messages = [text for text in checker_messages() if isinstance(text, Message)]
    assert len(set(messages)) > 100
    for text in messages:
        again = english(text)
        assert again[:1].lower() + again[1:] == text[:1].lower() + text[1:]


def test_what_was_packed_comes_back_through_json() -> None:
    for text in checker_messages():
        if isinstance(text, Message):
            back = unpacked(text, json.loads(json.dumps(packed(text))))
            assert back == text
            assert english(back) == english(text)


def test_a_copied_message_keeps_its_template_and_values() -> None:
    text = sentence(amount(3, WORD))
    other = copy.deepcopy(text)
    assert (other, english(other)) == (text, english(text))


def test_a_stored_verdict_has_its_texts_and_their_templates_and_values() -> None:
    verdict = strict("punctuation:no_comma", {}, "a, b")
    stored = json.loads(json.dumps(verdict.as_stored()))
    words = stored.pop("words")
    assert stored == verdict.as_json()
    assert words == {
        "observed": ["%(n)s comma", {"n": 1}, "%(n)s commas"],
        "note": ["%(found)s, none allowed", {"found": ["%(n)s comma", {"n": 1}, "%(n)s commas"]}],
    }
    assert english(stored_text(stored | {"words": words}, "note")) == "1 comma, none allowed"


def test_what_is_its_own_template_is_stored_without_one() -> None:
    assert "words" not in strict("punctuation:no_comma", {}, "a b").as_stored()


def test_verdicts_that_were_stored_before_are_read_as_they_stand() -> None:
    assert stored_text({"note": "3 commas, none allowed"}, "note") == "3 commas, none allowed"
    assert stored_text({"note": None, "observed": 3}, "note") == ""
    assert stored_text({"observed": 3}, "observed") == "3"


@pytest.mark.parametrize(
    "pack",
    [
        ["%(missing)s", {}],
        ["%(n)999999999d", {"n": 1}],
        ["%(n)*d", {"n": 1}],
        ["%(n)d", {"n": "one"}],
        ["%s %s", {"n": 1}],
        ["%(n)s word", {"n": "many"}, "%(n)s words"],
        ["%(n)s word", {"n": float("inf")}, "%(n)s words"],
        ["%(x)s", {"x": ["%(y)s", {}]}],
        ["%(x)s", ["x"]],
        [7, {}],
        "%(x)s",
        [],
    ],
)
def test_a_form_that_no_message_has_is_refused_and_its_text_is_shown_as_it_is(pack: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its words are for nobody
        unpacked("four words", pack)
    assert stored_text({"note": "four words", "words": {"note": pack}}, "note") == "four words"
    assert stored_text({"note": "four words", "words": [pack]}, "note") == "four words"
