"""Tasks for Label Studio: whose answer was preferred, and what its own library says of them."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from annotator.releases.label_studio import label_studio_config, label_studio_file
from annotator.studies.models import Study
from annotator.studies.services import case_next
from tests.cast import World
from tests.paths import REPOSITORY
from tests.studies.annotating import submit

PYTHON = Path(os.environ.get("COTRAST_LABEL_STUDIO", REPOSITORY / ".venv-label-studio")) / "bin" / "python"
READ = """
import json, sys
from label_studio_sdk.label_interface import LabelInterface
interface = LabelInterface(open(sys.argv[1]).read())
interface.validate()
for task in json.load(open(sys.argv[2])):
    annotations = task.pop("annotations")  # with them, its own check fails on its own argument
    assert interface.validate_task(task), task
    assert all(interface.validate_annotation(annotation) for annotation in annotations), annotations
"""


@pytest.fixture
def study(world: World, alice: object, bob: object) -> Study:
    """alice prefers what stands on the left, twice; her second case has patterns and a note."""
    for fields in ({"label": "hurt"}, {"label": "helped", "patterns": ["neglected"], "note": "It <b>counts</b>."}):
        assignment = case_next(study=world.study, annotator=alice)  # type: ignore[arg-type]
        assert assignment is not None
        submit(assignment, **fields)
    return Study.objects.select_related(
        "codebook",
        "first_run__dataset",
        "first_run__language_model",
        "second_run__dataset",
        "second_run__language_model",
    ).get(pk=world.study.pk)


def test_left_is_the_first_run_whichever_side_it_stood_on(study: Study) -> None:
    tasks = json.loads("".join(label_studio_file(study).parts))
    assert [len(task["annotations"]) for task in tasks] == [1, 1]
    for task in tasks:
        case = study.cases.get(pk=task["id"])
        assert (task["data"]["first"], task["data"]["second"]) == (case.first.answer, case.second.answer)
        regions = {region["from_name"]: region["value"] for region in task["annotations"][0]["result"]}
        second_is_left = case.assignments.get().second_is_left
        assert regions["comparison"] == {"selected": "right" if second_is_left else "left"}
        assert task["annotations"][0]["completed_by"] == study.memberships.get(user__username="alice").pseudonym


def test_a_study_without_annotations_is_an_empty_list(world: World) -> None:
    found = Study.objects.select_related("codebook").get(pk=world.study.pk)
    assert json.loads("".join(label_studio_file(found).parts)) == []


@pytest.mark.slow
@pytest.mark.skipif(not PYTHON.exists(), reason=f"Label Studio is not at {PYTHON}; `make label-studio` installs it")
def test_label_studio_accepts_interface_tasks_and_annotations(study: Study, tmp_path: Path) -> None:
    (tmp_path / "config.xml").write_text(label_studio_config(study))
    (tmp_path / "tasks.json").write_text("".join(label_studio_file(study).parts))
    command = [PYTHON, "-c", READ, tmp_path / "config.xml", tmp_path / "tasks.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
