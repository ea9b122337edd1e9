"""The named ways in which a ComplexBench rule or instance cannot be used.

Every message is one sentence.
"""


class RuleError(ValueError):
    """A rule that cannot be decided. `official` is what the official code raises there, as `Type: message`."""

    def __init__(self, sentence: str, *, official: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.official = official


class ArgumentError(RuleError):
    """The rule's own text has no argument that its verb can read: no segment would ever be decided."""


class SegmentError(RuleError):
    """This segment cannot be read by the rule: it holds nothing but line breaks."""


class InstanceError(ValueError):
    """An instance file that cannot be imported; the message names the instance, the question and the field."""


class JudgeReplyError(ValueError):
    """Judge replies that do not fit their instance's questions."""
