"""A snapshot as Hugging Face's `datasets` reads it, where `make datasets-tools` has installed it."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from annotator.releases.snapshots.tables import TABLES
from tests.paths import REPOSITORY

PYTHON = Path(os.environ.get("COTRAST_DATASETS_TOOLS", REPOSITORY / ".venv-datasets")) / "bin" / "python"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON.exists(), reason=f"`make datasets-tools` installs datasets into {PYTHON.parents[1]}"),
]


def test_every_table_is_a_configuration_with_its_types(folder: Path, tmp_path: Path) -> None:
    offline = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hub")}
    script = Path(__file__).with_name("datasets_reading.py")
    done = subprocess.run([PYTHON, script, folder], env=offline, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    for table in TABLES:
        assert found[table.name]["rows"] == found[table.name]["expected"]
        assert found[table.name]["columns"] == table.names
    assert found["features"]["submitted_at"] == "Value('timestamp[us, tz=UTC]')"
    assert found["features"]["seconds"] == "Value('int64')"
    assert "'start': Value('int64')" in found["features"]["spans"]
    assert found["label"] in ("helped", "hurt", "no_difference", "cant_tell")
