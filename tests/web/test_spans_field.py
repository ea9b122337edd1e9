"""Spans in a form's field: what the server writes is what the page would write, character by character."""

from annotator.web.spans_field import form_spans


def test_spans_are_written_as_the_page_writes_them_whatever_the_order_of_their_keys() -> None:
    stored = {"end": 4, "text": "left.answer", "quote": "né “x”", "start": 1, "pattern": ""}
    written = '[{"text":"left.answer","start":1,"end":4,"pattern":"","quote":"né “x”"}]'
    assert form_spans([stored]) == written
    assert form_spans([]) == "[]"
