"""The example of docs/examples: Cotrast's checkers as GEPA's metric, run where DSPy is installed."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.paths import REPOSITORY

PYTHON = Path(os.environ.get("COTRAST_DSPY_TOOLS", REPOSITORY / ".venv-dspy")) / "bin" / "dspy-ready"
NEEDS_DSPY = pytest.mark.skipif(
    not PYTHON.exists(), reason=f"DSPy is not installed at {PYTHON}; `make dspy-tools` installs it"
)
PROMPTS = [
    {"prompt": f"Write about rain {number}.", "instruction_id_list": kinds, "kwargs": kwargs}
    for number in range(2)
    for kinds, kwargs in [
        (
            ["punctuation:no_comma", "length_constraints:number_words", "startend:end_checker"],
            [{}, {"num_words": 40, "relation": "less than"}, {}],
        )
    ]
]


@pytest.mark.slow
@NEEDS_DSPY
def test_gepa_reflects_on_the_evidence_of_the_checkers_and_finds_better_instructions(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text("\n".join(map(json.dumps, PROMPTS)))
    script = Path(__file__).with_name("gepa_reflection.py")
    environment = os.environ | {"DSPY_CACHEDIR": str(tmp_path / "cache")}
    done = subprocess.run(
        [PYTHON, script, prompts], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["instructions"] == "Answer the prompt and never use a comma."
    assert found["scores"][0] == 0.5  # of the two constraints that a checker decides
    assert max(found["scores"]) == 1.0
    reflection = found["reflections"][0]
    assert "Violated: No commas. 2 commas, none allowed." in reflection
    assert "Obeyed: Fewer than 40 words. 7 words." in reflection
    assert "Not checkable: " in reflection
    assert not found["django"]
