"""Recomputation of outcomes after verdicts changed: a judge replied, or replies were imported."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from annotator.studies.models import Case, EarlierRuns, Study
from annotator.studies.services.grading import Pair, grades_of

_CHUNK = 500


@transaction.atomic
def run_regrade(*, run_id: int) -> int:
    """Recompute the outcomes of all cases that pair this run. Returns how many changed; annotations stay."""
    earlier = EarlierRuns.objects.filter(Q(first_run_id=run_id) | Q(second_run_id=run_id)).values("study")
    pairing = Q(first_run_id=run_id) | Q(second_run_id=run_id) | Q(pk__in=earlier)
    studies = Study.objects.filter(pairing).order_by("pk")
    return sum(_regrade_study(study) for study in studies)


def _regrade_study(study: Study) -> int:
    # Locked before the verdicts are read, so that of two concurrent calls the later one reads no older verdicts.
    cases = list(
        Case.objects.select_for_update(of=("self",)).filter(study=study).select_related("prompt").order_by("pk")
    )
    return sum(_regrade(study, cases[start : start + _CHUNK]) for start in range(0, len(cases), _CHUNK))


def _regrade(study: Study, cases: Sequence[Case]) -> int:
    pairs = [Pair(case.prompt_id, case.prompt.key, case.first_id, case.second_id) for case in cases]
    grades = grades_of(study, pairs)
    changed: list[Case] = []
    for case in cases:
        fields = grades[case.prompt_id].fields() if case.prompt_id in grades else {}
        if any(getattr(case, name) != value for name, value in fields.items()):
            for name, value in fields.items():
                setattr(case, name, value)
            changed.append(case)
    Case.objects.bulk_update(changed, ["contrast", "outcome", "disagreeing_constraints"])
    return len(changed)
