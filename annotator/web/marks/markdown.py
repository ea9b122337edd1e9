"""Markdown as safe HTML, without raw HTML and images.

Links in a person's text work; links in a model's text are not clickable and only show their address.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt


def markdown(text: str) -> SafeString:
    """Render a person's text (a guideline). HTML in it is shown as typed."""
    html: str = _OURS.render(text)
    return mark_safe(html)  # noqa: S308 - the renderer escapes HTML and refuses script links


def model_markdown(text: str) -> SafeString:
    """Render a model's text: nothing to click, nothing to load, and no headings among those of the page."""
    html: str = _MODELS.render(text.replace("\x00", "\ufffd"))
    return mark_safe(html)  # noqa: S308 - the renderer escapes HTML; links and headings are our own tags


def _renderer() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def _link_open(_self: Any, tokens: Sequence[Any], index: int, *_more: Any) -> SafeString:
    return format_html('<span class="link" title="{}">', tokens[index].attrGet("href") or "")


def _link_close(*_all: Any) -> str:
    return "</span>"


def _heading_open(*_all: Any) -> str:
    return '<p class="heading">'


def _heading_close(*_all: Any) -> str:
    return "</p>\n"


_OURS = _renderer()
_MODELS = _renderer()
for _name, _rule in {
    "link_open": _link_open,
    "link_close": _link_close,
    "heading_open": _heading_open,
    "heading_close": _heading_close,
}.items():
    _MODELS.add_render_rule(_name, _rule)
