"""Results of a study: read from the database, computed and cached.

A page first looks for a cached result, since the intervals of many runs take seconds. The libraries load on the first
computation.
"""

from collections.abc import Sequence

from django.core.cache import cache
from django.db.models import Count, Max, Q, QuerySet

from annotator.analysis.cache import annotations_key
from annotator.analysis.results.values import StudyResults
from annotator.canonical import fingerprint
from annotator.datasets.models import Prompt
from annotator.runs.models import JudgeReply, Run, Verdict
from annotator.studies.models import Case, Study

_TIMEOUT_S = 24 * 60 * 60
_FORM = 7
"""To be raised with every change of `StudyResults` or of its figures, so that no result of an older form is read."""


def runs_compared(study: Study, visible: QuerySet[Run]) -> list[Run]:
    """Return the study's two runs, then the other finished runs of its dataset among `visible`, repeats left out."""
    own = [study.first_run_id, study.second_run_id]
    wanted = Q(pk__in=own) | Q(status=Run.Status.DONE, repeat_of=None, archived_at=None)
    runs = visible.filter(wanted, dataset=study.first_run.dataset_id).select_related("dataset", "language_model")
    ordered = sorted(runs.distinct(), key=lambda run: (own.index(run.pk) if run.pk in own else len(own), run.pk))
    once = {run.fingerprint: run for run in reversed(ordered)}  # another lead's run of the same is no second one
    return [run for run in ordered if once[run.fingerprint] is run]


def known_results(study: Study, runs: Sequence[Run]) -> StudyResults | None:
    """Return the cached results; None if they have to be computed."""
    known: StudyResults | None = cache.get(_key(study, runs))
    return known


def study_results(study: Study, runs: Sequence[Run]) -> StudyResults:
    """Return the results of the study and of `runs`, which are `runs_compared`."""
    key = _key(study, runs)
    known: StudyResults | None = cache.get(key)
    if known is not None:
        return known
    from annotator.analysis.results.assembly import assembled_results

    results = assembled_results(study, runs)
    cache.set(key, results, _TIMEOUT_S)
    return results


def _key(study: Study, runs: Sequence[Run]) -> str:
    """Changes with every verdict, judge reply, case, defect and annotation that the results are computed from."""
    ids = [run.pk for run in runs]
    repeats = list(Run.objects.filter(repeat_of__in=ids, status=Run.Status.DONE).values_list("pk", flat=True))
    verdicts = Verdict.objects.filter(generation__run__in=[*ids, *repeats]).aggregate(
        n=Count("pk"),
        newest=Max("pk"),
        strict=Count("pk", filter=Q(strict=True)),
        loose=Count("pk", filter=Q(loose=True)),
    )
    outcomes = Case.objects.filter(study=study).order_by().values_list("outcome").annotate(n=Count("pk"))
    judged = JudgeReply.objects.filter(generation__run__in=ids, status=JudgeReply.Status.DONE).count()
    of_dataset = Prompt.objects.filter(dataset=study.first_run.dataset_id)
    defective = list(of_dataset.exclude(known_defects=[]).order_by("pk").values_list("pk", flat=True))
    state = [
        _FORM,
        judged,
        defective,
        ids,
        sorted(repeats),
        verdicts,
        sorted(outcomes),
        annotations_key(study),
        study.title,
        study.order,
    ]
    return f"results.{study.pk}.{fingerprint('results', state)}"
