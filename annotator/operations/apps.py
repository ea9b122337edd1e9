"""The operations app. It has commands and no tables."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "annotator.operations"
