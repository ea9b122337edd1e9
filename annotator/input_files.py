"""Files that a command reads: regular ones alone.

A device such as /dev/zero never ends, and a pipe without a writer never begins. Knows no format.
"""

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

_NO_FILE = "it is a device, a pipe or a socket; save what it holds as a file, and name that one"


def open_input(path: str | Path) -> BufferedReader:
    """Open a file for reading bytes. Raises OSError for whatever cannot be read, devices and pipes included."""
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # opening a folder says by itself what is wrong
        raise OSError(errno.EINVAL, _NO_FILE, str(path))
    return open(path, "rb")
