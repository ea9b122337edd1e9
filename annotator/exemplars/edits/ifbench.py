"""Edits for kinds of IFBench: white space, case, the marks of a list, copied words."""

import re
from collections.abc import Iterator

from annotator.constraints.ifbench.count import WordCountRange
from annotator.constraints.ifbench.layout import LineIndent, ListSeparator, Newline, NoWhitespace
from annotator.constraints.ifbench.repeat import RepeatSimple, RepeatSpan
from annotator.constraints.ifbench.templates import Options, Thesis, TitleCase
from annotator.constraints.messages import msg, quoted
from annotator.constraints.text_variants import TextVariant
from annotator.exemplars.edits.change import Change, obeys
from annotator.exemplars.edits.units import trimmed, unit_spans

_MOST_LINES = 300  # each line is indented by one space more
_LIST_MARK = re.compile(r"^([^\S\n]*)(?:[-*+•–]|\d{1,3}[.)])[^\S\n]+(?=\S)", re.MULTILINE)


def cut_to_range(checker: WordCountRange, text: TextVariant) -> Iterator[Change]:
    for cut in trimmed(text, lambda changed: TextVariant(changed, 0, text.clock).word_count <= checker.most):
        if obeys(checker, cut, text):
            yield Change(msg("Cut the text at the end of a sentence"), cut)


def one_word_a_line(checker: Newline, text: TextVariant) -> Iterator[Change]:
    yield Change(msg("Put each word on a line of its own"), "\n".join(text.text.split()))


def indent_like_stairs(checker: LineIndent, text: TextVariant) -> Iterator[Change]:
    lines = [line.strip() for line in text.text.splitlines() if line.strip()]
    if len(lines) <= _MOST_LINES:
        stairs = "\n".join(f"{' ' * depth}{line}" for depth, line in enumerate(lines))
        yield Change(msg("Indent each line further than the one before"), stairs)


def separate_list(checker: ListSeparator, text: TextVariant) -> Iterator[Change]:
    separator = checker.separator
    changed, made = _LIST_MARK.subn(lambda match: f"{match[1]}{separator} ", text.text)
    if made:
        yield Change(msg("Begin the list items with %(separator)s", separator=quoted(separator)), changed)


def take_out_white_space(checker: NoWhitespace, text: TextVariant) -> Iterator[Change]:
    yield Change(msg("Take all white space out"), "".join(text.text.split()))


def to_title_case(checker: TitleCase, text: TextVariant) -> Iterator[Change]:
    pieces, position = [], 0
    for start, end in checker.explain(text, False, "").spans:
        pieces += [text.text[position:start], text.text[start:end].capitalize()]
        position = end
    yield Change(msg("Begin each word with a capital letter"), "".join([*pieces, text.text[position:]]))


def italicise_thesis(checker: Thesis, text: TextVariant) -> Iterator[Change]:
    """Put the first sentence of prose in HTML italics."""
    for start, end in unit_spans(text):
        if text.text[end - 1] in ".!?":
            body = text.text[start:end]
            yield Change(_ITALICS, f"{text.text[:start]}<i>{body}</i>{text.text[end:]}")
            return


_ITALICS = msg("Put the first sentence in HTML italics")


def choose_named_option(checker: Options, text: TextVariant) -> Iterator[Change]:
    """Keep the one option that the text names; nothing where it names several or none."""
    named = [
        option
        for option in checker.options
        if option and re.search(rf"(?<!\w){re.escape(option)}(?!\w)", text.text, re.IGNORECASE)
    ]
    if len(named) == 1:
        yield Change(msg("Keep only the option %(option)s", option=quoted(named[0])), named[0])


def keep_sentence(checker: RepeatSimple, text: TextVariant) -> Iterator[Change]:
    yield Change(_COPIED, checker.sentence)


def copy_span(checker: RepeatSpan, text: TextVariant) -> Iterator[Change]:
    if checker.words:
        yield Change(_COPIED, " ".join(checker.words))


_COPIED = msg("Copy the words from the prompt")
