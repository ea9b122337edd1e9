"""Verdicts of the checkers on the texts of a generation; each text is analysed once for all checkers."""

from collections.abc import Iterable, Mapping, Sequence

from annotator import constraints as checkers
from annotator.constraints import CHECKER_VERSION, ConstraintSpec, Decision, check_all
from annotator.constraints.messages import msg
from annotator.datasets.models import Constraint
from annotator.runs.models import Generation, Verdict


def verdicts_for(
    generation: Generation, texts: Mapping[str, str], constraints: Sequence[Constraint] | None = None
) -> list[Verdict]:
    """Return unsaved verdicts, one for each scope of `texts` and each constraint of the prompt, in that order.

    `constraints` are those of the prompt in order, where the caller has read them already. A text that stands in two
    scopes, as an answer without reasoning is the whole completion, is checked once.

    Where a generation has no reasoning there is no text to check in the scope `reasoning`: constraints on the answer
    have no verdict in it, and those on the reasoning one that is unverifiable.
    """
    if constraints is None:
        constraints = list(Constraint.objects.filter(prompt_id=generation.prompt_id).order_by("position"))
    specs = [ConstraintSpec(constraint.kind, constraint.kwargs) for constraint in constraints]
    verdicts, decided = list[Verdict](), dict[str, list[Decision]]()
    for scope, text in texts.items():
        if text or scope != Verdict.Scope.REASONING:
            if text not in decided:
                decided[text] = check_all(specs, text, prompt=generation.prompt.text)
            verdicts += _verdicts(generation, constraints, decided[text], scope=scope)
        else:
            on_reasoning = [row for row in constraints if row.scope == Constraint.Scope.REASONING]
            verdicts += _verdicts(generation, on_reasoning, map(_without_reasoning, on_reasoning), scope=scope)
    return verdicts


def _without_reasoning(constraint: Constraint) -> Decision:
    verdict = checkers.Verdict(
        obeyed=None,
        observed=msg("no reasoning"),
        required=checkers.title(constraint.kind, constraint.kwargs),
        note=msg("the constraint is about the reasoning, and there is none"),
    )
    return Decision(constraint.kind, verdict, verdict)


def _verdicts(
    generation: Generation, constraints: Iterable[Constraint], decisions: Iterable[Decision], *, scope: str
) -> list[Verdict]:
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
