"""Errors of ComplexBench rules, instances and judge replies. Every message is one sentence."""


class RuleError(ValueError):
    """Raised for a rule that cannot be decided. `official`: the exception of the official code, as `Type: message`."""

    def __init__(self, sentence: str, *, official: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.official = official


class ArgumentError(RuleError):
    """Raised where the rule has no argument that its verb can read, so that no segment can be decided."""


class SegmentError(RuleError):
    """Raised for a segment of nothing but line breaks, which the official code cannot read."""


class InstanceError(ValueError):
    """Raised for a file that cannot be imported; the message names the instance, the question and the field."""


class JudgeReplyError(ValueError):
    """Raised where the marks do not fit the questions of their instance."""
