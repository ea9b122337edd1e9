"""Markdown as safe HTML, without raw HTML and images.

Nothing of the text is left out. Links in a person's text work; links in a model's text are not clickable and only show
their address. No element has inline styles, which the pages' Content-Security-Policy refuses.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from annotator.web.marks.invisible import parts
from annotator.web.marks.latex import keep_latex
from annotator.web.marks.text_html import signed_html

# The parser calls itself for every level, and drops what is nested deeper than its limit: before it does, the rest of
# an element is shown as it was written. A list takes two levels.
_DEEPEST = 120
_ALIGNMENTS = {f"text-align:{side}": f"align-{side}" for side in ("left", "center", "right")}
_BLOCKS = ("p", "li", "ul", "ol", "blockquote", "th", "td")


def markdown(text: str) -> SafeString:
    """Render a person's text (a guideline). HTML in it is shown as typed."""
    html: str = _OURS.render(text)
    return mark_safe(html)  # noqa: S308 - the renderer escapes HTML and refuses script links


def model_markdown(text: str) -> SafeString:
    """Render a model's text: nothing to click, nothing to load, and no headings among those of the page."""
    html: str = _MODELS.render(text.replace("\x00", "\ufffd"))
    return mark_safe(html)  # noqa: S308 - the renderer escapes HTML; links and headings are our own tags


def _renderer() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST + 20}).enable("table").disable("image")
    keep_latex(parser)
    parser.block.ruler.before("table", "too_deep", _too_deep)
    parser.core.ruler.push("alignment_classes", _alignment_classes)
    for name, rule in _RULES.items():
        parser.add_render_rule(name, rule)
    return parser


def _too_deep(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """The rest of an element at the greatest depth, without any Markdown."""
    if state.level < _DEEPEST or silent:
        return False
    lines = range(start_line + 1, end_line)
    outside = (line for line in lines if not state.isEmpty(line) and state.sCount[line] < state.blkIndent)
    end = next(outside, end_line)
    state.push("verbatim", "", 0).content = state.getLines(start_line, end, state.blkIndent, keepLastLF=False)
    state.line = end
    return True


def _alignment_classes(state: StateCore) -> None:
    """Columns are aligned by a class instead of a style."""
    for token in state.tokens:
        if token.type in ("th_open", "td_open") and token.attrs:
            token.attrs = {"class": _ALIGNMENTS[str(token.attrs["style"])]}


def _line_directions(state: StateCore) -> None:
    """Every block runs as its own first letter does, and with it the bullets of a list."""
    for token in state.tokens:
        if token.nesting == 1 and token.tag in _BLOCKS:
            token.attrSet("dir", "auto")


def _source(tokens: Sequence[Token], index: int) -> str:
    """What a token holds as it was written, where neither end of it need be the end of a line."""
    return signed_html(parts(tokens[index].content, first=False, last=False))


def _text(_self: Any, tokens: Sequence[Token], index: int, *_more: Any) -> str:
    return _source(tokens, index)


def _verbatim(_self: Any, tokens: Sequence[Token], index: int, *_more: Any) -> str:
    return f'<p class="verbatim">{_source(tokens, index)}</p>\n'


def _code_inline(_self: Any, tokens: Sequence[Token], index: int, *_more: Any) -> str:
    return f"<code>{_source(tokens, index)}</code>"


def _code_block(_self: Any, tokens: Sequence[Token], index: int, *_more: Any) -> str:
    return f"<pre><code>{_source(tokens, index)}</code></pre>\n"


def _math_inline(_self: Any, tokens: Sequence[Token], index: int, *_more: Any) -> str:
    return f'<span class="math">{_source(tokens, index)}</span>'


def _math_block(_self: Any, tokens: Sequence[Token], index: int, *_more: Any) -> str:
    return f'<p class="math">{_source(tokens, index)}</p>\n'


def _table_open(*_all: Any) -> str:
    return '<div class="scroll" tabindex="0"><table>\n'  # what scrolls must be reached by keys


def _table_close(*_all: Any) -> str:
    return "</table></div>\n"


def _link_open(_self: Any, tokens: Sequence[Token], index: int, *_more: Any) -> SafeString:
    return format_html('<span class="link" title="{}">', tokens[index].attrGet("href") or "")


def _link_close(*_all: Any) -> str:
    return "</span>"


def _heading_open(*_all: Any) -> str:
    return '<p class="heading">'


def _heading_close(*_all: Any) -> str:
    return "</p>\n"


_RULES = {
    "text": _text,
    "verbatim": _verbatim,
    "code_inline": _code_inline,
    "code_block": _code_block,
    "fence": _code_block,
    "math_inline": _math_inline,
    "math_block": _math_block,
    "table_open": _table_open,
    "table_close": _table_close,
}
_MODELS_RULES = {
    "link_open": _link_open,
    "link_close": _link_close,
    "heading_open": _heading_open,
    "heading_close": _heading_close,
}
_OURS = _renderer()
_MODELS = _renderer()
_MODELS.core.ruler.push("line_directions", _line_directions)
for _name, _rule in _MODELS_RULES.items():
    _MODELS.add_render_rule(_name, _rule)
