"""The app `routing`."""

from django.apps import AppConfig


class RoutingConfig(AppConfig):
    """Trained routers and their reports."""

    name = "annotator.routing"
