"""Errors of a backend as a whole, transient or permanent.

A request that fails alone is a completion, not an error.
"""


class EngineError(Exception):
    """A backend could not be made or could not go on; carries one sentence for a person."""


class PermanentEngineError(EngineError):
    """Trying again changes nothing: a wrong option, a model that does not exist."""


class TransientEngineError(EngineError):
    """Trying again later may work: a hub or a device that is out of reach for now."""
