"""IFBench's kinds that Cotrast cannot check: accepted, with the reason in every verdict."""

from typing import ClassVar

from annotator.constraints.checker import UndecidableError
from annotator.constraints.ifbench.finding import Finding, FixedChecker
from annotator.constraints.messages import msg
from annotator.constraints.text_variants import TextVariant


class UnverifiableChecker(FixedChecker):
    """A kind whose official decision needs something that cannot be installed; `reason` says what."""

    reason: ClassVar[str]

    def find(self, variant: TextVariant) -> Finding:
        raise UndecidableError(self.reason)


class StartVerb(UnverifiableChecker):
    """The first token is tagged as a verb by nltk's averaged perceptron, whose weights no package carries."""

    kind = "words:start_verb"
    label = msg("Verb at the start")
    requirement = msg("a verb as the first word")
    reason = msg("the official checker needs nltk's part-of-speech tagger, whose weights come in no package")
