"""Reasons for repairing an answer: whose word it is, label, patterns and violated constraints."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from annotator.datasets.models import Constraint
from annotator.exemplars.models import Candidate
from annotator.runs.models import Generation, Verdict
from annotator.studies.models import Annotation, Assignment, Case, counted_cases
from annotator.studies.selectors.gold import gold_of

_LEAST_AGREEING = 2
"""Annotators who must agree before a case without gold counts as agreed."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """The reasons for one answer. `basis` says whose word `label` and `patterns` are (`Candidate.Basis`).

    `label` is the annotators' or the adjudicator's, and the outcome by verdicts where nobody has labelled the case;
    "" where its annotators do not agree. `violated` has the constraints that the answer violates, `words` the length of
    prompt and answer together.
    """

    basis: str
    label: str
    patterns: tuple[str, ...]
    violated: tuple[tuple[int, str], ...]
    words: int

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of the violated constraints, each once."""
        return tuple(dict.fromkeys(kind for _position, kind in self.violated))

    @property
    def hurt(self) -> bool:
        """Whether the case is one where the second answer is the worse one."""
        return self.label == Annotation.Label.HURT

    def to_json(self) -> dict[str, Any]:
        """Return the reasons as a candidate stores them."""
        violated = [{"position": position, "kind": kind} for position, kind in self.violated]
        stored = {**asdict(self), "patterns": list(self.patterns), "violated": violated}
        return {name: value for name, value in stored.items() if name != "basis"}


def reasons_of(cases: Collection[Case], failing: Mapping[int, Generation]) -> Mapping[int, Reasons]:
    """Return case id -> reasons for the generation in `failing`. A few queries for any number of cases."""
    ids = [case.pk for case in cases]
    gold, agreed, violated = gold_of(ids), _agreed(ids), _violated([row.pk for row in failing.values()])
    reasons = {}
    for case in cases:
        generation = failing[case.pk]
        if case.pk in gold:
            basis, label, patterns = Candidate.Basis.GOLD, gold[case.pk].label, gold[case.pk].patterns
        elif case.pk in agreed:
            basis, (label, patterns) = Candidate.Basis.AGREED, agreed[case.pk]
        else:
            basis, label, patterns = Candidate.Basis.VERDICTS, "" if case.submissions else case.outcome, ()
        words = len(case.prompt.text.split()) + len(generation.answer.split())
        reasons[case.pk] = Reasons(basis.value, label, patterns, violated[generation.pk], words)
    return reasons


def _agreed(case_ids: Sequence[int]) -> Mapping[int, tuple[str, tuple[str, ...]]]:
    """Case id -> label and the patterns that anybody named, where at least two annotators have one label."""
    submitted = Assignment.objects.filter(case__in=case_ids, status=Assignment.Status.SUBMITTED)
    newest = Annotation.objects.counted().newest().filter(assignment__in=submitted.filter(counted_cases("case__")))
    labels: dict[int, list[str]] = defaultdict(list)
    patterns: dict[int, list[str]] = defaultdict(list)
    for annotation in newest.select_related("assignment").prefetch_related("patterns").order_by("pk"):
        case_id = annotation.assignment.case_id
        labels[case_id].append(annotation.label)
        patterns[case_id] += [pattern.slug for pattern in annotation.patterns.all()]
    return {
        case_id: (found[0], tuple(dict.fromkeys(patterns[case_id])))
        for case_id, found in labels.items()
        if len(found) >= _LEAST_AGREEING and len(set(found)) == 1
    }


def _violated(generation_ids: Sequence[int]) -> Mapping[int, tuple[tuple[int, str], ...]]:
    """Generation id -> (position, kind) of the violated constraints; one on the reasoning counts in the reasoning."""
    broken = Verdict.objects.filter(generation__in=generation_ids, strict=False).order_by("constraint__position")
    rows = broken.values_list("generation_id", "scope", "constraint__scope", "constraint__position", "constraint__kind")
    found: dict[int, tuple[tuple[int, str], ...]] = defaultdict(tuple)
    for generation_id, scope, about, position, kind in rows:
        counted = Verdict.Scope.REASONING if about == Constraint.Scope.REASONING else Verdict.Scope.ANSWER
        if scope == counted:
            found[generation_id] += ((position, kind),)
    return found
