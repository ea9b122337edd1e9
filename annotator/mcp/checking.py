"""The tools `verify` and `route`: checkers on a text, and a router on a prompt. Both store nothing."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field

from annotator.constraints import (
    CHECKER_VERSION,
    ConstraintArgumentError,
    ConstraintSpec,
    UnknownKindError,
    check_all,
    title,
    validate,
)
from annotator.constraints.time_budget import TimeIsUpError, time_budget
from annotator.embeddings.wheels import EmbeddingsMissingError
from annotator.mcp.errors import Refused
from annotator.mcp.texts import cut
from annotator.routing.decisions import decision
from annotator.routing.errors import RoutingError
from annotator.routing.selectors import frozen_router, newest_router, router_called

MAX_TEXT = 100_000  # characters
MAX_CONSTRAINTS = 20
MAX_SECONDS = 2.0  # of the processor, for one call
_MOST_SPANS = 50
_MOST_NOTE = 500  # characters


class ConstraintArgument(BaseModel):
    """One constraint of a prompt."""

    kind: str = Field(max_length=96, description="Such as length_constraints:number_words.")
    kwargs: dict[str, Any] = Field(default_factory=dict, description="The arguments of the kind, as IFEval names them.")


def verified(response: str, constraints: Sequence[ConstraintArgument], prompt: str) -> dict[str, Any]:
    """Check a response against constraints; return the verdicts in their order. Raises Refused."""
    _refuse_long("response", response)
    _refuse_long("prompt", prompt)
    if not 1 <= len(constraints) <= MAX_CONSTRAINTS:
        raise Refused(f"There are {len(constraints)} constraints; send from 1 to {MAX_CONSTRAINTS}.")
    with time_budget(MAX_SECONDS):
        specs = [_spec(number, constraint) for number, constraint in enumerate(constraints, 1)]
        decisions = check_all(specs, response, prompt=prompt)
    verdicts = [
        {
            "kind": spec.kind,
            "title": cut(str(title(spec.kind, spec.kwargs)), _MOST_NOTE),
            "strict": bounded_evidence(found.strict.as_json()),
            "loose": bounded_evidence(found.loose.as_json()),
        }
        for spec, found in zip(specs, decisions, strict=True)
    ]
    return {"checker_version": CHECKER_VERSION, "verdicts": verdicts}


def routed(prompt: str, router: str) -> dict[str, Any]:
    """Decide by a router whether to reason about a prompt. Raises Refused."""
    _refuse_long("prompt", prompt)
    try:
        row = router_called(router) if router else newest_router()
        frozen = frozen_router(row)
        return {**decision(row, frozen, frozen.probability(prompt))}
    except (RoutingError, EmbeddingsMissingError) as error:
        raise Refused(str(error)) from None


def bounded_evidence(evidence: dict[str, Any]) -> dict[str, Any]:
    """Return evidence with no more than 50 spans and with short texts: a list of all commas helps nobody."""
    spans = evidence["spans"]
    texts = {name: cut(evidence[name], _MOST_NOTE) for name in ("observed", "required", "note")}
    left_out = {"spans_left_out": len(spans) - _MOST_SPANS} if len(spans) > _MOST_SPANS else {}
    return {**evidence, **texts, "spans": spans[:_MOST_SPANS], **left_out}


def _spec(number: int, constraint: ConstraintArgument) -> ConstraintSpec:
    try:
        return ConstraintSpec(constraint.kind, validate(constraint.kind, constraint.kwargs))
    except (UnknownKindError, ConstraintArgumentError) as error:
        raise Refused(cut(f"Constraint {number}: {error}", 2_000)) from None
    except TimeIsUpError:
        raise Refused(
            f"The patterns take more than {MAX_SECONDS:g} seconds to read; send fewer or shorter ones."
        ) from None


def _refuse_long(name: str, text: str) -> None:
    if len(text) > MAX_TEXT:
        raise Refused(f"The {name} has {len(text):,} characters; at most {MAX_TEXT:,} fit, send a shorter one.")
