"""Metric and textual feedback for DSPy's GEPA, from Cotrast's checkers.

Runs with dspy 3.4.1 and the checkers alone: no Django, no database (docs/examples/README.md says what to install).
`prompts` reads a file in IFEval's schema; `metric` scores an answer by the share of its constraints that are
strict-true, and hands GEPA's reflection one sentence of evidence for each constraint.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import dspy

from annotator.constraints import ConstraintSpec, Decision, check_all, title


def prompts(path: Path) -> list[dspy.Example]:
    """Read prompts with their constraints: lines of {prompt, instruction_id_list, kwargs}."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [dspy.Example(row).with_inputs("prompt") for row in rows]


def metric(
    gold: dspy.Example,
    pred: dspy.Prediction,
    trace: Any = None,
    pred_name: str | None = None,
    pred_trace: Any = None,
) -> dspy.Prediction:
    """Return the score from 0 to 1 and the feedback; a constraint that no checker decides counts in neither."""
    specs = list(map(ConstraintSpec, gold["instruction_id_list"], gold["kwargs"]))
    decisions = check_all(specs, pred.answer or "", prompt=gold.prompt)
    decided = [decision.strict.obeyed for decision in decisions if decision.strict.obeyed is not None]
    score = sum(decided) / len(decided) if decided else 0.0
    return dspy.Prediction(score=score, feedback="\n".join(map(sentence, specs, decisions)))


def sentence(spec: ConstraintSpec, decision: Decision) -> str:
    """Return what the checker found: "Violated: No commas. 3 commas, none allowed."."""
    verdict = decision.strict
    state = {True: "Obeyed", False: "Violated", None: "Not checkable"}[verdict.obeyed]
    evidence = verdict.note or verdict.observed
    return f"{state}: {title(spec.kind, spec.kwargs)}. {evidence[:1].upper()}{evidence[1:]}."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("prompts", type=Path, help="prompts in IFEval's schema, one JSON object a line")
    parser.add_argument("--model", required=True, help="the language model that answers, as dspy.LM names it")
    parser.add_argument("--reflection-model", required=True, help="the one that writes better instructions")
    parser.add_argument("--calls", type=int, default=300, help="how often the metric may be called")
    options = parser.parse_args()
    dspy.configure(lm=dspy.LM(options.model))
    reflection = dspy.LM(options.reflection_model, temperature=1.0, max_tokens=32_000)
    optimizer = dspy.GEPA(metric=metric, max_metric_calls=options.calls, reflection_lm=reflection)
    every = prompts(options.prompts)
    half = len(every) // 2
    program = optimizer.compile(dspy.Predict("prompt -> answer"), trainset=every[:half], valset=every[half:])
    sys.stdout.write(f"{program.signature.instructions}\n")


if __name__ == "__main__":
    main()
