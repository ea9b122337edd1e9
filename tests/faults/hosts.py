"""Hosts in network namespaces of this machine, joined by a bridge: each has an address and can be cut off."""

import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager


class Hosts:
    """Namespaces by name, with addresses of one private network; this process is on it too, as `.1`."""

    def __init__(self, names: list[str]) -> None:
        self._tag = secrets.token_hex(2)
        self._net = f"10.{177 + secrets.randbelow(60)}.{secrets.randbelow(250)}"
        self._bridge = f"cb{self._tag}"
        self._names = names

    def address(self, name: str) -> str:
        return f"{self._net}.{10 + self._names.index(name)}"

    def inside(self, name: str) -> list[str]:
        """What is put before a command that runs on this host."""
        return ["ip", "netns", "exec", self._namespace(name)]

    def cut(self, name: str) -> None:
        """Pull the cable: packets vanish in both directions, and nobody is told."""
        _ip("link", "set", self._cable(name), "down")

    def rejoin(self, name: str) -> None:
        _ip("link", "set", self._cable(name), "up")

    def begin(self) -> None:
        _ip("link", "add", self._bridge, "type", "bridge")
        _ip("addr", "add", f"{self._net}.1/24", "dev", self._bridge)
        _ip("link", "set", self._bridge, "up")
        for name in self._names:
            namespace, inner = self._namespace(name), f"i{self._cable(name)}"
            _ip("netns", "add", namespace)
            _ip("link", "add", self._cable(name), "type", "veth", "peer", "name", inner)
            _ip("link", "set", self._cable(name), "master", self._bridge, "up")
            _ip("link", "set", inner, "netns", namespace)
            for command in (
                ["addr", "add", f"{self.address(name)}/24", "dev", inner],
                ["link", "set", inner, "up"],
                ["link", "set", "lo", "up"],
            ):
                _ip("-n", namespace, *command)

    def end(self) -> None:
        for name in self._names:
            _ip("netns", "del", self._namespace(name), check=False)
            _ip("link", "del", self._cable(name), check=False)
        _ip("link", "del", self._bridge, check=False)

    def _namespace(self, name: str) -> str:
        return f"cotrast-{self._tag}-{name}"

    def _cable(self, name: str) -> str:
        return f"c{self._tag}{self._names.index(name)}"


class NoNamespacesError(Exception):
    """This machine lets us make no network namespaces; the message is the reason."""


@contextmanager
def hosts(*names: str) -> Iterator[Hosts]:
    """Make the hosts, and remove them at the end. Raises NoNamespacesError where that is not allowed."""
    made = Hosts(list(names))
    try:
        try:
            made.begin()
        except (subprocess.CalledProcessError, FileNotFoundError) as error:
            raise NoNamespacesError(str(getattr(error, "stderr", "") or error).strip()) from None
        yield made
    finally:
        made.end()


def _ip(*arguments: str, check: bool = True) -> None:
    try:
        subprocess.run(["ip", *arguments], check=check, capture_output=True, text=True)
    except FileNotFoundError:
        if check:
            raise
