"""The studies that events are about. A run may be part of several."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from django.db.models import Q

from annotator.events.models import Event
from annotator.exemplars.models import Candidate
from annotator.runs.models import Run
from annotator.studies.models import Case, Study


def studies_of_events(events: Sequence[Event]) -> Mapping[int, Collection[int]]:
    """Return event id -> ids of its studies. At most four queries, whatever the number of events."""
    of_run = _studies_of_runs({event.subject_id for event in events if event.kind.startswith("run.")})
    of_case = dict(Case.objects.filter(pk__in=_values(events, "case")).values_list("pk", "study"))
    candidates = Candidate.objects.filter(pk__in=_values(events, "candidate"))
    of_candidate = dict(candidates.values_list("pk", "case__study"))
    of_slug = dict(Study.objects.filter(slug__in=_values(events, "study")).values_list("slug", "pk"))
    found: dict[int, Collection[int]] = {}
    for event in events:
        payload = event.payload
        single = (
            of_case.get(payload.get("case")), of_candidate.get(payload.get("candidate")),
            of_slug.get(payload.get("study")),
        )  # fmt: skip
        runs = of_run.get(event.subject_id, ()) if event.kind.startswith("run.") else ()
        found[event.pk] = {*runs, *(study for study in single if study is not None)}
    return found


def completed_cases(study: Study) -> int:
    """Return the number of the study's cases if each has all its annotations and its gold, else 0.

    A study whose runs still answer gets more cases, and is not complete.
    """
    if study.cases.filter(Q(complete=False) | Q(undecided=True)).exists():
        return 0
    running = [Run.Status.RUNNING, Run.Status.PAUSED]
    if Run.objects.filter(pk__in=[study.first_run_id, study.second_run_id], status__in=running).exists():
        return 0
    return study.cases.count()


def _studies_of_runs(run_ids: Collection[int]) -> Mapping[int, Sequence[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    pairing = Study.objects.filter(Q(first_run__in=run_ids) | Q(second_run__in=run_ids)) if run_ids else ()
    for study in pairing:
        found[study.first_run_id].append(study.pk)
        found[study.second_run_id].append(study.pk)
    return found


def _values(events: Sequence[Event], name: str) -> set[int | str]:
    return {event.payload[name] for event in events if name in event.payload}
