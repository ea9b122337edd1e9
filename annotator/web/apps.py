"""The web app. It also brings the system checks along: it is the highest room that every process loads."""

from django.apps import AppConfig

from annotator import checks  # noqa: F401 - registers its checks


class WebConfig(AppConfig):
    name = "annotator.web"
