"""Zip file of a snapshot, made while it is sent; uncompressed, the same bytes each time. Pure."""

import stat
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, cast

_BLOCK_BYTES = 256 * 1024
_FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)  # of the format: the moment of a download is no part of a snapshot
_UNIX = 3


def archive_parts(root: Path, names: Sequence[str], *, folder: str) -> Iterator[bytes]:
    """Yield the parts of a zip file with these files of `root`, in this order, in a folder of their own.

    A reader of the stream needs no size in advance: each file is followed by its size and checksum.
    """
    stream = _Stream()
    with zipfile.ZipFile(cast(BinaryIO, stream), "w", zipfile.ZIP_STORED) as archive:  # it only writes to it
        for name in names:
            path = root / name
            with path.open("rb") as file, archive.open(_entry(path, f"{folder}/{name}"), "w") as entry:
                while block := file.read(_BLOCK_BYTES):
                    entry.write(block)
                    yield stream.taken()
    yield stream.taken()


def _entry(path: Path, name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _FIRST_MOMENT)
    entry.create_system = _UNIX
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    entry.file_size = path.stat().st_size  # beyond 4 GB the library chooses the larger fields by it
    return entry


class _Stream:
    """What the library wrote and nobody took yet; without a position, since nothing that was sent can be changed."""

    def __init__(self) -> None:
        self._parts = bytearray()

    def write(self, part: bytes) -> int:
        self._parts += part
        return len(part)

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        part = bytes(self._parts)
        self._parts.clear()
        return part
