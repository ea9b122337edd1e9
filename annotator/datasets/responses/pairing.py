"""Pairs a file of responses with a file of prompts, or reports why they do not fit. Knows no database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from annotator.constraints.messages import counted
from annotator.datasets.jsonl import HOW_TO_ADD_A_KIND, LineError, parse_object, raw_lines
from annotator.datasets.readers import LINE_CAP, PromptRecord, Rejection, read_ifeval
from annotator.datasets.responses.formats import response_file
from annotator.datasets.responses.matching import MatchedResponses, PromptIndex, RowProblem, matched_responses
from annotator.datasets.responses.records import ResponseFileError, ResponseRecord
from annotator.datasets.responses.rows import ROW_CAP
from annotator.datasets.responses.unpacking import SourceFile, require_regular, unpacked

PROBLEMS_SHOWN = 20


class VerificationError(ValueError):
    """Raised where nothing was verified; the message has one problem a line, each with its file and place."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that cannot be verified: its file and place in words, the reason, and its text if it has any."""

    file: Path
    place: str
    reason: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}, {self.place}: {self.reason}"


SetAside = Callable[[Problem], object]


@dataclass(frozen=True, slots=True)
class Pairing:
    """An iterable of (prompt, response), in the order of the prompts; `set_aside` counts the lines left out."""

    prompts: Path
    responses: MatchedResponses
    lines: list[int]  # of the prompts that can be used
    set_aside: int = 0
    unknown_kinds: int = 0  # of the lines set aside, those with a kind that no installed checker decides

    def __len__(self) -> int:
        return len(self.responses)

    def __iter__(self) -> Iterator[tuple[PromptRecord, ResponseRecord]]:
        with unpacked(SourceFile(self.prompts)) as file:
            read = read_ifeval(raw_lines(file, LINE_CAP))
            records = enumerate(record for record in read if isinstance(record, PromptRecord))
            for index, response in self.responses:
                record = next((record for place, record in records if place == index), None)
                if record is None or record.line != self.lines[index]:
                    raise VerificationError(f"{self.prompts} was changed while it was read; start again.")
                yield record, response


@contextmanager
def paired(
    prompts: Path, responses: Path, *, format: str = "", sample: int | None = None, set_aside: SetAside | None = None
) -> Iterator[Pairing]:
    """Read both files once and pair them; `set_aside` is called with each line that cannot be verified.

    Raises `OSError` for the files, and `VerificationError` with every problem, where there is no `set_aside` or nothing
    is left to verify.
    """
    problems = _Problems(set_aside)
    try:
        for path in (prompts, responses):
            require_regular(path)
        usable = _index_prompts(prompts, problems)
        problems.refuse_any()
        file = response_file(SourceFile(responses), format)

        def add(bad: RowProblem) -> None:
            problems.add(Problem(responses, file.place(bad.number), usable.refuse_row(bad), bad.text))

        with matched_responses(file, usable.index, sample=sample, on_problem=add) as matched:
            for place, reason in usable.unanswered(matched, responses):
                problems.add(Problem(prompts, place, reason))
            problems.refuse_any(nothing_left=not len(matched))
            yield Pairing(prompts, matched, usable.lines, problems.count, problems.unknown_kinds)
    except ResponseFileError as error:
        raise VerificationError(f"nothing was verified: {error}") from None


@dataclass
class _Problems:
    """The first problems as sentences, and the number of all; or where they are set aside, only their number."""

    set_aside: SetAside | None
    shown: list[str] = field(default_factory=list)
    count: int = 0
    unknown_kinds: int = 0

    def add(self, problem: Problem, *, unknown_kind: bool = False) -> None:
        self.count += 1
        self.unknown_kinds += unknown_kind
        if self.count <= PROBLEMS_SHOWN:
            self.shown.append(str(problem))
        if self.set_aside:
            self.set_aside(problem)

    def refuse_any(self, *, nothing_left: bool = False) -> None:
        """Raise `VerificationError` where a problem was found and not set aside, or where nothing else is left."""
        if self.count and (self.set_aside is None or nothing_left):
            more = [f"... and {self.count - len(self.shown):,} more"] if self.count > len(self.shown) else []
            further = [HOW_TO_ADD_A_KIND] if self.unknown_kinds else []
            remedy = "" if self.set_aside else "; correct these lines, or set them aside (`--rejects FILE`)"
            raise VerificationError("\n".join([f"nothing was verified{remedy}.", *self.shown, *more, *further]))


@dataclass
class _Prompts:
    """The prompts that can be used, and the line of each; what is known of the lines and rows that cannot.

    One fault is reported once: a row whose prompt cannot be used is not said to have an unknown key, and a prompt whose
    row cannot be used is not said to have no response.
    """

    index: PromptIndex
    lines: list[int] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)  # key -> line of a prompt that cannot be used
    refused_rows: set[str] = field(default_factory=set)  # their keys
    unnamed_rows: int = 0  # that cannot be used and have no key

    def refuse_row(self, bad: RowProblem) -> str:
        """Remember a row that cannot be used, and return why it cannot."""
        key = _key_in(bad.text, ROW_CAP)
        self.refused_rows.add(key)
        self.unnamed_rows += not key
        return f"its prompt, on line {self.refused[key]}, cannot be used" if key in self.refused else bad.reason

    def unanswered(self, matched: MatchedResponses, responses: Path) -> Iterator[tuple[str, str]]:
        """Yield the place of each prompt without a response, and the sentence that says so."""
        places = [place for place in matched.unanswered() if self.index.keys[place] not in self.refused_rows]
        if not self.unnamed_rows:
            for place in places:
                yield f"line {self.lines[place]}", f"no response to this prompt is in {responses}"
        elif len(places) > self.unnamed_rows:
            count = counted(len(places), "prompt")
            yield "as a whole", f"{count} without a response in {responses}, more than rows of it that cannot be used"


def _index_prompts(prompts: Path, problems: _Problems) -> _Prompts:
    usable = _Prompts(PromptIndex(str(prompts)))
    with unpacked(SourceFile(prompts)) as file:
        for record in read_ifeval(raw_lines(file, LINE_CAP)):
            if isinstance(record, Rejection):
                usable.refused.setdefault(_key_in(record.text, LINE_CAP), record.line)
                problem = Problem(prompts, f"line {record.line}", record.reason, record.text)
                problems.add(problem, unknown_kind=record.unknown_kind)
            else:
                usable.index.add(record.key, record.text)
                usable.lines.append(record.line)
    for key in usable.index.keys:
        usable.refused.pop(key, None)  # the first line of a repeated key is used
    usable.refused.pop("", None)
    if not usable.lines:
        problems.refuse_any(nothing_left=True)
        raise VerificationError(f"there is no prompt in {prompts}.")
    return usable


def _key_in(text: str, cap: int) -> str:
    """Return the key of a line that cannot be used, as far as it can be read; "" where it has none."""
    try:
        fields = parse_object(text, cap, nan_as_null=True)
    except LineError:
        return ""
    key = fields.get("key", fields.get("custom_id"))
    return str(key) if isinstance(key, str | int) else ""
