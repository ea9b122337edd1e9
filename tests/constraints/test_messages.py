"""What checkers say is English to everybody, and knows what it was made of to whoever says it in another language."""

import copy
import json

import pytest

from annotator.constraints import Message, check_all, stored_text, title
from annotator.constraints.messages import Unit, amount, joined, listed, msg, packed, sentence, unpacked
from tests.constraints.deciding import strict
from tests.datasets.test_fixture_prompts import RECORDS

TEXTS = ("", "a, b", "*one*\n\n***\n\nTWO, three", '{"a": [1, 2}', "**", '"', "P.S. yes", "Bonjour à tous, mes amis.")
WORD = Unit("%(n)s word", "%(n)s words")


def english(text: str) -> str:
    """The sentence put together again from its templates."""
    if not isinstance(text, Message):
        return text
    values = {name: english(value) if isinstance(value, Message) else value for name, value in text.values.items()}
    template = text.plural if text.plural and values["n"] != 1 else text.template
    return template % values if values else template


def sayings() -> list[str]:
    """All that the checkers of our own prompts say of texts that obey little."""
    found = []
    for record in RECORDS:
        found += [title(spec.kind, spec.kwargs) for spec in record.specs]
        for text in TEXTS:
            for decision in check_all(record.specs, text, prompt=record.text):
                for verdict in (decision.strict, decision.loose):
                    found += [verdict.note, verdict.observed, verdict.required]
    return found


def test_a_sentence_is_its_english_and_knows_its_template_and_values() -> None:
    found = msg("%(found)s, none allowed", found=amount(2, Unit("%(n)s comma", "%(n)s commas")))
    assert found == "2 commas, none allowed"
    assert isinstance(found, Message)
    assert found.template == "%(found)s, none allowed"
    assert found.values["found"].plural == "%(n)s commas"


@pytest.mark.parametrize(("number", "words"), [(0, "0 words"), (1, "1 word"), (2, "2 words"), (2.5, "2.5 words")])
def test_an_amount_is_singular_for_one_alone(number: float, words: str) -> None:
    assert amount(number, WORD) == words


def test_lists_and_joints_leave_out_what_is_empty() -> None:
    assert joined("", msg("a"), "", "b") == "a; b"
    assert joined("", "") == ""
    assert [listed([]), listed(["a"]), listed(["a", "b", "c"])] == ["none", "“a”", "“a”, “b” and “c”"]


def test_a_percent_sign_in_a_value_is_no_placeholder() -> None:
    quoted = msg("the text is not %(text)s", text="“100 %(n)d %s”")
    assert quoted == "the text is not “100 %(n)d %s”"
    assert english(quoted) == quoted


def test_everything_said_can_be_put_together_again_from_its_templates() -> None:
    all_said = [text for text in sayings() if isinstance(text, Message)]
    assert len(set(all_said)) > 100
    for text in all_said:
        again = english(text)
        assert again[:1].lower() + again[1:] == text[:1].lower() + text[1:]


def test_what_was_packed_comes_back_through_json() -> None:
    for text in sayings():
        if isinstance(text, Message):
            back = unpacked(text, json.loads(json.dumps(packed(text))))
            assert back == text
            assert english(back) == english(text)


def test_a_copied_sentence_knows_what_the_first_one_does() -> None:
    text = sentence(amount(3, WORD))
    other = copy.deepcopy(text)
    assert (other, english(other)) == (text, english(text))


def test_a_stored_verdict_keeps_its_texts_and_beside_them_what_they_were_made_of() -> None:
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
