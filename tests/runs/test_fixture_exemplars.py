"""Our own exemplars: each obeys every constraint of its prompt, and none is a prompt of the demo."""

import json

from annotator.constraints import ConstraintSpec, check_all
from annotator.runs.exemplar_lines import read_exemplar_lines
from annotator.strategies import strategy_spec
from annotator.strategies.exemplars import comparable_text
from tests.paths import REPOSITORY

LINES = (REPOSITORY / "fixtures" / "exemplars.jsonl").read_text().splitlines()


def test_every_exemplar_is_strictly_obeyed() -> None:
    for row in map(json.loads, LINES):
        specs = [ConstraintSpec(*pair) for pair in zip(row["instruction_id_list"], row["kwargs"], strict=True)]
        assert [found.strict.obeyed for found in check_all(specs, row["answer"], prompt=row["prompt"])] == [True] * len(
            specs
        )


def test_they_can_be_shown_with_their_reasoning() -> None:
    parameters = {"exemplars": read_exemplar_lines(LINES), "reasoning": True}
    assert len(strategy_spec("few_shot").read_parameters(parameters).exemplars) == 4


def test_none_is_a_prompt_of_the_demo() -> None:
    demo = [json.loads(line) for line in (REPOSITORY / "fixtures" / "prompts.jsonl").read_text().splitlines()]
    prompts = {comparable_text(row["prompt"]) for row in demo}
    assert not prompts & {comparable_text(json.loads(line)["prompt"]) for line in LINES}
