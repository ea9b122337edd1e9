"""The web app. It registers the system checks, because every process loads it."""

from django.apps import AppConfig

from annotator import checks  # noqa: F401 - importing it registers the checks


class WebConfig(AppConfig):
    name = "annotator.web"
