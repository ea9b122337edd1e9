"""A snapshot of a study with every feature."""

from tests.releases.snapshots.conftest import folder, people, study

__all__ = ["folder", "people", "study"]
