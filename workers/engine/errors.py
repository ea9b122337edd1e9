"""Errors of a backend as a whole, transient or permanent.

A request that fails alone is a completion, not an error.
"""


class EngineError(Exception):
    """A backend could not be loaded or could not continue; the message is one sentence for people."""


class PermanentEngineError(EngineError):
    """An error that another attempt does not change: a wrong option, a model that does not exist."""


class TransientEngineError(EngineError):
    """An error after which a later attempt may succeed: a hub that is unreachable, a device without free memory."""


class AccessRefusedError(PermanentEngineError):
    """A provider that refuses the account in mid-work: its key was revoked, its credit is used up."""
