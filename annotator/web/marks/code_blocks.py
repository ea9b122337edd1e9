"""Code in a plain text: the fenced blocks that models write. Pure; knows no HTML."""

import re
from collections.abc import Iterator

from annotator.web.marks.segments import Mark

CODE = 0  # the number of a mark of code: constraints count from 1, and evidence of people from -1 downwards
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$", re.M)


def code_marks(text: str) -> Iterator[Mark]:
    """A mark of number `CODE` for each fenced block, fences included; one that is never closed reaches to the end.

    As CommonMark has it: the closing fence is of the same sign, at least as long, and alone on its line.
    """
    start, opening = 0, ""
    for line in _FENCE.finditer(text):
        fence, rest = line[1], line[2].strip()
        if not opening:
            start, opening = (line.start(), fence) if "`" not in rest else (0, "")
        elif fence.startswith(opening) and not rest:
            yield Mark(start, line.end(), CODE)
            opening = ""
    if opening:
        yield Mark(start, len(text), CODE)
