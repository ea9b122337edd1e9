"""App configuration of runs."""

from django.apps import AppConfig


class RunsConfig(AppConfig):
    name = "annotator.runs"
