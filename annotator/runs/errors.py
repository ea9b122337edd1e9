"""Errors of runs, each one sentence that names the thing, the place and the way out."""


class RunError(ValueError):
    """A run or language model that cannot be made as asked."""


class JudgeReplyImportError(ValueError):
    """Why no judge reply was imported, in one sentence, followed by the first refused lines, one a line."""
