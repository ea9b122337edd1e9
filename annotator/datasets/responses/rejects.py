"""The file in which rows that cannot be used are set aside, as JSON lines of `{line, reason, text}`."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from annotator.constraints.messages import msg
from annotator.datasets.responses.matching import RowProblem
from annotator.datasets.responses.records import ResponseFileError


@contextmanager
def rejects_file(rejects: Path | None, source: Path) -> Iterator[Callable[[RowProblem], None] | None]:
    """Yield a function that writes a bad row to `rejects`; None without such a file.

    Raises `ResponseFileError` where it is the file to import itself.
    """
    if rejects is None:
        yield None
        return
    if rejects.exists() and source.exists() and rejects.samefile(source):
        message = msg("%(file)s is the file to import; name another one for its bad rows.", file=str(rejects))
        raise ResponseFileError(message)
    with open(rejects, "w", encoding="utf-8") as file:

        def set_aside(problem: RowProblem) -> None:
            row = {"line": problem.number, "reason": problem.reason, "text": problem.text}
            file.write(json.dumps(row) + "\n")

        yield set_aside
