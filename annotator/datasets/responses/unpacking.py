"""Response files as streams of bytes: plain, gzip or zstd by their first bytes, bounded when unpacked.

Knows no format.
"""

import gzip
import io
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import BinaryIO

from annotator.constraints.messages import msg
from annotator.datasets.responses.records import ResponseFileError
from annotator.input_files import open_input

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdError, ZstdFile
else:
    from backports.zstd import ZstdError, ZstdFile

UNPACKED_CAP = 4_000_000_000  # bytes
ZIP = b"PK\x03\x04"
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_UNPACKING_ERRORS = (EOFError, gzip.BadGzipFile, zlib.error, ZstdError)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file, the name by which sentences call it, and the most bytes that are read of it when unpacked."""

    path: Path
    name: str = ""
    cap: int = UNPACKED_CAP

    def __str__(self) -> str:
        return self.name or self.path.name


def require_regular(path: Path) -> None:
    """Raise `ResponseFileError` unless `path` is a file that can be read twice, and `OSError` unless it exists."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise ResponseFileError(
            msg("%(path)s is not a regular file; it is read twice, so save it as one first.", path=str(path))
        )


def is_zip(path: Path) -> bool:
    with open_input(path) as file:
        return file.read(len(ZIP)) == ZIP


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of the file as it lies on the disk, in hexadecimal."""
    with open_input(path) as file:
        return file_digest(file, "sha256").hexdigest()


@contextmanager
def unpacked(source: SourceFile) -> Iterator[BinaryIO]:
    """Open a file for reading, unpacked where it is gzip or zstd. Reading raises `ResponseFileError` beyond its cap."""
    with ExitStack() as stack:
        file: BinaryIO = stack.enter_context(open_input(source.path))
        start = file.read(4)
        file.seek(0)
        if start.startswith(_GZIP):
            file = stack.enter_context(gzip.open(file))  # type: ignore[assignment]  # a binary file of its own class
        elif start == _ZSTD:
            file = stack.enter_context(ZstdFile(file))  # type: ignore[assignment]  # likewise
        reader = stack.enter_context(io.BufferedReader(_Bounded(file, source), 1 << 16))
        if start.startswith((_GZIP, _ZSTD)) and reader.peek(4).startswith((_GZIP, _ZSTD, ZIP)):
            raise ResponseFileError(msg("%(file)s is packed more than once; unpack it first.", file=str(source)))
        yield reader


class _Bounded(io.RawIOBase):
    """A stream that ends with a sentence where it is broken or longer than its cap."""

    def __init__(self, file: BinaryIO, source: SourceFile) -> None:
        self._file, self._source, self._left = file, source, source.cap

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # narrower than Buffer
        try:
            data = self._file.read(len(buffer))
        except _UNPACKING_ERRORS as error:
            values = {"file": str(self._source), "problem": str(error)}
            raise ResponseFileError(msg("%(file)s cannot be unpacked (%(problem)s); is it whole?", **values)) from None
        self._left -= len(data)
        if self._left < 0:
            values = {"file": str(self._source), "cap": f"{self._source.cap:,}"}
            raise ResponseFileError(
                msg("%(file)s holds more than %(cap)s bytes, the most that is read; divide it.", **values)
            )
        buffer[: len(data)] = data
        return len(data)
