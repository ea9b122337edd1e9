"""Output files that are written whole or not at all."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def whole_file(path: Path) -> Iterator[Callable[[str], object]]:
    """Yield a function that writes to `path`, which gets its content at the end; after an error it is as it was.

    A device or a pipe is written to at once.
    """
    if path.exists() and not path.is_file():
        with open(path, "w", encoding="utf-8") as device:
            yield device.write
        return
    target = path.resolve()
    try:
        file = tempfile.NamedTemporaryFile(  # noqa: SIM115  # closed below, before it is renamed
            "w", encoding="utf-8", dir=target.parent, prefix=f".{target.name}.", delete=False
        )
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    try:
        with file:
            yield file.write
        os.chmod(file.name, _permissions(target))
        os.replace(file.name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(file.name)
        raise


def _permissions(target: Path) -> int:
    """Return the permissions of the file that is replaced, or those that a new file gets."""
    if target.exists():
        return target.stat().st_mode & 0o777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
