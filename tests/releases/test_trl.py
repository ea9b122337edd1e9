"""Training rows as TRL and `datasets` read them, where `make trl-tools` has installed both."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from annotator.releases.pairs import PAIR_FORMATS, pairs_file
from annotator.releases.prompt_sets import prompt_set_file
from tests.cast import World
from tests.paths import REPOSITORY
from tests.releases.curated import make_curated

TOOLS = Path(os.environ.get("COTRAST_TRL_TOOLS", REPOSITORY / ".venv-trl")) / "bin"
THOUGHT = "No commas: I write one short sentence."

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (TOOLS / "trl").exists(), reason=f"TRL is not installed in {TOOLS}; `make trl-tools` installs it"
    ),
]


def test_trl_loads_renders_and_trains_on_every_file(world: World, dan: User, tmp_path: Path) -> None:
    curated = make_curated(world.study, dan)
    files = {format: pairs_file(world.study, format) for format in PAIR_FORMATS}
    files["messages"] = prompt_set_file(curated.prompt_set, "messages")
    for format, file in files.items():
        (tmp_path / f"{format}.jsonl").write_text("".join(file.parts))
    offline = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hub"), "CUDA_VISIBLE_DEVICES": ""}
    script = Path(__file__).with_name("trl_reading.py")
    command = [TOOLS / "python", script, tmp_path]
    done = subprocess.run(command, cwd=tmp_path, env=offline, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert {format: read["rows"] for format, read in found.items()} == {
        "messages": 2,
        "supervised": 2,
        "trl-preference": 2,
        "trl-unpaired": 8,
    }
    for format, read in found.items():
        assert (read["conversational"], read["steps"]) == (True, 1), format
    assert found["trl-preference"]["unpaired"] == 4
    for format in ("messages", "supervised", "trl-preference"):
        with_reasoning, without = found[format]["rendered"]
        assert f"<think>\n{THOUGHT}\n</think>\n\nTea of course." in with_reasoning
        assert "None" not in without
        assert "a red bike" in without
