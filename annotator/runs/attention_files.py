"""Files of attention traces: numpy arrays below `VAR_DIR`, named by their hash, written atomically.

Read without pickle, and only if the content still has its hash. Knows no database.
"""

import hashlib
import io
import os
import re
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

Array = Any
"""A numpy array; the library loads with the first file, since a web process starts without it."""
_FOLDER = "attention"
_AGAIN = "trace the study anew with `trace_attention STUDY --again`"
_TAG = "sha256:"
_HASH = re.compile(r"sha256:[0-9a-f]{64}")
NOWHERE = -1
"""Stands in `places` for a token that writes no character of the prompt."""


class TraceFileError(ValueError):
    """A file that is not there or does not have its content any more; one sentence."""


@dataclass(frozen=True, slots=True)
class TraceArrays:
    """One trace: L layers, R rows of the answer, P columns of the prompt, N groups, and the three measures.

    `sums` (3, L, R, N) are over the tokens of each group, `tokens` (3, L, P) means over the rows; both are means over
    heads. `visible` (L, N) is the share of a group's tokens that a layer's mask shows. `sizes` (N,) are the numbers of
    tokens of the groups named in `groups`. `places` (P, 2) are characters of the prompt, `steps` (R, 2) of the answer.
    """

    layers: Array
    groups: Array
    sizes: Array
    sums: Array
    tokens: Array
    visible: Array
    places: Array
    steps: Array

    def group(self, name: str) -> int:
        """The number of the group called `name`."""
        return [str(group) for group in self.groups].index(name)


def trace_file_write(var_dir: Path, arrays: TraceArrays) -> str:
    """Store the arrays; return their hash. A whole file that is there already stays, a damaged one is replaced."""
    import numpy as np

    buffer = io.BytesIO()
    np.savez_compressed(buffer, **asdict(arrays))
    content = buffer.getvalue()
    file_hash = _hash(content)
    path = trace_file_path(var_dir, file_hash)
    if path.exists() and _hash(path.read_bytes()) == file_hash:
        return file_hash
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return file_hash


def trace_file_read(var_dir: Path, file_hash: str, layers: Sequence[int]) -> TraceArrays:
    """Read the arrays with this hash, which are of these layers. Raises TraceFileError."""
    import numpy as np

    path = trace_file_path(var_dir, file_hash)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TraceFileError(
            f"The attention trace {file_hash[:15]} has no file on this machine ({error.strerror}); copy the worker's "
            f"folder {_FOLDER} here, or {_AGAIN}."
        ) from None
    if _hash(content) != file_hash:
        raise TraceFileError(f"The file of the attention trace {file_hash[:15]} was changed; {_AGAIN}.")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as loaded:
            arrays: Mapping[str, Array] = {field.name: loaded[field.name] for field in fields(TraceArrays)}
    except (ValueError, KeyError, TypeError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise TraceFileError(f"The attention trace {file_hash[:15]} can't be read ({error}); {_AGAIN}.") from None
    read = TraceArrays(**arrays)
    if not _fits(read, layers):
        raise TraceFileError(f"The attention trace {file_hash[:15]} is not of the layers its row names; {_AGAIN}.")
    return read


def trace_file_remove(var_dir: Path, file_hash: str) -> None:
    """Remove the file; nothing happens where there is none."""
    trace_file_path(var_dir, file_hash).unlink(missing_ok=True)


def trace_file_path(var_dir: Path, file_hash: str) -> Path:
    """Return where the file with this hash is. Raises TraceFileError for what is no hash."""
    if not _HASH.fullmatch(file_hash):
        raise TraceFileError(f"{file_hash[:80]!r} is no hash of an attention trace; {_AGAIN}.")
    name = file_hash.removeprefix(_TAG)
    return var_dir / _FOLDER / name[:2] / f"{name}.npz"


def _fits(arrays: TraceArrays, layers: Sequence[int]) -> bool:
    """Whether the arrays have the shapes of a trace of these layers."""
    size, rows, columns, groups = len(layers), len(arrays.steps), len(arrays.places), len(arrays.groups)
    expected = {
        "sums": (3, size, rows, groups),
        "tokens": (3, size, columns),
        "visible": (size, groups),
        "sizes": (groups,),
    }
    shapes = {name: getattr(arrays, name).shape for name in expected}
    named: list[int] = arrays.layers.tolist()
    return named == list(layers) and shapes == expected


def _hash(content: bytes) -> str:
    return _TAG + hashlib.sha256(content).hexdigest()
