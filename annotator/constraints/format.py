"""Checkers of the family `detectable_format`: bullets, options, highlights, JSON, titles."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any, ClassVar

from annotator.constraints import near_misses
from annotator.constraints.checker import Checker, Comparison, Explanation, UndecidableError
from annotator.constraints.messages import Unit, amount, joined, msg, parse_problem, quoted, sentence
from annotator.constraints.parameters import AT_LEAST, Integer, Parameter
from annotator.constraints.text_variants import TextVariant
from annotator.constraints.verdict import Span

# The official patterns begin with ^\s*, which also runs over blank lines before the bullet and takes
# quadratic time on them; white space of the bullet's own line decides the same.
_STAR_BULLET = re.compile(r"^[^\S\n]*(\*[^*].*)$", re.MULTILINE)
_DASH_BULLET = re.compile(r"^[^\S\n]*(-.*)$", re.MULTILINE)
_RULER = re.compile(r"-(?:\s*-)+\s*|\*(?:\s+\*)+\s*")
_BULLETS = Unit("%(n)s bullet point", "%(n)s bullet points")
_RULERS = Unit(
    "%(n)s line of nothing but dashes or asterisks counted as a bullet by the official checker",
    "%(n)s lines of nothing but dashes or asterisks counted as bullets by the official checker",
)


_INDENTED = Unit("%(n)s of them is indented, and counts too", "%(n)s of them are indented, and count too")
_UNSPACED = Unit(
    "%(n)s counted line has no space after its mark (%(found)s)",
    "%(n)s counted lines have no space after their mark (%(found)s)",
)


class NumberBullets(Checker):
    """Exact number of lines that begin with `-`, or with `*` and another character."""

    kind = "detectable_format:number_bullet_lists"
    label = msg("Bullet points")
    parameters: ClassVar[tuple[Parameter, ...]] = (Integer("num_bullets"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        self.number: int = kwargs["num_bullets"]

    @property
    def required(self) -> str:
        return msg("exactly %(amount)s", amount=amount(self.number, _BULLETS))

    @property
    def title(self) -> str:
        return sentence(self.required)

    def obeys(self, variant: TextVariant) -> bool:
        return len(_STAR_BULLET.findall(variant.text)) + len(_DASH_BULLET.findall(variant.text)) == self.number

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        bullets = [match.span(1) for match in _STAR_BULLET.finditer(variant.text)]
        dashes = [match.span(1) for match in _DASH_BULLET.finditer(variant.text)]
        count = len(bullets) + len(dashes)
        observed = amount(count, _BULLETS)
        rulers = sum(1 for start, end in bullets + dashes if _RULER.fullmatch(variant.text, start, end))
        note = "" if obeyed else msg("%(found)s, exactly %(n)d asked", found=observed, n=self.number)
        odd = amount(rulers, _RULERS) if rulers else ""
        stuck = [span for span in bullets + dashes if _without_space_after_mark(variant.text, span)]
        unspaced = amount(len(stuck), _UNSPACED, found=quoted(variant.text[slice(*stuck[0])], 30)) if stuck else ""
        near = near_misses.bullets(variant.text) if count < self.number else ""
        if count > self.number:
            near = _lists_of(self.number, variant.text, bullets + dashes)
        indented = sum(1 for start, _ in bullets + dashes if variant.text[max(start - 1, 0)] in " \t")
        inner = amount(indented, _INDENTED) if self.number + indented >= count > self.number else ""
        return Explanation(observed, bullets + dashes, joined(note, inner, odd, unspaced, near))


def _lists_of(number: int, text: str, bullets: list[Span]) -> str:
    """Say that the bullets stand in several lists, parted by other text, each of which has as many as asked."""
    sizes: list[int] = []
    before = 0
    for start, end in sorted(bullets):
        if sizes and not text[before:start].strip():
            sizes[-1] += 1
        else:
            sizes.append(1)
        before = end
    if len(sizes) < 2 or set(sizes) != {number}:
        return ""
    return msg("they stand in %(n)d lists of %(number)d", n=len(sizes), number=number)


def _without_space_after_mark(text: str, span: Span) -> bool:
    """Whether a counted line has a letter or digit right after its mark, as emphasis and negative numbers have."""
    return span[1] - span[0] > 1 and text[span[0] + 1].isalnum()


class ConstrainedResponse(Checker):
    """One of three fixed answers stands somewhere in the text, letter for letter."""

    kind = "detectable_format:constrained_response"
    label = msg("Fixed options")

    OPTIONS: ClassVar[tuple[str, ...]] = ("My answer is yes.", "My answer is no.", "My answer is maybe.")

    @property
    def required(self) -> str:
        return msg("“My answer is yes.”, “My answer is no.” or “My answer is maybe.”")

    @property
    def title(self) -> str:
        return msg("Answers with %(options)s", options=self.required)

    def obeys(self, variant: TextVariant) -> bool:
        return any(option in variant.text for option in self.OPTIONS)

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        starts = {option: variant.text.find(option) for option in self.OPTIONS if option in variant.text}
        if not starts:
            near = near_misses.fixed_answer(variant.text)
            note = joined(msg("none of the three fixed answers is in the text"), near.note)
            return Explanation(msg("none of the options"), near.spans, note)
        spans = [(start, start + len(option)) for option, start in starts.items()]
        more = len(starts) > 1 or variant.stripped not in starts
        note = msg("there is more text than the answer, which the official checker lets pass") if more else ""
        return Explanation(reduce(_and, (f"“{option}”" for option in starts)), spans, note)


def _and(first: str, last: str) -> str:
    return msg("%(first)s and %(last)s", first=first, last=last)


class NumberHighlights(Checker):
    """`*text*` on one line; the official patterns `*...*` and `**...**` are counted separately, over the same text."""

    kind = "detectable_format:number_highlighted_sections"
    label = msg("Highlighted sections")
    parameters: ClassVar[tuple[Parameter, ...]] = (Integer("num_highlights"),)

    _SINGLE = re.compile(r"\*[^\n*]*\*")
    _DOUBLE = re.compile(r"\*\*[^\n*]*\*\*")

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        sections = Unit("%(n)s highlighted section", "%(n)s highlighted sections")
        self.comparison = Comparison(AT_LEAST, kwargs["num_highlights"], sections)

    @property
    def required(self) -> str:
        return self.comparison.required

    @property
    def title(self) -> str:
        return sentence(self.required)

    def obeys(self, variant: TextVariant) -> bool:
        return self.comparison.holds(sum(1 for _ in self._highlights(variant.text)))

    def _highlights(self, text: str) -> Iterator[Span]:
        for pattern in (self._SINGLE, self._DOUBLE):
            for match in pattern.finditer(text):
                if match.group().strip("*").strip():
                    yield match.span()

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        spans = list(self._highlights(variant.text))
        near = "" if obeyed else near_misses.emphasis(variant.text)
        note = joined(self.comparison.note(len(spans)), near)
        return Explanation(self.comparison.observed(len(spans)), spans, note)


class JsonFormat(Checker):
    """The whole text, without a code fence around it, parses as JSON; any value counts, `NaN` too."""

    kind = "detectable_format:json_format"
    label = "JSON"

    _FENCES: ClassVar[tuple[str, ...]] = ("```json", "```Json", "```JSON", "```")

    @property
    def required(self) -> str:
        return msg("the whole text is JSON")

    @property
    def title(self) -> str:
        return msg("Entirely JSON")

    def obeys(self, variant: TextVariant) -> bool:
        try:
            self._value(variant)
        except ValueError:
            return False
        return True

    def _value(self, variant: TextVariant) -> Any:
        start, end = self._body(variant)
        try:
            return json.loads(variant.text[start:end])
        except RecursionError:
            raise UndecidableError(msg("the JSON is nested so deeply that the official checker fails on it")) from None

    def _body(self, variant: TextVariant) -> Span:
        """Return the span that is parsed: the text inside the white space and the fence."""
        start, end = variant.core
        for fence in self._FENCES:
            if variant.text.startswith(fence, start, end):
                start += len(fence)
        if variant.text.endswith("```", start, end):
            end -= 3
        body = variant.text[start:end]
        return start + len(body) - len(body.lstrip()), max(start, start + len(body.rstrip()))

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        start, end = self._body(variant)
        try:
            value = self._value(variant)
        except json.JSONDecodeError as error:
            position = min(start + error.pos, variant.core[1] - 1)
            line = variant.text.count("\n", 0, position) + 1
            note = msg("no JSON from line %(line)d on: %(problem)s", line=line, problem=parse_problem(error))
            inside = near_misses.json_inside(variant.text[start:end])
            if not inside and (error.pos >= end - start or error.msg.startswith("Unterminated string")):
                inside = msg("the text breaks off before the JSON is closed")
            return Explanation(msg("no JSON"), [(position, position + 1)], joined(note, inside))
        except ValueError:
            return Explanation(msg("no JSON"), note=msg("a number in the JSON has too many digits"))
        if isinstance(value, dict | list):
            return Explanation(msg("JSON, an object") if isinstance(value, dict) else msg("JSON, an array"))
        bare = msg("a bare value is JSON for the official checker")
        return Explanation(msg("JSON, a bare value"), [(start, end)], bare)


class Title(Checker):
    """`<<` and `>>` on one line with text between them that is not blank."""

    kind = "detectable_format:title"
    label = msg("Title")

    @property
    def required(self) -> str:
        return msg("a title in double angular brackets")

    @property
    def title(self) -> str:
        return msg("Has a title in <<double angular brackets>>")

    def obeys(self, variant: TextVariant) -> bool:
        return any(True for _ in _titles(variant.text))

    def explain(self, variant: TextVariant, obeyed: bool, prompt: str) -> Explanation:
        spans = list(_titles(variant.text))
        if not spans:
            near = near_misses.title(variant.text)
            note = joined(msg("no line has a title between << and >>"), near.note)
            return Explanation(msg("no title"), near.spans, note)
        return Explanation(quoted(variant.text[slice(*spans[0])]), spans)


def _titles(text: str) -> Iterator[Span]:
    """Find on each line the span from the first `<<` to the last `>>`, in one pass: the official pattern backtracks."""
    position = text.find("<<")
    while position >= 0:
        line_end = text.find("\n", position)
        line_end = len(text) if line_end < 0 else line_end
        closing = text.rfind(">>", position + 3, line_end)
        if closing >= 0 and text[position : closing + 2].lstrip("<").rstrip(">").strip():
            yield position, closing + 2
        position = text.find("<<", line_end)
