"""Reading of a file of responses against the prompts of a dataset, for previews and imports of runs.

Writes nothing. The formats and the matching are those of `annotator.datasets.responses`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from typing import Any

from annotator.canonical import fingerprint
from annotator.datasets.models import Dataset
from annotator.datasets.responses.formats import response_file
from annotator.datasets.responses.matching import MatchedResponses, RowProblem, matched_responses, prompt_index
from annotator.datasets.responses.records import ResponseRecord
from annotator.datasets.responses.splitting import SEPARATE, Parts, SplitRule
from annotator.datasets.responses.unpacking import SourceFile, require_regular, sha256_of


@dataclass(frozen=True, slots=True)
class ImportSource:
    """A file of responses, and how it is read: the split rule, the format ("" to recognise it) and the sample.

    With more than `problems_at_most` rows that fit no prompt it is not read to its end.
    """

    file: SourceFile
    split: SplitRule
    format: str = ""
    sample: int | None = None
    problems_at_most: int | None = None


@dataclass(frozen=True, slots=True)
class ReadResponses:
    """The responses of a file, matched with the prompts of a dataset; iterating yields them in the dataset's order."""

    dataset: Dataset
    source: ImportSource
    format: str
    place: Callable[[int], str]  # of a row by its number, in words
    prompts: Sequence[tuple[int, str]]  # (id, key) of every prompt of the dataset
    matched: MatchedResponses

    def __iter__(self) -> Iterator[tuple[int, ResponseRecord, Parts]]:
        """Yield (the prompt's place in `prompts`, response, its parts)."""
        for index, record in self.matched:
            yield index, record, self.source.split.split(record)

    @property
    def missing(self) -> list[str]:
        """The keys of the prompts that no row answers."""
        return [self.prompts[index][1] for index in self.matched.unanswered()]

    @property
    def lacks_reasoning(self) -> bool:
        """Whether the rule `separate` finds no reasoning in any row, so that it must be the wrong one."""
        return self.source.split.how == SEPARATE and not any(
            record.reasoning_kind != "none" for _index, record in self.matched
        )

    def content_hash(self) -> str:
        """Return the hash of the responses and the prompts that they answer: layout and packing are no part of it."""
        content = fingerprint("responses-1", [])
        for index, record in self.matched:
            stated = [*astuple(record)[1:]]
            content = fingerprint("responses-1", [content, self.prompts[index][1], stated])
        return content

    def described(self) -> Mapping[str, Any]:
        """Return what `Run.source` says of the file; the SHA-256 is that of the file as it was brought."""
        return {
            "name": str(self.source.file),
            "sha256": sha256_of(self.source.file.path),
            "format": self.format,
            "split": str(self.source.split),
            "sample": self.source.sample,
            "responses": len(self.matched),
            "missing": len(self.prompts) - len(self.matched),
            "set_aside": self.matched.problems,
            "cleaned": self.matched.cleaned,
        }


@contextmanager
def read_responses(
    dataset: Dataset,
    source: ImportSource,
    *,
    on_problem: Callable[[RowProblem], object],
    on_row: Callable[[int], object] | None = None,
) -> Iterator[ReadResponses]:
    """Read and match the whole file; `on_problem` gets each row that fits no prompt, `on_row` each row's size.

    Raises `ResponseFileError` for a file that cannot be read, and `OSError`.
    """
    require_regular(source.file.path)
    file = response_file(source.file, source.format)
    rows = list(dataset.prompts.order_by("position").values_list("pk", "key", "text"))
    index = prompt_index(str(dataset), ((key, text) for _pk, key, text in rows))
    prompts = [(pk, key) for pk, key, _text in rows]
    reading = {"sample": source.sample, "problems_at_most": source.problems_at_most}
    with matched_responses(file, index, on_problem=on_problem, on_row=on_row, **reading) as matched:
        yield ReadResponses(dataset, source, file.format.name, file.place, prompts, matched)
