"""Staging of a labelled file in temporary files: its rows, matched with prompts."""

import json
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from annotator.constraints.messages import listed, msg, quoted
from annotator.datasets.jsonl import LineError, verbatim
from annotator.datasets.models import Dataset
from annotator.datasets.responses.matching import PromptIndex, RowProblem, prompt_index
from annotator.datasets.responses.records import PromptName, ResponseFileError
from annotator.datasets.responses.unpacking import SourceFile, require_regular
from annotator.studies.labelled_files.argilla import ArgillaSettings
from annotator.studies.labelled_files.reading import LabelledFile, labelled_file, place
from annotator.studies.labelled_files.records import LabelledPair, Naming, labelled_pair
from annotator.text_cleaning import replace_unstorable

_AUTHORS_AT_MOST = 1_000
_NOTE_CAP = 20_000  # characters, as on the case page
_AUTHOR_CAP = 200


@dataclass(frozen=True, slots=True)
class LabelledSource:
    """A file of labelled pairs, the tool that wrote it ("" to recognise it), and the names of its fields.

    `settings` are those of an Argilla dataset, where they are at hand.
    """

    file: SourceFile
    naming: Naming
    tool: str = ""
    settings: ArgillaSettings | None = None

    def opened(self) -> LabelledFile:
        """Recognise the file. Raises `ResponseFileError`, also for names that the settings do not have."""
        if self.settings is not None:
            _refuse_unknown(self.naming, self.settings)
        return labelled_file(self.file, self.tool, self.settings)


@dataclass
class StagedLabels:
    """The pairs of a file that answer a prompt: two files of responses, and what was said by the key of the prompt."""

    first: Path
    second: Path
    labels: Path
    cases: int = 0
    problems: int = 0
    left_out: int = 0
    most_annotators: int = 0
    tool: str = ""
    authors: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Yield a line of JSON for each pair: the key of its prompt, and (author, label, note, seconds, moment)."""
        with self.labels.open(encoding="utf-8") as file:
            yield from file


@contextmanager
def staged_labels(
    dataset: Dataset, source: LabelledSource, on_problem: Callable[[RowProblem], object]
) -> Iterator[StagedLabels]:
    """Read and match the whole file; `on_problem` is called with each row that cannot be used.

    Raises `ResponseFileError` for a file that cannot be read, and `OSError`.
    """
    require_regular(source.file.path)
    file = source.opened()
    prompts = dataset.prompts.order_by("position").values_list("key", "text")
    index = prompt_index(str(dataset), prompts.iterator())
    with tempfile.TemporaryDirectory(prefix="cotrast-") as folder, ExitStack() as stack:
        first, second, labels = (Path(folder) / name for name in ("first.jsonl", "second.jsonl", "labels.jsonl"))
        staged = StagedLabels(first, second, labels, tool=file.tool.name)
        sinks = [stack.enter_context(path.open("wb")) for path in (first, second, labels)]
        _Stager(file, index, source.naming, staged, sinks).stage(on_problem)
        for sink in sinks:
            sink.flush()
        yield staged


def _refuse_unknown(naming: Naming, settings: ArgillaSettings) -> None:
    """Raise `ResponseFileError` for a question or a field that the settings do not have."""
    questions: Collection[str] = settings.questions
    named = [(name, questions) for name in (naming.control, naming.note) if name]
    named += [(name.partition(".")[0], settings.fields) for name in (naming.prompt, naming.first, naming.second)]
    for name, known in named:
        if name not in known:
            raise ResponseFileError(
                msg("the settings have no %(name)s; they have %(known)s.", name=quoted(name), known=listed(known))
            )


class _Stager:
    """Stages the pairs of one file, row by row."""

    def __init__(
        self, file: LabelledFile, index: PromptIndex, naming: Naming, staged: StagedLabels, sinks: Sequence[BinaryIO]
    ) -> None:
        self._file, self._index, self._naming, self._staged = file, index, naming, staged
        self._sinks = sinks
        self._row_of = dict[int, int]()  # index of a prompt -> the row of its pair
        self._authors = dict[str, None]()

    def stage(self, on_problem: Callable[[RowProblem], object]) -> None:
        for row in self._file.rows():
            try:
                parsed = self._file.parsed(row)
                self._add(row.number, labelled_pair(parsed, self._naming))
                self._staged.left_out += parsed.left_out
            except LineError as error:
                self._staged.problems += 1
                on_problem(RowProblem(row.number, error.args[0], verbatim(row.raw)))
        self._staged.authors = list(self._authors)

    def _add(self, number: int, pair: LabelledPair) -> None:
        found = self._index.find(PromptName(key=pair.key, texts=(pair.prompt,)))
        key = self._index.keys[found]
        if found in self._row_of:
            raise LineError(
                msg(
                    "the prompt with the key %(key)s has a pair in %(place)s already; remove one",
                    key=quoted(key),
                    place=place(self._row_of[found]),
                )
            )
        made = [_row(*judged) for judged in pair.judged]
        names = {author for author, *_rest in made}
        self._authors |= dict.fromkeys(author for author, *_rest in made)
        if len(self._authors) > _AUTHORS_AT_MOST:
            raise ResponseFileError(
                msg(
                    "%(file)s names more than %(n)s annotators, the most that are imported; is it the right file?",
                    file=str(self._file.source),
                    n=f"{_AUTHORS_AT_MOST:,}",
                )
            )
        self._row_of[found] = number
        self._staged.cases += 1
        self._staged.most_annotators = max(self._staged.most_annotators, len(names))
        lines = ({"key": key, "response": pair.first}, {"key": key, "response": pair.second}, [key, made])
        for sink, line in zip(self._sinks, lines, strict=True):
            sink.write(json.dumps(line).encode() + b"\n")


def _row(made: Any, label: str, note: str) -> list[Any]:
    """Return an annotation as it is staged. Raises `LineError` for a note that is too long."""
    if len(note) > _NOTE_CAP:
        raise LineError(msg("a note has %(n)s characters; at most %(cap)s fit", n=len(note), cap=_NOTE_CAP))
    author = replace_unstorable(made.author)[:_AUTHOR_CAP]
    return [author, label, replace_unstorable(note), made.seconds, made.at and made.at.isoformat()]
