"""Verdicts of the checkers on the texts of a generation; each text is analysed once for all checkers."""

from collections.abc import Mapping

from annotator.constraints import CHECKER_VERSION, ConstraintSpec, check_all
from annotator.datasets.models import Constraint
from annotator.runs.models import Generation, Verdict


def verdicts_for(generation: Generation, texts: Mapping[str, str]) -> list[Verdict]:
    """Return unsaved verdicts, one for each scope of `texts` and each constraint of the prompt, in that order.

    A generation without reasoning has no verdicts of the scope `reasoning`: there is no text to check.
    """
    constraints = list(Constraint.objects.filter(prompt_id=generation.prompt_id).order_by("position"))
    return [
        verdict
        for scope, text in texts.items()
        if text or scope != Verdict.Scope.REASONING
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
