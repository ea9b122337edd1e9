"""Checkers of IFBench's family `format` about options, templates, title case, italics and emoji."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import emoji

from annotator.constraints.ifbench.finding import Finding, FindingChecker, FixedChecker
from annotator.constraints.ifbench.sentences import Sentence, split_sentences
from annotator.constraints.ifbench.words import STRIPPED, bare
from annotator.constraints.messages import Unit, amount, listed, msg, quoted
from annotator.constraints.parameters import Parameter, Text
from annotator.constraints.text_variants import TextVariant
from annotator.constraints.verdict import Span
from annotator.constraints.word_tokens import word_tokens

_LETTERED = re.compile(r"\W*[aA]\W*[bB]\W*[cC]")
_LABELS = ("My Answer:", "My Conclusion:", "Future Outlook:")
_OPENING = ("<i>", "<em>")
_CLOSING = ("</i>", "</em>")


class Options(FindingChecker):
    """The text is one of the options; lettered options exactly, others in any case and punctuation aside.

    The options are split at `/`, else at `or`, even inside a word, else at commas.
    """

    kind = "format:options"
    label = msg("One of the options")
    parameters: ClassVar[tuple[Parameter, ...]] = (Text("options"),)

    def __init__(self, kwargs: Mapping[str, Any]) -> None:
        options: str = kwargs["options"]
        self.exact = _LETTERED.match(options) is not None
        separator = next((mark for mark in ("/", "or") if mark in options), ",")
        self.options = [option.strip() for option in options.split(separator)]

    @property
    def required(self) -> str:
        return msg("one of %(words)s and nothing else", words=listed(self.options))

    def find(self, variant: TextVariant) -> Finding:
        observed = quoted(variant.text)
        if self.exact:
            obeyed = variant.text in self.options
        else:
            obeyed = self._plain(variant.text) in map(self._plain, self.options)
        if obeyed:
            return Finding(True, observed, [variant.core])
        note = msg("the text is not, as a whole, one of %(words)s", words=listed(self.options))
        return Finding(False, observed, [variant.core], note)

    @staticmethod
    def _plain(text: str) -> str:
        return text.strip(STRIPPED).lower()


class Emoji(FixedChecker):
    """Each sentence ends with an emoji, or the next one begins with one; punctuation aside."""

    kind = "format:emoji"
    label = msg("Emoji after each sentence")
    requirement = msg("an emoji at the end of every sentence")

    def find(self, variant: TextVariant) -> Finding:
        sentences = split_sentences(variant.text)
        bodies = [bare(sentence.text).strip() for sentence in sentences]
        offending: list[Sentence] = []
        for number, (sentence, body) in enumerate(zip(sentences, bodies, strict=True)):
            following = bodies[number + 1][:1] if number + 1 < len(bodies) else ""
            if not body or not any(map(emoji.is_emoji, (*body[-2:], following))):
                offending.append(sentence)
        kept, every = len(sentences) - len(offending), len(sentences)
        observed = msg("%(n)d of %(all)d sentences end with an emoji", n=kept, all=every)
        if not offending:
            return Finding(True, observed)
        spans = [sentence.span for sentence in offending]
        return Finding(False, observed, spans, msg("%(found)s, all required", found=observed))


class Thesis(FixedChecker):
    """Text in `<i>` or `<em>`, and text after it; only the first is looked at, and its tags need not be of one kind."""

    kind = "format:thesis"
    label = msg("Thesis in italics")
    requirement = msg("a thesis in HTML italics, then text")

    def find(self, variant: TextVariant) -> Finding:
        start = self._first(variant.text, _OPENING, 0)
        if start < 0:
            return self._violation(msg("no italics"), [], msg("there is neither <i> nor <em> in the text"))
        end = self._first(variant.text, _CLOSING, start)
        if end < 0:
            opening = [(start, start + 3)]
            return self._violation(msg("italics without an end"), opening, msg("the italics are not closed"))
        span = (start, end + 4)
        # the official code takes both tags for <i> and </i>, so the > of <em> and </em> counts as text
        if not variant.text[start + 3 : end].strip():
            return self._violation(msg("empty italics"), [span], msg("there is nothing in the italics"))
        if not variant.text[end + 4 :].strip():
            return self._violation(msg("italics at the end"), [span], msg("there is no text after the italics"))
        return Finding(True, msg("italics with text after them"), [span])

    @staticmethod
    def _first(text: str, tags: tuple[str, ...], start: int) -> int:
        """Return where the first tag of `tags` that occurs at all stands, or -1."""
        return next((place for tag in tags if (place := text.find(tag, start)) >= 0), -1)

    @staticmethod
    def _violation(observed: str, spans: list[Span], note: str) -> Finding:
        return Finding(False, observed, spans, note)


class TitleCase(FixedChecker):
    """No token of two letters or more is in lower case, nor in capitals after a first letter in lower case."""

    kind = "format:title_case"
    label = msg("Title case")
    requirement = msg("title case")

    def find(self, variant: TextVariant) -> Finding:
        count = sum(map(self._offends, variant.tokens))
        observed = amount(count, Unit("%(n)s word in lower case", "%(n)s words in lower case"))
        note = msg("%(found)s, none allowed", found=observed) if count else ""
        return Finding(not count, observed, self._spans(variant), note)

    def _spans(self, variant: TextVariant) -> Iterator[Span]:
        every = word_tokens(variant.text, variant.sentences)
        return (token.span for token in every if self._offends(token.text))

    @staticmethod
    def _offends(word: str) -> bool:
        return word[0].islower() and (word[1:].islower() or word[1:].isupper())


class AnswerTemplate(FixedChecker):
    """The three labels of the template occur, in any order."""

    kind = "format:output_template"
    label = msg("Template of the answer")
    requirement = msg("the labels My Answer:, My Conclusion: and Future Outlook:")

    def find(self, variant: TextVariant) -> Finding:
        places = {label: variant.text.find(label) for label in _LABELS}
        spans = [(place, place + len(label)) for label, place in places.items() if place >= 0]
        absent = [label for label, place in places.items() if place < 0]
        observed = msg("%(n)d of %(all)d labels", n=len(spans), all=len(_LABELS))
        note = msg("the text lacks %(words)s", words=listed(absent)) if absent else ""
        return Finding(not absent, observed, spans, note)
