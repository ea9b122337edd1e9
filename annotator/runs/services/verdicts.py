"""Turns a generation's texts into unsaved verdicts, for both scopes, with one analysis of each text."""

from annotator.constraints import CHECKER_VERSION, ConstraintSpec, check_all
from annotator.corpus.models import Constraint
from annotator.runs.models import Generation, Verdict


def verdicts_for(generation: Generation, *, answer: str, completion: str) -> list[Verdict]:
    """One verdict for each constraint of the generation's prompt and each scope, in that order."""
    constraints = list(Constraint.objects.filter(prompt_id=generation.prompt_id).order_by("position"))
    texts = {Verdict.Scope.ANSWER: answer, Verdict.Scope.COMPLETION: completion}
    return [
        verdict
        for scope, text in texts.items()
        for verdict in _decided(generation, constraints, scope=scope, text=text)
    ]


def _decided(generation: Generation, constraints: list[Constraint], *, scope: str, text: str) -> list[Verdict]:
    specs = [ConstraintSpec(constraint.kind, constraint.kwargs) for constraint in constraints]
    decisions = check_all(specs, text, prompt=generation.prompt.text)
    return [
        Verdict(
            generation=generation,
            constraint=constraint,
            scope=scope,
            strict=decision.strict.obeyed,
            loose=decision.loose.obeyed,
            evidence={"strict": decision.strict.as_stored(), "loose": decision.loose.as_json()},
            checker_version=CHECKER_VERSION,
        )
        for constraint, decision in zip(constraints, decisions, strict=True)
    ]
