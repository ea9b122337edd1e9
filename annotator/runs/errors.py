"""Errors of runs; each is one sentence that names the thing, the place and what to do."""


class RunError(ValueError):
    """A run, judge or language model that does not exist or cannot be created as requested."""


class JudgeReplyImportError(ValueError):
    """A refused import of judge replies: one sentence, then the first refused lines, one a line."""
