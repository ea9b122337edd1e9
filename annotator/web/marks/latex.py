r"""LaTeX inside Markdown, left as it was written: rules for markdown-it. Knows no HTML.

Markdown takes `\(` for an escaped bracket, `\\` for an escaped backslash, and `_` or a leading `-` inside a formula for
emphasis or a list. A formula is therefore kept whole, with its delimiters, and elsewhere a backslash stays unless it
stands before a sign that is Markdown's own.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline, escape

_LONGEST = 5_000  # characters of one formula: a delimiter that is never closed must not cost a search of the whole text
_CLOSING = {"$$": "$$", "\\[": "\\]", "\\(": "\\)"}
_BEGIN = re.compile(r"\\begin\{([A-Za-z]{1,40}\*?)\}")
_MARKDOWN_ESCAPES = "\n*_`#+-.>~<"
_INTERRUPTS = ["paragraph", "reference", "blockquote", "list"]


def keep_latex(parser: MarkdownIt) -> None:
    """Add the rules. Formulas become tokens `math_inline` and `math_block`, whose content is the source."""
    parser.inline.ruler.before("escape", "latex", _inline_formula)
    parser.inline.ruler.at("escape", _escape)
    parser.block.ruler.before("fence", "latex", _block_formula, {"alt": _INTERRUPTS})


def _end_of(text: str, start: int) -> int:
    """Where the formula that starts here ends, -1 where none starts or it is not closed."""
    opening = text[start : start + 2]
    begin = _BEGIN.match(text, start) if opening == "\\b" else None
    closing = f"\\end{{{begin[1]}}}" if begin else _CLOSING.get(opening, "")
    if not closing:
        return _end_of_dollars(text, start)
    found = text.find(closing, start + 2, start + _LONGEST)
    return found + len(closing) if found >= 0 else -1


def _end_of_dollars(text: str, start: int) -> int:
    """The end of `$x^2$`; prices are no formula: the opening sign touches what follows, the closing what is before."""
    if text[start] != "$" or not text[start + 1 : start + 2].strip():
        return -1
    found = text.find("$", start + 1, start + _LONGEST)
    closes = found > 0 and not text[found - 1].isspace() and not text[found + 1 : found + 2].isdigit()
    return found + 1 if closes else -1


def _inline_formula(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "\\$":
        return False
    end = _end_of(state.src, state.pos)
    if not 0 <= end <= state.posMax:
        return False
    if not silent:
        state.push("math_inline", "", 0).content = state.src[state.pos : end]
    state.pos = end
    return True


def _escape(state: StateInline, silent: bool) -> bool:
    """Markdown's escapes; before any other sign the backslash stays, and neither of the two means anything more."""
    if state.src[state.pos] != "\\":
        return False
    following = state.src[state.pos + 1 : state.pos + 2]
    if following in _MARKDOWN_ESCAPES or following.isalnum():
        return bool(following) and escape(state, silent)
    if not silent:
        state.pending += "\\" + following
    state.pos += 2
    return True


def _block_formula(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A formula that has its lines to itself; blank lines and what looks like lists are part of it."""
    start = state.bMarks[start_line] + state.tShift[start_line]
    if state.src[start : start + 2] not in ("$$", "\\[", "\\b") or state.is_code_block(start_line):
        return False
    end = _end_of(state.src, start)
    last = _line_that_ends(state, start_line, end_line, end) if end >= 0 else None
    if last is None:
        return False
    if not silent:
        token = state.push("math_block", "", 0)
        token.content = state.getLines(start_line, last + 1, state.blkIndent, keepLastLF=False).strip()
        token.map = [start_line, last + 1]
        state.line = last + 1
    return True


def _line_that_ends(state: StateBlock, first: int, end_line: int, end: int) -> int | None:
    """The line that holds nothing after `end`, None where none does or the enclosing list or quote ends before it."""
    for line in range(first, end_line):
        outside = not state.isEmpty(line) and state.sCount[line] < state.blkIndent
        if line > first and outside:
            return None
        if end <= state.eMarks[line]:
            return None if state.src[end : state.eMarks[line]].strip() else line
    return None
