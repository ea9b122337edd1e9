"""Values of a deletion: what goes with an object, and what stands on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class DeletionRefused(ValueError):  # noqa: N818 - says what happened, as in `studies.errors`
    """A deletion that is refused; the text says what stands on the object, how much of it, and the way out."""


@dataclass(frozen=True, slots=True)
class Deletion:
    """A deletion before it is done. `goes` are (what, how many) that go with it, without the zeros.

    `obstacles` are sentences, one for each kind of thing that stands on the object; with any, nothing can be deleted.
    `archiving_helps`: the object could be archived instead.
    """

    goes: Sequence[tuple[str, int]]
    obstacles: Sequence[str]
    archiving_helps: bool = True

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of each thing that goes."""
        return dict(self.goes)
