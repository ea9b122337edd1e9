"""A record is one line for every reader, and comes back as it was."""

import io
import json

from hypothesis import given
from hypothesis import strategies as st

from annotator.json_lines import json_line

# All that any reader takes for the end of a line, with what makes a text unreadable besides.
AWKWARD = 'a\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029\u202e\u200b\u00ad\ufeff\x1b\x07\\"中'


@given(st.text(alphabet=AWKWARD, max_size=30))
def test_a_record_is_one_line_however_lines_are_cut_and_comes_back_as_it_was(text: str) -> None:
    record = {"answer": text, text: [text]}
    line = json_line(record)
    assert line.endswith("\n")
    assert line.splitlines() == [line[:-1]]
    assert list(io.StringIO(line, newline=None)) == [line]
    assert json.loads(line) == record


def test_letters_beyond_ascii_stay_readable() -> None:
    assert json_line({"note": "中文 é"}) == '{"note":"中文 é"}\n'
