"""Pairs a file of responses with a file of prompts, or reports why they do not fit. Knows no database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from annotator.datasets.jsonl import raw_lines
from annotator.datasets.readers import LINE_CAP, PromptRecord, Rejection, read_ifeval
from annotator.datasets.responses.formats import response_file
from annotator.datasets.responses.matching import MatchedResponses, PromptIndex, matched_responses
from annotator.datasets.responses.records import ResponseFileError, ResponseRecord
from annotator.datasets.responses.unpacking import SourceFile, require_regular

PROBLEMS_SHOWN = 20


class VerificationError(ValueError):
    """Raised where nothing was verified; the message has one problem a line, each with its file and place."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """An iterable of (prompt, response), in the order of the prompts."""

    prompts: Path
    responses: MatchedResponses

    def __len__(self) -> int:
        return len(self.responses)

    def __iter__(self) -> Iterator[tuple[PromptRecord, ResponseRecord]]:
        with open(self.prompts, "rb") as file:
            records = read_ifeval(raw_lines(file, LINE_CAP))
            for record, (_index, response) in zip(records, self.responses, strict=True):
                if isinstance(record, Rejection):
                    raise VerificationError(f"{self.prompts} was changed while it was read; start again.")
                yield record, response


@contextmanager
def paired(prompts: Path, responses: Path, *, format: str = "", sample: int | None = None) -> Iterator[Pairing]:
    """Read both files once and pair them. Raises `VerificationError` with every problem, `OSError` for the files."""
    problems = _Problems()
    try:
        for path in (prompts, responses):
            require_regular(path)
        index, lines = _index_prompts(prompts, problems)
        problems.refuse_any()
        file = response_file(SourceFile(responses), format)
        with matched_responses(
            file,
            index,
            sample=sample,
            on_problem=lambda bad: problems.add(f"{responses}, {file.place(bad.number)}", bad.reason),
        ) as matched:
            for unanswered in matched.unanswered():
                problems.add(f"{prompts}, line {lines[unanswered]}", f"no response to this prompt is in {responses}")
            problems.refuse_any()
            yield Pairing(prompts, matched)
    except ResponseFileError as error:
        raise VerificationError(f"nothing was verified: {error}") from None


@dataclass
class _Problems:
    """The first problems as sentences, and the number of all."""

    shown: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, place: str, reason: str) -> None:
        self.count += 1
        if self.count <= PROBLEMS_SHOWN:
            self.shown.append(f"{place}: {reason}")

    def refuse_any(self) -> None:
        if self.count:
            more = [f"... and {self.count - len(self.shown):,} more"] if self.count > len(self.shown) else []
            raise VerificationError("\n".join(["nothing was verified.", *self.shown, *more]))


def _index_prompts(prompts: Path, problems: _Problems) -> tuple[PromptIndex, list[int]]:
    """Return the index of the prompts, and the line number of each."""
    index, lines = PromptIndex(str(prompts)), list[int]()
    with open(prompts, "rb") as file:
        for record in read_ifeval(raw_lines(file, LINE_CAP)):
            if isinstance(record, Rejection):
                problems.add(f"{prompts}, line {record.line}", record.reason)
            else:
                index.add(record.key, record.text)
                lines.append(record.line)
    if not lines and not problems.count:
        raise VerificationError(f"there is no prompt in {prompts}.")
    return index, lines
