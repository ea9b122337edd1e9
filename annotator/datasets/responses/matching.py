"""Matching of a file's responses with prompts, staged in a temporary file so that memory stays small.

Owns which prompt a response answers, and the problem of each row that fits none. Knows no database: prompts come as
(key, text) pairs, from a file or from rows.
"""

import json
import tempfile
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import BinaryIO

from annotator.constraints.messages import msg, quoted
from annotator.datasets.jsonl import LineError, verbatim
from annotator.datasets.responses.formats import ResponseFile, parse_row
from annotator.datasets.responses.records import PromptName, ResponseFileError, ResponseRecord, Tokens
from annotator.datasets.responses.rows import Row
from annotator.text_cleaning import UNSTORABLE

_UNANSWERED = -1  # an offset: no response to this prompt yet
_SEVERAL = -1  # an index: several prompts have this text


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A refused row: the reason, and its text."""

    number: int  # 1-based
    reason: str
    text: str


@dataclass
class PromptIndex:
    """The prompts by key and by trimmed text, in order; `place` is what sentences call all of them."""

    place: str
    keys: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)  # trimmed
    _of_key: dict[str, int] = field(default_factory=dict)
    _of_text: dict[str, int] = field(default_factory=dict)  # an index, or _SEVERAL

    def add(self, key: int | str, text: str) -> None:
        text = text.strip()
        self._of_key[str(key)] = len(self.keys)
        self._of_text[text] = _SEVERAL if text in self._of_text else len(self.keys)
        self.keys.append(str(key))
        self.texts.append(text)

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def _of_words(self) -> Mapping[str, str]:
        """The keys by the words of their texts, once all prompts are in: for refusals alone."""
        return {_words(text): key for key, text in zip(self.keys, self.texts, strict=True)}

    def find(self, name: PromptName) -> int:
        """Return the index of the named prompt. Raises `LineError`, also where a key and a text disagree."""
        if name.position is not None:
            if name.position >= len(self):
                raise LineError(msg("there is no prompt for this row in %(place)s", place=self.place))
            return name.position
        return self._by_text(name) if name.key is None else self._by_key(name.key, name.texts)

    def _by_key(self, key: int | str, texts: Sequence[str]) -> int:
        index = self._of_key.get(str(key))
        if index is None:
            raise LineError(msg("the key %(key)s is not in %(place)s", key=quoted(str(key)), place=self.place))
        if texts and texts[0].strip() != self.texts[index]:
            values = {"key": quoted(str(key)), "place": self.place}
            if _words(texts[0]) == _words(self.texts[index]):
                raise LineError(
                    msg(
                        "its 'prompt' differs in white space from that of the key %(key)s in %(place)s; "
                        "leave the prompt out, since the key names it",
                        **values,
                    )
                )
            raise LineError(
                msg("its 'prompt' differs from that of the key %(key)s in %(place)s; remove the wrong one", **values)
            )
        return index

    def _by_text(self, name: PromptName) -> int:
        texts = [text.strip() for text in name.texts]
        hinted = [self._of_key[hint] for hint in name.hints if hint in self._of_key]
        for text in texts:
            index = self._of_text.get(text)
            if index == _SEVERAL:
                index = next((hint for hint in hinted if self.texts[hint] == text), None)
                if index is None:
                    raise LineError(
                        msg(
                            "its prompt stands more than once in %(place)s; name the one meant by key", place=self.place
                        )
                    )
            if index is not None:
                return index
        for hint in hinted:
            if self.texts[hint] and any(self.texts[hint] in text for text in texts):
                return hint
        if not texts:
            raise LineError(msg("nothing in it says which prompt it answers"))
        near = self._of_words.get(_words(texts[0]))
        if near is not None:
            values = {"key": quoted(near), "place": self.place}
            raise LineError(
                msg(
                    "its prompt differs in white space from that of the key %(key)s in %(place)s; name it by key",
                    **values,
                )
            )
        raise LineError(msg("its prompt is not in %(place)s: %(text)s", place=self.place, text=quoted(texts[0])))


def _words(text: str) -> str:
    """What is left of a text where white space makes no difference."""
    return " ".join(text.split())


@dataclass
class MatchedResponses:
    """The responses of a file, in the order of the prompts; iterating yields (index of the prompt, response)."""

    staging: BinaryIO
    offsets: "array[int]"
    problems: int = 0
    cleaned: int = 0  # responses with characters that no database stores

    def __len__(self) -> int:
        return sum(offset != _UNANSWERED for offset in self.offsets)

    def __iter__(self) -> Iterator[tuple[int, ResponseRecord]]:
        for index, offset in enumerate(self.offsets):
            if offset != _UNANSWERED:
                self.staging.seek(offset)
                fields = json.loads(self.staging.readline())
                named = {"name": PromptName(), "tokens": Tokens(**fields["tokens"])}
                yield index, ResponseRecord(**{**fields, **named})

    def unanswered(self) -> Iterator[int]:
        """Yield the indexes of the prompts without a response."""
        return (index for index, offset in enumerate(self.offsets) if offset == _UNANSWERED)


@contextmanager
def matched_responses(
    file: ResponseFile,
    prompts: PromptIndex,
    *,
    sample: int | None = None,
    on_problem: Callable[[RowProblem], object],
    on_row: Callable[[int], object] | None = None,
    problems_at_most: int | None = None,
) -> Iterator[MatchedResponses]:
    """Match every row of the file; `on_problem` is called with each that fits no prompt, `on_row` with every size.

    Raises `ResponseFileError` for a file that cannot be read, or whose rows name no prompt and are not as many, or of
    which more than `problems_at_most` rows fit no prompt.
    """
    with tempfile.TemporaryFile(prefix="cotrast-") as staging:
        offsets = array("q", [_UNANSWERED]) * len(prompts)
        matcher = _Matcher(file, prompts, sample, MatchedResponses(staging, offsets))
        for row in file.rows():
            if on_row:
                on_row(len(row.raw))
            try:
                matcher.add(row)
            except LineError as error:
                matcher.matched.problems += 1
                # The argument, since `str` would lose what a message is translated by.
                on_problem(RowProblem(row.number, error.args[0], verbatim(row.raw)))
                if problems_at_most is not None and matcher.matched.problems > problems_at_most:
                    values = {"file": str(file.source), "n": f"{problems_at_most:,}"}
                    raise ResponseFileError(
                        msg("More than %(n)s rows of %(file)s fit no prompt; is it the right file?", **values)
                    ) from None
        matcher.check_positions()
        yield matcher.matched


class _Matcher:
    """Stages the responses of one file, row by row."""

    def __init__(self, file: ResponseFile, prompts: PromptIndex, sample: int | None, matched: MatchedResponses) -> None:
        self.matched = matched
        self._file, self._prompts, self._sample = file, prompts, sample
        self._parse = file.format.parser()
        self._rows = array("q", [0]) * len(prompts)  # for each prompt, the row of its response
        self._last_row, self._positional, self._end = 0, False, 0

    def add(self, row: Row) -> None:
        """Stage the response of a row. Raises `LineError`."""
        self._last_row = row.number
        record = self._parsed(row)
        if record is None:
            return
        self._positional = self._positional or record.name.position is not None
        index = self._prompts.find(record.name)
        if self._rows[index]:
            values = {"key": quoted(self._prompts.keys[index]), "place": self._file.place(self._rows[index])}
            raise LineError(
                msg("the prompt with the key %(key)s has a response in %(place)s already; remove one", **values)
            )
        self._rows[index] = row.number
        self.matched.offsets[index] = self._end
        self.matched.cleaned += any(UNSTORABLE.search(text) for text in (record.text, record.reasoning))
        self._end += self.matched.staging.write(json.dumps({**asdict(record), "name": None}).encode() + b"\n")

    def _parsed(self, row: Row) -> ResponseRecord | None:
        try:
            return self._parse(parse_row(row), row.number, self._sample)
        except RecursionError:  # a parser goes deeper into a row than the JSON reader, which refuses such rows itself
            raise LineError(msg("the JSON is nested too deeply")) from None

    def check_positions(self) -> None:
        """Raise `ResponseFileError` where rows count as the prompts' places, and are not as many as these."""
        if self._positional and self._last_row != len(self._prompts):
            values = {"file": str(self._file.source), "rows": self._last_row, "n": len(self._prompts)}
            raise ResponseFileError(
                msg(
                    "%(file)s has %(rows)s lines and %(place)s %(n)s prompts; this format names no prompt, so that "
                    "they are matched by line number: make them equally many.",
                    place=self._prompts.place,
                    **values,
                )
            )


def prompt_index(place: str, prompts: Iterable[tuple[int | str, str]]) -> PromptIndex:
    """Return the index of (key, text) pairs in order."""
    index = PromptIndex(place)
    for key, text in prompts:
        index.add(key, text)
    return index
