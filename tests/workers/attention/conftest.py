"""Importing torch takes longer than a hundred other tests: these are slow, and `make test-fast` leaves them out."""

import os
from pathlib import Path

import pytest

# Set before torch is imported: threads that sleep at barriers, as in a worker (see `load_backend`).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)
