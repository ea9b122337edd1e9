"""Path of the embedded Valkey server's unix socket.

Clients and server compute it alike, from VAR_DIR alone.
"""

import os
import stat
import tempfile
from hashlib import sha256
from pathlib import Path

LONGEST_BYTES = 100
"""Linux takes 107 bytes for the path of a unix socket, macOS 103."""


_NAME = "valkey.sock"


def broker_socket(var_dir: Path) -> Path:
    """In `var_dir`; where that makes too long a path for a socket, in this user's own folder for temporary files."""
    path = var_dir / _NAME
    if len(os.fsencode(path)) <= LONGEST_BYTES:
        return path
    name = sha256(os.fsencode(var_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"cotrast-{os.getuid()}" / f"{name}.sock"


def prepare_folder(socket: Path) -> None:
    """Make the socket's folder, for this user alone. Raises PermissionError where another user got there first."""
    if socket.name == _NAME:
        return
    folder = socket.parent
    folder.mkdir(mode=0o700, exist_ok=True)
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(
            f"{folder} is not a folder that is yours alone, so the Valkey socket cannot lie there; "
            "remove it, or set VAR_DIR to a folder with a shorter path."
        )
