"""Checkers of the family `detectable_content`: placeholders and postscripts."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from annotator.constraints import near_misses
from annotator.constraints.checker import Checker, Comparison, Explanation
from annotator.constraints.keyword_readings import expression_note
from annotator.constraints.messages import Unit, amount, joined, msg, quoted, sentence
from annotator.constraints.parameters import AT_LEAST, Integer, Parameter, Text
from annotator.constraints.text_variants import TextVariant
from annotator.constraints.verdict import Span

_LINKS = Unit("%(n)s of them is the text of a link", "%(n)s of them are texts of links")
_EMPTY = Unit("%(n)s of them is empty", "%(n)s of them are empty")


class NumberPlaceholders(Checker):
    """`[` up to the next `]` on the same line; `[]` counts, and so does a Markdown link's text."""

    kind = "detectable_content:number_placeholders"
    label = msg("Placeholders")
    parameters: ClassVar[tuple[Parameter, ...]] = (Integer("num_placeholders"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.comparison = Comparison(
            AT_LEAST, kwargs["num_placeholders"], Unit("%(n)s placeholder", "%(n)s placeholders")
        )

    @property
    def required(self) -> str:
        return msg("%(amount)s in square brackets", amount=self.comparison.required)

    @property
    def title(self) -> str:
        return sentence(self.required)

    def obeys(self, variant: TextVariant) -> bool:
        return self.comparison.holds(sum(1 for _ in _placeholders(variant.text)))

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        spans = list(_placeholders(variant.text))
        near = "" if obeyed else near_misses.placeholders(variant.text)
        note = joined(self.comparison.note(len(spans)), near, _odd_placeholders(variant.text, spans))
        return Explanation(self.comparison.observed(len(spans)), spans, note)


def _odd_placeholders(text: str, spans: list[Span]) -> str:
    """Say that the texts of Markdown links and empty brackets are among the placeholders."""
    links = sum(1 for _, end in spans if text.startswith("(", end))
    empty = sum(1 for start, end in spans if not text[start + 1 : end - 1].strip())
    return joined(amount(links, _LINKS) if links else "", amount(empty, _EMPTY) if empty else "")


def _placeholders(text: str) -> Iterator[Span]:
    """Find the placeholders in one pass: a lazy regular expression would rescan a line for each unclosed bracket."""
    opening = text.find("[")
    closing = line_end = -1
    while opening >= 0:
        if closing <= opening:
            closing = text.find("]", opening)
            if closing < 0:
                return
        if line_end < opening:
            line_end = text.find("\n", opening)
            line_end = len(text) if line_end < 0 else line_end
        if closing > line_end:
            opening = text.find("[", line_end)
            continue
        yield opening, closing + 1
        opening = text.find("[", closing)


class Postscript(Checker):
    """The marker anywhere in the text, in any case; a marker other than `P.S.` and `P.P.S` is a regular expression."""

    kind = "detectable_content:postscript"
    label = msg("Postscript")
    parameters: ClassVar[tuple[Parameter, ...]] = (Text("postscript_marker"),)

    _KNOWN: ClassVar[dict[str, str]] = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.marker = kwargs["postscript_marker"].strip()
        body = self._KNOWN.get(self.marker, self.marker.lower())
        # The official pattern is \s*BODY.*$ and is compiled as a whole. Searching for its middle gives
        # the same answer without trying every run of white space twice over.
        self.pattern("postscript_marker", rf"\s*{body}.*$", flags=re.MULTILINE)
        if (len(body) - len(body.rstrip("\\"))) % 2:
            body += ".*"  # its last backslash belongs to the full stop that the official pattern goes on with
        self._pattern = self.pattern("postscript_marker", body.lstrip("?+"), flags=re.MULTILINE)

    @property
    def required(self) -> str:
        return msg("a postscript marked %(marker)s", marker=quoted(self.marker))

    @property
    def title(self) -> str:
        return msg("Has %(what)s", what=self.required)

    def obeys(self, variant: TextVariant) -> bool:
        return self._pattern.first(variant.lowered, variant.clock) is not None

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        match = self._pattern.first(variant.lowered, variant.clock)
        if match is None:
            near = near_misses.postscript(variant.text)
            read = "" if self.marker in self._KNOWN else expression_note(self.marker, variant.text, [])
            note = joined(msg("nothing begins with %(marker)s", marker=quoted(self.marker)), read, near.note)
            return Explanation(msg("no postscript"), near.spans, note)
        end = variant.lowered.find("\n", match.end())
        span = variant.lowered_span((match.start(), len(variant.lowered) if end < 0 else end))
        before = variant.text[: span[0]].rstrip(" ")[-2:].lower()
        odd = self.marker == "P.S." and before == "p."
        note = msg("“P.P.S.” counts as “P.S.” for the official checker") if odd else ""
        if self.marker not in self._KNOWN:
            note = expression_note(self.marker, variant.text, [variant.lowered_span(match.span())])
        return Explanation(quoted(variant.text[span[0] : span[1]]), [span] if span[0] < span[1] else [], note)
