"""Errors of routers; each message is a sentence for people."""


class RoutingError(ValueError):
    """Raised for a router that does not exist, or cannot be trained on what is there."""


class TrainingSettingsError(RoutingError):
    """Raised for settings with which no router can be trained; `field` is the name of the one that is wrong."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class StudyDeletedError(RoutingError):
    """Raised where a study was deleted while a router was trained on it."""
