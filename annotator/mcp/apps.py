"""App configuration of the tools for language models."""

from django.apps import AppConfig


class McpConfig(AppConfig):
    name = "annotator.mcp"
