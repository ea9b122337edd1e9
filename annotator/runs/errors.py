"""Errors of runs; each is one sentence that names the thing, the place and what to do."""

from collections.abc import Sequence


class RunError(ValueError):
    """A run, judge or language model that does not exist or cannot be created as requested."""


class RunImportError(ValueError):
    """A refused import of a run: one sentence; `problems` are the places and reasons of the first refused rows.

    A problem of the file as a whole has no place.
    """

    def __init__(self, sentence: str, problems: Sequence[tuple[str, str]] = (), more: int = 0) -> None:
        super().__init__(sentence)
        self.problems, self.more = problems, more

    def lines(self) -> str:
        """Return the sentence and the problems, one a line."""
        more = [f"... and {self.more:,} more"] if self.more else []
        return "\n".join(
            [str(self), *(f"{place}: {reason}" if place else reason for place, reason in self.problems), *more]
        )


class JudgeReplyImportError(ValueError):
    """A refused import of judge replies: one sentence, then the first refused lines, one a line."""
