"""The web app. It loads the system checks, because every process loads it."""

from django.apps import AppConfig

from annotator import checks  # noqa: F401 - registers its checks


class WebConfig(AppConfig):
    name = "annotator.web"
