"""New prompts for a running study: its runs go on over a later dataset version, and cases are added.

What was annotated stays as it was: a case keeps its prompt and its generations, also where the later version changed or
removed the prompt.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from annotator.datasets.models import Dataset
from annotator.events.services import event_append
from annotator.runs.errors import RunError
from annotator.runs.models import Run
from annotator.runs.services.continuation import run_continue
from annotator.studies.errors import StudyRefused
from annotator.studies.models import EarlierRuns, Study
from annotator.studies.selectors.new_prompts import new_prompts
from annotator.studies.services.archiving import refuse_archived
from annotator.studies.services.paired_runs import locked_runs
from annotator.studies.services.pairing import pair_cases


@dataclass(frozen=True, slots=True)
class AddedPrompts:
    """The outcome: keys of the prompts by what the later version did, the number of new cases, and the study."""

    study: Study
    added: Sequence[str]
    changed: Sequence[str]
    removed: Sequence[str]
    cases: int


@transaction.atomic
def study_add_prompts(
    *, study: Study, dataset: Dataset, user: User | None = None, visible: QuerySet[Run] | None = None
) -> AddedPrompts:
    """Continue the study over `dataset`, a later version of its own.

    Both runs are continued over it: what is generated already is reused, the rest is generated, and a case is made of
    each new prompt once both runs have answered it. `visible` are the runs that `user` may open, None for all. Raises
    StudyRefused and StudyArchived.
    """
    refuse_archived(study)
    joined = ("first_run__dataset", "first_run__language_model", "second_run__language_model")
    locked = Study.objects.select_for_update(no_key=True, of=("self",)).select_related(*joined).get(pk=study.pk)
    _refuse_other_dataset(locked, dataset)
    found = new_prompts(locked, dataset)
    if not found.added:
        raise StudyRefused(
            _("Study %(study)r: %(dataset)s has no prompt that the study lacks, so that nothing is to be added.")
            % {"study": study.slug, "dataset": dataset}
        )
    first, second = _continued(locked, dataset, user, visible)
    EarlierRuns.objects.create(study=locked, first_run=locked.first_run, second_run=locked.second_run)
    locked.first_run, locked.second_run, locked.extended = first, second, True
    locked.save(update_fields=["first_run", "second_run", "extended"])
    cases = pair_cases(locked)
    payload = {"dataset": str(dataset), "runs": [first.pk, second.pk], "prompts": len(found.added)}
    event_append("study.prompts_added", locked, payload, actor=user, study=locked.pk)
    return AddedPrompts(locked, found.added, found.changed, found.removed, cases)


def _refuse_other_dataset(study: Study, dataset: Dataset) -> None:
    current = study.first_run.dataset
    if dataset.name != current.name or dataset.version <= current.version:
        raise StudyRefused(
            _("Study %(study)r is over %(current)s: choose a later version of it, not %(dataset)s.")
            % {"study": study.slug, "current": current, "dataset": dataset}
        )


def _continued(study: Study, dataset: Dataset, user: User | None, visible: QuerySet[Run] | None) -> list[Run]:
    """The two runs over the later version. Raises StudyRefused."""
    runs = (study.first_run, study.second_run)
    try:
        first, second = (run_continue(run=run, dataset=dataset, user=user, visible=visible) for run in runs)
    except RunError as error:
        raise StudyRefused(_("Study %(study)r: %(problem)s") % {"study": study.slug, "problem": error}) from None
    if first.pk == second.pk:
        raise StudyRefused(
            _("Study %(study)r: run %(run)d over %(dataset)s would be both runs; import a run of its own for each.")
            % {"study": study.slug, "run": first.pk, "dataset": dataset}
        )
    return locked_runs(study.slug, first, second)
