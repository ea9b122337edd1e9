"""Path of the embedded Valkey server's unix socket.

Clients and server compute the same path, from VAR_DIR alone.
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
    """Return the socket's path: in `var_dir`, or in a temporary folder of this user where that path is too long."""
    path = var_dir / _NAME
    if len(os.fsencode(path)) <= LONGEST_BYTES:
        return path
    name = sha256(os.fsencode(var_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"cotrast-{os.getuid()}" / f"{name}.sock"


def prepare_folder(socket: Path) -> None:
    """Create the socket's folder with access for this user alone.

    Raises PermissionError where the folder belongs to another user or is open to others.
    """
    if socket.name == _NAME:
        return
    folder = socket.parent
    folder.mkdir(mode=0o700, exist_ok=True)
    status = os.lstat(folder)
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise PermissionError(
            f"{folder} is not a folder that is yours alone, so the Valkey socket cannot lie there; "
            "remove it, or set VAR_DIR to a folder with a shorter path."
        )
