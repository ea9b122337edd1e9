"""The app `exemplars`."""

from django.apps import AppConfig


class ExemplarsConfig(AppConfig):
    """Repairs, exemplars and prompt sets."""

    name = "annotator.exemplars"
