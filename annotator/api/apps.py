"""App configuration of REST API."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "annotator.api"
