"""Form of an answer that a strategy asks for: markers, their placeholders, and copies of these.

A model that cannot follow the form writes its placeholders back ("ANSWER: <the final answer>"): that is the form, not
an answer. Knows nothing of how a completion is split.
"""

import re

from annotator.constraints.verdict import Span

THINK_PLACEHOLDER = "<think step by step about each constraint>"
ANSWER_PLACEHOLDER = "<the final answer>"
ANSWER_FORM = f"""Use this format:
THINK: {THINK_PLACEHOLDER}
ANSWER: {ANSWER_PLACEHOLDER}"""

_MARKER = r"^[^\S\n]*(?:#{{1,6}}[^\S\n]+)?(?:\*\*|__)?{word}(?:\*\*|__)?:(?:\*\*|__)?"
THINK_MARKER = re.compile(_MARKER.format(word="THINK"), re.MULTILINE)
ANSWER_MARKER = re.compile(_MARKER.format(word="ANSWER"), re.MULTILINE)

_WORDS = r"[a-z ,.'’-]{0,80}"
# Also reworded ("<your final answer here>"), but no title in double angular brackets and no tag with attributes. A
# longer line that quotes a placeholder is a text.
_PLACEHOLDER_LINE = re.compile(
    rf"^.{{0,40}}(?<!<)<{_WORDS}(?:step[ -]by[ -]step|final answer){_WORDS}>(?!>).{{0,20}}$",
    re.IGNORECASE | re.MULTILINE,
)


def placeholder_spans(text: str) -> list[Span]:
    """Return the spans of `text` that copy the form: each line with a placeholder, but for a leading marker ANSWER:."""
    spans = []
    for line in _PLACEHOLDER_LINE.finditer(text):
        marker = ANSWER_MARKER.match(text, line.start())
        spans.append((marker.end() if marker else line.start(), line.end()))
    return spans
