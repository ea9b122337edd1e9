"""Constraint attention of a study: cached results, computed anew with every trace and every outcome.

A page first looks for a cached result. The libraries load on the first computation.
"""

from django.core.cache import cache
from django.db.models import Count, Max

from annotator.analysis.attention.values import AttentionResults
from annotator.canonical import fingerprint
from annotator.runs.models import AttentionTrace
from annotator.studies.models import Case, Study

_TIMEOUT_S = 24 * 60 * 60
_FORM = 1
"""To be raised with every change of `AttentionResults`, so that no result of an older form is read."""


def known_attention(study: Study) -> AttentionResults | None:
    """Return the cached results; None if they have to be computed."""
    known: AttentionResults | None = cache.get(_key(study))
    return known


def attention_results(study: Study) -> AttentionResults | None:
    """Return the constraint attention of a study, None where nothing of it is traced."""
    key = _key(study)
    known: AttentionResults | None = cache.get(key)
    if known is not None:
        return known
    from annotator.analysis.attention.results import computed_attention

    results = computed_attention(study)
    if results is not None:
        cache.set(key, results, _TIMEOUT_S)
    return results


def _key(study: Study) -> str:
    """Changes with every trace, and with every outcome of a case."""
    runs = [study.first_run_id, study.second_run_id]
    done = AttentionTrace.objects.filter(generation__run__in=runs, status=AttentionTrace.Status.DONE)
    newest = done.aggregate(n=Count("pk"), newest=Max("finished_at"))
    outcomes = Case.objects.filter(study=study).order_by().values_list("outcome").annotate(n=Count("pk"))
    state = [_FORM, newest["n"], str(newest["newest"]), sorted(outcomes)]
    return f"attention.{study.pk}.{fingerprint('attention', state)}"
