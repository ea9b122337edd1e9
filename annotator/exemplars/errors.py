"""Errors of repairs, exemplars and prompt sets; each message is a sentence for people."""


class RepairError(ValueError):
    """Raised for a repair that cannot be requested, stored or approved."""


class NotProvedError(RepairError):
    """Raised where an answer does not satisfy every constraint, or a constraint that no checker decides is unticked."""


class StaleApprovalError(RepairError):
    """Raised where what is approved is not what was seen: an edit or a new checker version came between."""


class PromptSetError(ValueError):
    """Raised for a prompt set that cannot be made, changed or used."""


class StalePromptSetError(PromptSetError):
    """Raised where somebody changed the set after it was seen."""
