"""Where tests find the real data that is not committed to the project."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED_DATA = Path(os.environ.get("COTRAST_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))

needs_shared_data = pytest.mark.skipif(
    not SHARED_DATA.is_dir(), reason=f"the shared data is not at {SHARED_DATA}; set COTRAST_SHARED_DATA"
)
