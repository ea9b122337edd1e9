"""The operations app: it only brings its commands along."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "annotator.operations"
