"""Text cleaning: what people type can be stored in every database."""

from annotator.text_cleaning import replace_unstorable, storable


def test_text_that_every_database_keeps_is_left_alone():
    text = "Zeile 1\r\nemoji 👩‍👩‍👧 and e\u0301, 中文\t\x01"
    assert replace_unstorable(text) == text


def test_nuls_and_half_surrogate_pairs_become_replacement_characters():
    assert replace_unstorable("a\x00b\ud83dc\udc00") == "a\ufffdb\ufffdc\ufffd"


def test_every_string_and_key_of_a_json_value_is_made_storable():
    value = {"no\x00te": ["x\ud800", {"deep": "\x00"}, 1, None, True]}
    assert storable(value) == {"no\ufffdte": ["x\ufffd", {"deep": "\ufffd"}, 1, None, True]}
