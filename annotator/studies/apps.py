"""App configuration of studies."""

from django.apps import AppConfig


class StudiesConfig(AppConfig):
    name = "annotator.studies"
