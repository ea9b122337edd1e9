"""Supervisor of a few processes that start and end together. Knows nothing of Django."""
