"""Django's `i18n` tags, of which `translate` looks a fixed sentence up once for each language, not with each page.

The case page says some ninety sentences; to look them up was a sixth of all calls of an annotator's click. Templates
load `translated` in the place of `i18n`, which it contains.
"""

from django import template
from django.template.base import Parser, Token
from django.templatetags import i18n
from django.utils.translation import get_language

register = template.Library()
register.tags.update(i18n.register.tags)
register.filters.update(i18n.register.filters)


@register.tag("translate")
@register.tag("trans")
def do_translate(parser: Parser, token: Token) -> template.Node:
    """Django's tag; what depends on nothing but the language is kept."""
    node = i18n.do_translate(parser, token)
    expression = node.filter_expression
    fixed = expression.var.literal is not None and not expression.filters
    return _Sentence(node) if fixed and not node.asvar and not node.message_context else node


class _Sentence(template.Node):
    """A literal in the languages that were asked for so far."""

    child_nodelists = ()

    def __init__(self, node: template.Node) -> None:
        self._node = node
        self._in_language: dict[str | None, str] = {}

    def render(self, context: template.Context) -> str:
        language = get_language()
        if language not in self._in_language:
            self._in_language[language] = self._node.render(context)
        return self._in_language[language]
