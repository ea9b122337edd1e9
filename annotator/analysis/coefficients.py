"""Agreement coefficients of annotations. Loads numpy, scipy and statsmodels.

Turns annotations into ratings; the coefficients are those of `annotator.statistics`. Does not read the database.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np

from annotator.analysis.agreement_values import (
    BlindChoices,
    Coefficients,
    PairAgreement,
    PairPage,
    PartAgreement,
    ShownAgreement,
    StudyAgreement,
)
from annotator.analysis.counted_annotations import CountedAnnotation
from annotator.statistics.agreement import cohen_kappas, gwet_ac1, krippendorff_alpha, raw_agreement
from annotator.statistics.bias import position_bias
from annotator.statistics.bootstrap import DEFAULT, mean
from annotator.statistics.estimates import Estimate
from annotator.statistics.records import Ratings, presence
from annotator.statistics.spans import Span, span_f1
from annotator.studies.models import Annotation, Study

PAIRS_AT_ONCE = 20

BlindChoice = tuple[int, str, bool, str]
"""(case id, side chosen, whether the second run's answer was on the left, when the study showed the verdicts)"""

Rate = Callable[[Iterable[CountedAnnotation]], Ratings]


def study_coefficients(
    annotations: Sequence[CountedAnnotation],
    *,
    names: Mapping[str, str],
    choices: Iterable[BlindChoice],
) -> StudyAgreement:
    """Compute the agreement of all annotators. `names` is slug -> name of the study's patterns."""
    by_case = Counter(annotation.case_id for annotation in annotations)
    spans = _span_f1(annotations)
    made = list(choices)
    label, blind = _coefficients(label_ratings(annotations)), _blind(made)
    return StudyAgreement(
        annotations=len(annotations),
        annotators=len({annotation.annotator_id for annotation in annotations}),
        cases=len(by_case),
        shared=sum(n > 1 for n in by_case.values()),
        label=label,
        spans=spans(None),
        patterns=[_pattern(annotations, slug, name, spans(slug)) for slug, name in names.items()],
        blind=blind,
        by_verdicts_shown=_by_verdicts_shown(annotations, made, label, blind),
    )


def kind_coefficients(
    annotations: Iterable[CountedAnnotation], kinds: Mapping[int, frozenset[str]]
) -> Sequence[PartAgreement]:
    """Compute agreement on the label for each kind of constraint. `kinds` is case id -> kinds of its constraints."""
    judged: dict[str, list[CountedAnnotation]] = defaultdict(list)
    for annotation in annotations:
        for kind in kinds.get(annotation.case_id, ()):
            judged[kind].append(annotation)
    return [
        PartAgreement(name=kind, annotations=len(rows), coefficients=_coefficients(label_ratings(rows)))
        for kind, rows in sorted(judged.items())
    ]


def pair_kappas(
    annotations: Iterable[CountedAnnotation], rate: Rate, *, pseudonyms: Mapping[int, str], start: int
) -> PairPage:
    """Compute Cohen's kappa of `PAIRS_AT_ONCE` pairs from index `start`; pairs with most shared cases come first."""
    by_case: dict[int, list[CountedAnnotation]] = defaultdict(list)
    for annotation in annotations:
        by_case[annotation.case_id].append(annotation)
    shared: dict[tuple[int, int], list[CountedAnnotation]] = defaultdict(list)
    for judged in by_case.values():
        ordered = sorted(judged, key=lambda annotation: pseudonyms[annotation.annotator_id])
        for first, second in combinations(ordered, 2):
            shared[first.annotator_id, second.annotator_id] += (first, second)
    order = sorted(shared, key=lambda pair: (-len(shared[pair]), *(pseudonyms[user_id] for user_id in pair)))
    end = start + PAIRS_AT_ONCE
    return PairPage(
        rows=[_pair(pair, shared[pair], rate, pseudonyms) for pair in order[start:end]],
        total=len(order),
        after=end if end < len(order) else None,
    )


def label_ratings(annotations: Iterable[CountedAnnotation]) -> Ratings:
    """Read the labels as ratings; the categories are all labels."""
    rows = ((annotation.case_id, annotation.annotator_id, annotation.label) for annotation in annotations)
    return Ratings.of(rows, categories=Annotation.Label.values)


def pattern_ratings(slug: str) -> Rate:
    """Return a function that rates a pattern as present or absent, and as missing if the codebook did not have it."""

    def rate(annotations: Iterable[CountedAnnotation]) -> Ratings:
        coded = ((e.case_id, e.annotator_id, e.patterns if slug in e.offered_patterns else None) for e in annotations)
        return presence(coded, slug)

    return rate


def _coefficients(ratings: Ratings) -> Coefficients:
    return Coefficients(raw=raw_agreement(ratings), alpha=krippendorff_alpha(ratings), ac1=gwet_ac1(ratings))


def _pattern(annotations: Sequence[CountedAnnotation], slug: str, name: str, spans: Estimate) -> PartAgreement:
    return PartAgreement(
        name=name,
        annotations=sum(slug in annotation.patterns for annotation in annotations),
        coefficients=_coefficients(pattern_ratings(slug)(annotations)),
        spans=spans,
    )


def _span_f1(annotations: Sequence[CountedAnnotation]) -> Callable[[str | None], Estimate]:
    """Return a function from a pattern's slug, or None for any pattern, to the agreement on evidence spans.

    Cases without a marked span, which are most, are left out: they carry no information on it.
    """
    judged: dict[int, list[CountedAnnotation]] = defaultdict(list)
    marked: dict[str | None, dict[tuple[int, int], list[Span]]] = defaultdict(lambda: defaultdict(list))
    for annotation in annotations:
        judged[annotation.case_id].append(annotation)
        for mark in annotation.evidence:
            for pattern in (None, mark.pattern):
                marked[pattern][annotation.case_id, annotation.annotator_id].append((mark.text, mark.start, mark.end))

    def estimate(pattern: str | None) -> Estimate:
        spans = marked[pattern]
        return span_f1(
            (case_id, row.annotator_id, spans.get((case_id, row.annotator_id), ()))
            for case_id in dict.fromkeys(case_id for case_id, _ in spans)
            for row in judged[case_id]
            if pattern is None or pattern in row.offered_patterns
        )

    return estimate


def _by_verdicts_shown(
    annotations: Sequence[CountedAnnotation], choices: Sequence[BlindChoice], label: Coefficients, blind: BlindChoices
) -> Sequence[ShownAgreement]:
    """A part for each setting that anything was made under; a single one has the numbers of the whole."""
    judged = Counter(annotation.verdicts_shown for annotation in annotations)
    found = [shown for shown in Study.VerdictsShown.values if shown in judged or any(c[3] == shown for c in choices)]
    if len(found) == 1:
        return [ShownAgreement(found[0], len(annotations), label, blind)]
    return [
        ShownAgreement(
            verdicts_shown=shown,
            annotations=judged[shown],
            label=_coefficients(
                label_ratings(annotation for annotation in annotations if annotation.verdicts_shown == shown)
            ),
            blind=_blind([choice for choice in choices if choice[3] == shown]),
        )
        for shown in found
    ]


def _blind(choices: Sequence[BlindChoice]) -> BlindChoices:
    """Summarize the choices; ties count for no side. The second run's share is bootstrapped by case.

    Choices on one case depend on each other, so that resampling single choices would give too short an interval.
    """
    sides = Counter(side for _, side, *_ in choices)
    by_case: dict[int, list[bool]] = defaultdict(list)
    for case_id, side, second_is_left, _shown in choices:
        if side != "same":
            by_case[case_id].append((side == "left") == second_is_left)
    parts = np.array([(sum(chosen), len(chosen)) for chosen in by_case.values()], dtype=float).reshape(-1, 2)
    return BlindChoices(
        position=position_bias(left=sides["left"], right=sides["right"]),
        second=DEFAULT.estimate(parts, mean),
    )


def _pair(
    pair: tuple[int, int], annotations: Sequence[CountedAnnotation], rate: Rate, pseudonyms: Mapping[int, str]
) -> PairAgreement:
    first, second = (pseudonyms[user_id] for user_id in pair)
    kappa = next(iter(cohen_kappas(rate(annotations)).values()), Estimate.missing(0, "not enough data"))
    return PairAgreement(first=first, second=second, kappa=kappa)
