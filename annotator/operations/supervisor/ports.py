"""Ports and pages of this machine: is a port free, does a page answer."""

import http.client
import socket

_PATIENCE_S = 0.5


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now. A port that was just let go counts as free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def page_answers(host: str, port: int, path: str) -> bool:
    """Whether a web server there answers `path`, with whatever but an error of its own."""
    connection = http.client.HTTPConnection(host, port, timeout=_PATIENCE_S)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
