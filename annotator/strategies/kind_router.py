"""Router by constraint kinds: the probability that reasoning helps, from a prompt's kinds alone.

Pure. A logistic model over the distinct kinds, with weights by hand. Knows no strategy.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from annotator.canonical import fingerprint
from annotator.constraints.messages import msg
from annotator.options import OptionsError, read_options, shown

HELPED, HURT = 1.0, -1.0
DEFAULT_WEIGHTS: Mapping[str, float] = {
    # Formatting and structure, and lexical precision against default habits: the paper's cases that reasoning helped.
    "detectable_format:json_format": HELPED,
    "detectable_format:title": HELPED,
    "detectable_format:multiple_sections": HELPED,
    "detectable_format:number_bullet_lists": HELPED,
    "detectable_format:number_highlighted_sections": HELPED,
    "detectable_format:constrained_response": HELPED,
    "detectable_content:number_placeholders": HELPED,
    "detectable_content:postscript": HELPED,
    "startend:quotation": HELPED,
    "keywords:letter_frequency": HELPED,
    "change_case:capital_word_frequency": HELPED,
    # Simple mechanical constraints, and those that a well-meant addition breaks: the cases that it hurt.
    "length_constraints:number_words": HURT,
    "length_constraints:number_sentences": HURT,
    "length_constraints:number_paragraphs": HURT,
    "combination:repeat_prompt": HURT,
    "change_case:english_lowercase": HURT,
    "change_case:english_capital": HURT,
    "punctuation:no_comma": HURT,
    "language:response_language": HURT,
}
"""Kinds that the paper names on both sides (an exact ending) or on none have the weight 0."""
_BIAS = -0.5  # 12 of the paper's 13 models lose by reasoning on IFEval: without a reason to reason, do not
_MOST_WEIGHTS = 1_000
_LARGEST = 50.0


@dataclass(frozen=True, slots=True)
class KindRouter:
    """A frozen router; `hash` is that of its other fields, and checked where it is given."""

    kind: str = "constraint_kinds"
    bias: float = _BIAS
    weights: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_WEIGHTS))
    threshold: float = 0.5
    """The probability from which on the strategy reasons."""
    hash: str = ""

    def __post_init__(self) -> None:
        if self.kind != "constraint_kinds":
            values = {"kind": shown(self.kind), "known": "constraint_kinds, tfidf, wordllama"}
            raise OptionsError(msg("router: unknown kind %(kind)s; known kinds: %(known)s.", **values))
        if not 0 <= self.threshold <= 1:
            raise OptionsError(
                msg("router: threshold=%(value)s: give a number from 0 to 1.", value=shown(self.threshold))
            )
        if len(self.weights) > _MOST_WEIGHTS:
            many = {"n": f"{len(self.weights):,}", "cap": f"{_MOST_WEIGHTS:,}"}
            raise OptionsError(msg("router: weights: there are %(n)s; give at most %(cap)s.", **many))
        for name, value in {"bias": self.bias, **self.weights}.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
                weight = {"name": shown(name), "value": shown(value)}
                raise OptionsError(
                    msg("router: the weight of %(name)s must be a number from -50 to 50, not %(value)s.", **weight)
                )
        content = {"kind": self.kind, "bias": float(self.bias), "threshold": float(self.threshold)}
        weights = {name: float(value) for name, value in self.weights.items()}
        digest = fingerprint("router-1", {**content, "weights": weights})
        if self.hash not in ("", digest):
            raise OptionsError(
                msg("router: the hash does not fit its content; leave it out, or give %(hash)s.", hash=repr(digest))
            )
        # 1 and 1.0 are the same weight and must have the same canonical JSON.
        canonical = {**content, "weights": weights, "hash": digest}
        for name in canonical:
            object.__setattr__(self, name, canonical[name])

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "KindRouter":
        """Read a router; `{}` is the default one. Raises OptionsError."""
        return read_options(cls, value, where="router")

    def to_json(self) -> dict[str, Any]:
        """Return every field by name, as it is stored with a run."""
        return asdict(self)

    def probability(self, kinds: Iterable[str]) -> float:
        """Return the probability that reasoning helps with constraints of these kinds; a repeated kind counts once."""
        logit = self.bias + sum(self.weights.get(kind, 0.0) for kind in set(kinds))
        return 1 / (1 + math.exp(-max(-_LARGEST, min(_LARGEST, logit))))
