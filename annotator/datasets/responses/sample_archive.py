"""Samples of Inspect's `.eval` logs: a zip archive with a JSON file for each, deflate or zstd.

Owns the layout of the archive. Knows no fields of a sample.
"""

import lzma
import struct
import sys
import zlib
from collections.abc import Iterator

from annotator.constraints.messages import msg, quoted
from annotator.datasets.responses.records import ResponseFileError
from annotator.datasets.responses.rows import ROW_CAP, Row
from annotator.datasets.responses.unpacking import SourceFile

if sys.version_info >= (3, 14):
    from zipfile import BadZipFile, ZipFile

    from compression.zstd import ZstdError
else:  # the zipfile of Python 3.14, which reads zstd: what Inspect writes
    from backports.zstd import ZstdError
    from backports.zstd.zipfile import BadZipFile, ZipFile

_FOLDER, _SUFFIX = "samples/", ".json"
_CHUNKED = "/sample.json"
_PROBLEM_CAP = 120  # characters
# What `zipfile` and its decompressors raise for bytes that are no archive, or one of a kind that they cannot read.
_BROKEN = (
    BadZipFile,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
    ZstdError,
    lzma.LZMAError,
    struct.error,
    zlib.error,
)


def archive_rows(source: SourceFile) -> Iterator[Row]:
    """Yield the samples of the archive. Raises `ResponseFileError` for no Inspect log, or beyond its cap."""
    left = source.cap
    try:
        with ZipFile(source.path) as archive:
            for number, name in enumerate(_samples(archive, source), 1):
                row = _row(archive, number, name)
                left -= len(row.raw)
                if left < 0:
                    values = {"file": str(source), "cap": f"{source.cap:,}"}
                    raise ResponseFileError(
                        msg("%(file)s holds more than %(cap)s bytes, the most that is read; divide it.", **values)
                    )
                yield row
    except ResponseFileError:
        raise
    except _BROKEN as error:
        values = {"file": str(source), "problem": str(error)[:_PROBLEM_CAP]}
        raise ResponseFileError(
            msg("%(file)s is no whole zip archive (%(problem)s); copy it again.", **values)
        ) from None


def _samples(archive: ZipFile, source: SourceFile) -> list[str]:
    # A name that stands twice was written again, and the last member counts: so `ZipFile.open` reads it too.
    names = dict.fromkeys(name for name in archive.namelist() if name.startswith(_FOLDER))
    samples = [name for name in names if name.endswith(_SUFFIX) and "/" not in name.removeprefix(_FOLDER)]
    if any(name.endswith(_CHUNKED) for name in names):
        raise ResponseFileError(
            msg(
                "%(file)s keeps its samples in chunks; write it as JSON first: `inspect log convert --to json`.",
                file=str(source),
            )
        )
    if not samples:
        raise ResponseFileError(
            msg(
                "%(file)s is a zip archive without the folder samples/ of an Inspect log; unpack it and name one file.",
                file=str(source),
            )
        )
    return samples


def _row(archive: ZipFile, number: int, name: str) -> Row:
    try:
        with archive.open(name) as member:
            return Row(number, member.read(ROW_CAP + 1))
    except _BROKEN as error:
        values = {"name": quoted(name), "problem": str(error)[:_PROBLEM_CAP]}
        return Row(number, b"", msg("%(name)s cannot be unpacked (%(problem)s); copy the log again", **values))
