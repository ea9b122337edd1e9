"""Picking of answers to repair: hurt cases, ranked by new patterns and kinds, difference and length.

Gold comes first, then cases on which annotators agree, then those where nobody has labelled and the verdicts alone say
that the second answer is worse; each proposal says which. A case that is a candidate already is left out, and what it
covers counts as covered.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Q

from annotator.datasets.models import Constraint
from annotator.exemplars.models import Candidate
from annotator.exemplars.selectors.reasons import Reasons, reasons_of
from annotator.runs.models import Generation
from annotator.studies.models import Annotation, Case, Study, counted_cases
from annotator.studies.selectors.gold import with_gold_label

# The first case of a pattern is worth two of a kind: patterns are what annotators have named, kinds what anyone counts.
# Difference and length decide among equals.
PATTERN_WEIGHT, KIND_WEIGHT, DIFFERENCE_WEIGHT, LENGTH_WEIGHT = 2.0, 1.0, 1.0, 0.5
_MIDDLING_WORDS = 200
"""Prompt and answer of this length are worth half of a short one: exemplars share a budget of tokens."""
_BASES = (Candidate.Basis.GOLD, Candidate.Basis.AGREED, Candidate.Basis.VERDICTS)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One case proposed for repair. `reasons` are those that its candidate would store, and why it has its rank.

    Besides `Reasons.to_json()` they have the `rank` from 1, and `new_patterns` and `new_kinds`: those that no candidate
    and no proposal before this one has. `rank_score` is comparable only within one basis of one list.
    """

    case: Case
    generation: Generation
    basis: str
    reasons: dict[str, Any]
    rank_score: float


@dataclass(slots=True)
class _Pooled:
    """A case that can be proposed; `nearest` is its greatest similarity to a prompt that was picked before."""

    case: Case
    reasons: Reasons
    words: frozenset[str]
    nearest: float = 0.0


@dataclass(slots=True)
class _Covered:
    """How often candidates and earlier proposals have each pattern and each violated kind."""

    patterns: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, patterns: Iterable[str], kinds: Iterable[str]) -> None:
        self.patterns.update(patterns)
        self.kinds.update(kinds)

    def score(self, pooled: _Pooled) -> float:
        """The worth of picking this case next: what it covers counts less the more often it is covered."""
        reasons = pooled.reasons
        return (
            PATTERN_WEIGHT * sum(1 / (1 + self.patterns[slug]) for slug in reasons.patterns)
            + KIND_WEIGHT * sum(1 / (1 + self.kinds[kind]) for kind in reasons.kinds)
            + DIFFERENCE_WEIGHT * (1 - pooled.nearest)
            + LENGTH_WEIGHT / (1 + reasons.words / _MIDDLING_WORDS)
        )


def proposals(study: Study, *, limit: int = 50) -> list[Proposal]:
    """Return the cases of a study that are best repaired next, greedily ranked within each basis. A few queries."""
    pool, covered = _pool(study), _covered(study)
    picked: list[Proposal] = []
    for basis in _BASES:
        waiting = [pooled for pooled in pool if pooled.reasons.basis == basis]
        while waiting and len(picked) < limit:
            # The earliest of equals: the list is the same at every look.
            best = max(waiting, key=lambda pooled: (covered.score(pooled), -pooled.case.pk))
            picked.append(_proposal(best, covered, rank=len(picked) + 1))
            covered.add(best.reasons.patterns, best.reasons.kinds)
            waiting.remove(best)
            for pooled in pool:
                pooled.nearest = max(pooled.nearest, _similarity(pooled.words, best.words))
    return picked


def _pool(study: Study) -> list[_Pooled]:
    """The hurt cases that can be repaired, by id."""
    unlabelled = Q(gold__isnull=True) | Q(gold="")
    hurt = Q(gold=Annotation.Label.HURT)
    agreed, by_verdicts = Q(submissions__gte=2), Q(submissions=0, outcome=Case.Outcome.HURT)
    constraints = Constraint.objects.filter(prompt=OuterRef("prompt"))
    cases = with_gold_label(study.cases.filter(Exists(constraints), second__status=Generation.Status.DONE))
    cases = cases.filter(counted_cases(), candidates__isnull=True)
    # The reasoning is not read: it is the longest text of a case.
    found = list(
        cases.filter(hurt | unlabelled & (agreed | by_verdicts))
        .select_related("study", "prompt", "second")
        .defer("second__completion", "second__reasoning")
        .order_by("pk")
    )
    reasons = reasons_of(found, {case.pk: case.second for case in found})
    return [
        _Pooled(case, reasons[case.pk], frozenset(case.prompt.text.lower().split()))
        for case in found
        if reasons[case.pk].hurt
    ]


def _covered(study: Study) -> _Covered:
    covered = _Covered()
    candidates = Candidate.objects.filter(case__study=study, rejected_at=None)
    for reasons in candidates.order_by("pk").values_list("reasons", flat=True):
        kinds = {violated["kind"] for violated in reasons.get("violated", [])}
        covered.add(reasons.get("patterns", []), kinds)
    return covered


def _proposal(pooled: _Pooled, covered: _Covered, *, rank: int) -> Proposal:
    reasons = pooled.reasons
    why = {
        "rank": rank,
        "new_patterns": [slug for slug in reasons.patterns if not covered.patterns[slug]],
        "new_kinds": [kind for kind in reasons.kinds if not covered.kinds[kind]],
    }
    stored = {**reasons.to_json(), **why}
    return Proposal(pooled.case, pooled.case.second, reasons.basis, stored, round(covered.score(pooled), 3))


def _similarity(words: frozenset[str], others: frozenset[str]) -> float:
    """The Jaccard similarity of two sets of words."""
    together = words | others
    return len(words & others) / len(together) if together else 1.0
