"""Recomputation of outcomes after verdicts changed: a judge replied, or replies were imported."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from annotator.studies.contrast import outcome
from annotator.studies.models import Case, Study
from annotator.studies.services.pairing import Pair, effects_of

_CHUNK = 500


@transaction.atomic
def run_regrade(*, run_id: int) -> int:
    """Recompute the outcomes of all cases that pair this run. Returns how many changed; annotations stay."""
    studies = Study.objects.filter(Q(first_run_id=run_id) | Q(second_run_id=run_id)).order_by("pk")
    return sum(_regrade_study(study) for study in studies)


def _regrade_study(study: Study) -> int:
    # Locked before the verdicts are read, so that of two concurrent calls the later one reads no older verdicts.
    cases = list(
        Case.objects.select_for_update(of=("self",)).filter(study=study).select_related("prompt").order_by("pk")
    )
    return sum(_regrade(study, cases[start : start + _CHUNK]) for start in range(0, len(cases), _CHUNK))


def _regrade(study: Study, cases: Sequence[Case]) -> int:
    effects = effects_of(
        study.scope, [Pair(case.prompt_id, case.prompt.key, case.first_id, case.second_id) for case in cases]
    )
    changed = [case for case in cases if effects.get(case.prompt_id, case.contrast) != case.contrast]
    for case in changed:
        case.contrast = effects[case.prompt_id]
        case.outcome = outcome(case.contrast)
        case.disagreeing_constraints = sum(change != "both" for change in case.contrast)
    Case.objects.bulk_update(changed, ["contrast", "outcome", "disagreeing_constraints"])
    return len(changed)
