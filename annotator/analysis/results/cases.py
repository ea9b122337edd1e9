"""Outcomes of a study's cases: flips, swaps, kinds, lengths of reasoning, patterns. Reads only.

Every count here is the number of cases that one filter of the case list finds. Outcomes are of all cases, those for
practice and hidden checks included, since verdicts know no difference; what people say about those counts nowhere.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models.functions import Length

from annotator.analysis.counted_annotations import newest_annotations, pattern_names
from annotator.analysis.results.accuracies import FULL
from annotator.analysis.results.kind_groups import GROUPS, kind_group
from annotator.analysis.results.values import Group, LengthResult, PartResult, PatternResult
from annotator.datasets.models import Constraint
from annotator.runs.models.generations import KEPT_BY_PROVIDERS
from annotator.statistics.bootstrap import mean
from annotator.studies.models import Annotation, Assignment, Case, Study
from annotator.studies.selectors.gold import gold_of

_BINS = 4


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case: its outcome, the effect on each constraint with that constraint's kind, and the second's reasoning.

    `reasoned` is true also of reasoning that the provider keeps to itself, whose text has no length.
    """

    case_id: int
    outcome: str
    effects: Sequence[tuple[str, str]]
    reasoning_length: int
    reasoned: bool

    @property
    def swap(self) -> bool:
        """Whether a tie has one constraint gained and another lost."""
        present = {effect for _, effect in self.effects}
        return self.outcome == Case.Outcome.TIE and {"gained", "lost"} <= present


def case_rows(study: Study) -> list[CaseRow]:
    """Read the cases of a study; two queries."""
    kinds: dict[int, list[str]] = defaultdict(list)
    constraints = Constraint.objects.filter(prompt__cases__study=study).order_by("prompt", "position")
    for prompt_id, kind in constraints.values_list("prompt_id", "kind"):
        kinds[prompt_id].append(kind)
    cases = Case.objects.filter(study=study).order_by("pk").annotate(length=Length("second__reasoning"))
    return [
        CaseRow(
            pk,
            outcome,
            tuple(zip(kinds[prompt_id], contrast, strict=False)),
            length,
            reasoned=bool(length) or kind in KEPT_BY_PROVIDERS,
        )
        for pk, prompt_id, outcome, contrast, length, kind in cases.values_list(
            "pk", "prompt_id", "outcome", "contrast", "length", "second__reasoning_kind"
        )
    ]


def outcome_counts(rows: Iterable[CaseRow]) -> Mapping[str, int]:
    """Return outcome -> number of cases, with every outcome."""
    counts = Counter(row.outcome for row in rows)
    return {outcome: counts[outcome] for outcome in Case.Outcome.values}


def kind_results(rows: Sequence[CaseRow]) -> list[PartResult]:
    """Return the effect on each kind, those that lost most first."""
    kinds = sorted({kind for row in rows for kind, _ in row.effects})
    results = [_part(kind, kind_group(kind), rows, {kind}) for kind in kinds]
    return sorted(results, key=lambda part: (part.second - part.first, part.name))


def group_results(rows: Sequence[CaseRow]) -> list[PartResult]:
    """Return the effect on the planning kinds, the precision kinds and the others, without groups that do not occur."""
    kinds = {kind for row in rows for kind, _ in row.effects}
    members: dict[Group, set[str]] = {group: {k for k in kinds if kind_group(k) == group} for group in GROUPS}
    return [_part(group, group, rows, within) for group, within in members.items() if within]


def length_results(rows: Sequence[CaseRow]) -> list[LengthResult]:
    """Return the outcomes by length of the second's reasoning, in bins of about equal size; [] without any reasoning.

    A bin goes from one observed length to another, so that each of its cases is in one bin alone.
    """
    reasoned = sorted((row for row in rows if row.reasoning_length), key=lambda row: row.reasoning_length)
    if not reasoned:
        return []
    ends = sorted({reasoned[len(reasoned) * part // _BINS - 1].reasoning_length for part in range(1, _BINS + 1)})
    bins: list[LengthResult] = []
    low = 1
    for high in ends:
        inside = [row for row in reasoned if low <= row.reasoning_length <= high]
        if inside:
            bins.append(LengthResult(low, high, outcome_counts(inside)))
        low = high + 1
    return bins


def pattern_results(study: Study) -> list[PatternResult]:
    """Return how many cases have each pattern, by the label given with it, and how many by their gold."""
    submitted = newest_annotations(study).filter(assignment__status=Assignment.Status.SUBMITTED, patterns__isnull=False)
    labelled: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for slug, label, case_id in submitted.values_list("patterns__slug", "label", "assignment__case"):
        labelled[slug][label].add(case_id)
    case_ids = list(Case.objects.filter(study=study).order_by().values_list("pk", flat=True))
    gold = Counter(slug for decided in gold_of(case_ids).values() for slug in decided.patterns)
    return [
        PatternResult(slug, name, {label: len(labelled[slug][label]) for label in Annotation.Label.values}, gold[slug])
        for slug, name in pattern_names(study).items()
    ]


def _part(name: str, group: Group, rows: Sequence[CaseRow], kinds: set[str]) -> PartResult:
    """The effect on the constraints of these kinds, whole cases resampled."""
    counts = Counter[str]()
    parts = np.zeros((len(rows), 2))  # (cases, gained minus lost and decided constraints)
    gained = lost = 0
    for number, row in enumerate(rows):
        effects = Counter(effect for kind, effect in row.effects if kind in kinds)
        counts += effects
        gained += effects["gained"] > 0
        lost += effects["lost"] > 0
        parts[number] = effects["gained"] - effects["lost"], effects.total() - effects["unverifiable"]
    decided = parts[parts[:, 1] > 0]
    return PartResult(
        name=name,
        group=group,
        n=int(decided[:, 1].sum()),
        first=counts["both"] + counts["lost"],
        second=counts["both"] + counts["gained"],
        gained=gained,
        lost=lost,
        difference=FULL.estimate(decided, mean),
    )
