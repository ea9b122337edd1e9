"""Errors of routers; each message is a sentence for people."""


class RoutingError(ValueError):
    """Raised for a router that does not exist, or cannot be trained on what is there."""
