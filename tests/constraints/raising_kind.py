"""A module of a study that fails while it is imported."""

from tests.constraints import test_registry

test_registry.IMPORTS.append("raising_kind")
raise ZeroDivisionError("the study divides by 0")
