"""Deletion of runs, datasets and studies, under the locks of what could come to stand on them.

Rows are locked in the order in which workers and annotators lock them: what is claimed or judged before what it belongs
to. So whoever was first is finished, and whoever comes later finds nothing and is refused in words.
"""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from annotator.datasets.models import Constraint, Dataset, Prompt
from annotator.deletion.selectors import dataset_deletion, run_deletion, study_deletion
from annotator.deletion.values import Deletion, DeletionRefused
from annotator.events.services import event_append
from annotator.releases.services import snapshot_files_delete
from annotator.routing.services import trainings_end
from annotator.runs.models import Generation, JudgeReply, ModelCall, Run, Verdict
from annotator.runs.selectors import repeats_with
from annotator.runs.services.attention_traces import attention_traces_delete
from annotator.studies.models import Case, Membership, Study


@transaction.atomic
def run_delete(*, run: Run, user: User | None = None) -> Deletion:
    """Delete a run and its repeats with all that was generated. Returns what went; raises DeletionRefused."""
    ids = list(repeats_with(run).values_list("pk", flat=True))
    generations = Generation.objects.filter(run__in=ids)
    _lock(JudgeReply.objects.filter(generation__run__in=ids))
    _lock(generations)
    _lock(Run.objects.filter(pk__in=ids))
    deletion = run_deletion(run)
    name = _("run %(run)d") % {"run": run.pk}
    _refuse(name, deletion)
    if not Run.objects.filter(pk=run.pk).exists():
        return deletion
    event_append("run.deleted", run, _payload(str(run), deletion), actor=user)
    attention_traces_delete(generations=generations)
    JudgeReply.objects.filter(generation__run__in=ids).delete()
    Verdict.objects.filter(generation__run__in=ids).delete()
    ModelCall.objects.filter(generation__run__in=ids).delete()
    generations.filter(reused_from__isnull=False).update(reused_from=None)  # of one another
    generations.delete()
    Run.objects.filter(pk__in=ids).delete()
    return deletion


@transaction.atomic
def dataset_delete(*, dataset: Dataset, user: User | None = None) -> Deletion:
    """Delete one version of a dataset with its prompts. Returns what went; raises DeletionRefused."""
    if not _lock(Dataset.objects.filter(pk=dataset.pk)):
        return Deletion([], [])
    deletion = dataset_deletion(dataset)
    _refuse(str(dataset), deletion)
    event_append("dataset.deleted", dataset, _payload(str(dataset), deletion), actor=user)
    Constraint.objects.filter(prompt__dataset=dataset).delete()
    Prompt.objects.filter(dataset=dataset).delete()
    Dataset.objects.filter(pk=dataset.pk).delete()
    return deletion


@transaction.atomic
def study_delete(*, study: Study, user: User | None = None) -> Deletion:
    """Delete a study without labels, and the files of its snapshots; its runs and codebook stay. Its trainings fail.

    Returns what went; raises DeletionRefused.
    """
    if not _lock(Study.objects.filter(pk=study.pk)):
        return Deletion([], [])
    _lock(Membership.objects.filter(study=study))
    _lock(Case.objects.filter(study=study))
    deletion = study_deletion(study)
    _refuse(_("study %(study)r") % {"study": study.slug}, deletion)
    event_append("study.deleted", study, _payload(study.slug, deletion), actor=user, study=study.pk)
    snapshot_files_delete(study=study)
    trainings_end(study=study)
    Study.objects.filter(pk=study.pk).delete()
    return deletion


def _lock(rows: QuerySet[Any]) -> list[int]:
    """Lock the rows in the order of their ids, and return these."""
    return list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))


def _refuse(name: str, deletion: Deletion) -> None:
    if not deletion.obstacles:
        return
    values = {"name": name, "why": " ".join(deletion.obstacles)}
    if deletion.archiving_helps:
        raise DeletionRefused(
            _("%(name)s cannot be deleted. %(why)s Archive it instead: nothing is lost then.") % values
        )
    raise DeletionRefused(_("%(name)s cannot be deleted. %(why)s") % values)


def _payload(name: str, deletion: Deletion) -> dict[str, Any]:
    return {"name": name, "went": dict(deletion.goes)}
