"""Reads of a deletion: what goes with a run, dataset or study, and what stands on it."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotator.datasets.models import Constraint, Dataset
from annotator.deletion.values import Deletion
from annotator.exemplars.models import Candidate, Exemplar, PromptSet, PromptSetUse, Repair, RepairDraft
from annotator.routing.models import Router
from annotator.runs.models import AttentionTrace, Generation, JudgeReply, ModelCall, Run, Verdict
from annotator.runs.selectors import repeats_with
from annotator.studies.models import (
    Adjudication,
    Annotation,
    Assignment,
    DecisionDraft,
    Draft,
    EarlierRuns,
    Flag,
    Study,
)
from annotator.webhooks.models import Webhook

_NAMED = 5


def run_deletion(run: Run) -> Deletion:
    """Return what the deletion of a run with its repeats would do."""
    ids = list(repeats_with(run).values_list("pk", flat=True))
    running = Run.objects.filter(pk__in=ids, status__in=[Run.Status.RUNNING, Run.Status.PAUSED]).order_by("pk").first()
    if running is not None:
        return Deletion(
            [], [_("Run %(run)d is running or paused: cancel it first.") % {"run": running.pk}], archiving_helps=False
        )
    generations = Generation.objects.filter(run__in=ids)
    goes = [
        ("runs", len(ids)),
        ("generations", generations.count()),
        ("calls", ModelCall.objects.filter(generation__run__in=ids).count()),
        ("verdicts", Verdict.objects.filter(generation__run__in=ids).count()),
        ("judge_replies", JudgeReply.objects.filter(generation__run__in=ids).count()),
        ("attention_traces", AttentionTrace.objects.filter(generation__run__in=ids).count()),
        ("set_uses", PromptSetUse.objects.filter(run__in=ids).count()),
    ]
    return _deletion(goes, _on_runs(ids))


def dataset_deletion(dataset: Dataset) -> Deletion:
    """Return what the deletion of one version of a dataset would do."""
    goes = [
        ("prompts", dataset.prompts.count()),
        ("constraints", Constraint.objects.filter(prompt__dataset=dataset).count()),
    ]
    return _deletion(goes, _on_dataset(dataset))


def study_deletion(study: Study) -> Deletion:
    """Return what the deletion of a study would do. Its runs and its codebook stay."""
    assignments = Assignment.objects.filter(case__study=study)
    goes = [
        ("cases", study.cases.count()),
        ("members", study.memberships.count()),
        ("practice", study.cases.filter(practice__isnull=False).count()),
        ("checks", study.cases.exclude(known_label="").count()),
        ("unlabelled", assignments.exclude(status=Assignment.Status.SUBMITTED).count()),
        ("candidates", Candidate.objects.filter(case__study=study).count()),
        ("trainings", study.trainings.filter(status__in=["queued", "claimed"]).count()),
        ("webhooks", Webhook.objects.filter(study=study).count()),
        ("flags", Flag.objects.filter(assignment__case__study=study).count()),
        (
            "drafts",
            Draft.objects.filter(assignment__case__study=study).count()
            + DecisionDraft.objects.filter(case__study=study).count()
            + RepairDraft.objects.filter(candidate__case__study=study).count(),
        ),
    ]
    return _deletion(goes, _on_study(study))


def _deletion(goes: Sequence[tuple[str, int]], obstacles: Iterator[str]) -> Deletion:
    return Deletion([(what, n) for what, n in goes if n], list(obstacles))


def _on_runs(ids: Sequence[int]) -> Iterator[str]:
    earlier = EarlierRuns.objects.filter(Q(first_run__in=ids) | Q(second_run__in=ids)).values("study")
    studies = Study.objects.filter(Q(first_run__in=ids) | Q(second_run__in=ids) | Q(pk__in=earlier))
    yield from _named(
        studies,
        "slug",
        lambda n: ngettext("%(n)d study pairs it: %(names)s.", "%(n)d studies pair it: %(names)s.", n),
    )
    reusing = Run.objects.filter(generations__reused_from__run__in=ids).exclude(pk__in=ids).distinct()
    yield from _named(
        reusing,
        "pk",
        lambda n: ngettext(
            "%(n)d run reuses its generations: run %(names)s.", "%(n)d runs reuse its generations: runs %(names)s.", n
        ),
    )
    yield from _routers(lambda study: bool(set(study.get("runs", ())) & set(ids)))


def _on_dataset(dataset: Dataset) -> Iterator[str]:
    yield from _named(
        Run.objects.filter(dataset=dataset),
        "pk",
        lambda n: ngettext("%(n)d run is over it: run %(names)s.", "%(n)d runs are over it: runs %(names)s.", n),
    )
    exemplars = Exemplar.objects.filter(prompt__dataset=dataset).count()
    if exemplars:
        yield ngettext("%(n)d exemplar answers a prompt of it.", "%(n)d exemplars answer prompts of it.", exemplars) % {
            "n": exemplars
        }


def _on_study(study: Study) -> Iterator[str]:
    of_study = Q(candidate__case__study=study)
    labels = Annotation.objects.filter(assignment__case__study=study).values("assignment").distinct().count()
    gold = Adjudication.objects.filter(case__study=study)
    decided = gold.filter(author__isnull=False).values("case").distinct().count()
    cases = gold.values("case").distinct().count()
    repairs = Repair.objects.filter(of_study).count()
    exemplars = Exemplar.objects.filter(of_study).count()
    counted = (
        (labels, ngettext("It has %(n)d label.", "It has %(n)d labels.", labels)),
        (decided, ngettext("It has %(n)d adjudicated case.", "It has %(n)d adjudicated cases.", decided)),
        (cases, ngettext("%(n)d case has gold.", "%(n)d cases have gold.", cases)),
        (repairs, ngettext("It has %(n)d repair.", "It has %(n)d repairs.", repairs)),
        (exemplars, ngettext("It has %(n)d exemplar.", "It has %(n)d exemplars.", exemplars)),
    )
    for n, sentence in counted:
        if n:
            yield sentence % {"n": n}
    yield from _named(
        PromptSet.objects.filter(study=study),
        "name",
        lambda n: ngettext("It has %(n)d prompt set: %(names)s.", "It has %(n)d prompt sets: %(names)s.", n),
    )
    yield from _routers(lambda trained: trained.get("slug") == study.slug)


def _named(rows: QuerySet[Any], field: str, sentence: Any) -> Iterator[str]:
    """A sentence with the number of rows and the first names; nothing for none."""
    names = [str(name) for name in rows.order_by("pk").values_list(field, flat=True)[: _NAMED + 1]]
    if not names:
        return
    n = rows.count()
    shown = ", ".join(dict.fromkeys(names[:_NAMED])) + (", …" if n > _NAMED else "")
    yield sentence(n) % {"n": n, "names": shown}


def _routers(trained_on: Any) -> Iterator[str]:
    """The routers that were trained on a study for which `trained_on` is true, as they describe their training."""
    rows = Router.objects.order_by("pk").values_list("name", "version", "training")
    names = [
        f"{name} v{version}" for name, version, training in rows if any(map(trained_on, training.get("studies", ())))
    ]
    if names:
        yield ngettext(
            "%(n)d router was trained on it: %(names)s.", "%(n)d routers were trained on it: %(names)s.", len(names)
        ) % {"n": len(names), "names": ", ".join(names[:_NAMED])}
