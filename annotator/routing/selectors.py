"""Routers by name, and the labelled prompts of studies. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, cast

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from annotator.routing.errors import RoutingError
from annotator.routing.labelled_prompts import LabelledPrompt
from annotator.routing.models import Router
from annotator.runs.models import Run
from annotator.strategies.text_router import TextRouter
from annotator.studies.models import Annotation, Case, Study
from annotator.studies.selectors.gold import gold_of

_OF_GOLD: Mapping[str, str] = {
    Annotation.Label.HELPED: "helped",
    Annotation.Label.HURT: "hurt",
    Annotation.Label.NO_DIFFERENCE: "tie",
}
_ROUTERS_IN_MEMORY = 16
_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class LabelledStudy:
    """The labelled prompts of one study, and how many of its cases have no label, or no verdicts to compare."""

    study: Study
    prompts: Sequence[LabelledPrompt]
    left_out: int


def router_called(name: str) -> Router:
    """Return the router NAME@VERSION, or the newest one of NAME. Raises RoutingError, which names the known ones."""
    bare, _at, version = name.partition("@")
    rows = Router.objects.filter(name=bare).order_by("-version").defer("artifact", "report", "card")
    if version:
        rows = rows.filter(version=int(version)) if version.isdecimal() and len(version) < 9 else rows.none()
    if router := rows.first():
        return router
    known = ", ".join(f"{row.name}@{row.version}" for row in Router.objects.only("name", "version")) or _("none yet")
    message = _(
        "No router is called %(name)r; known: %(known)s. Train one with .venv/bin/python manage.py train_router."
    )
    raise RoutingError(message % {"name": name[:80], "known": known})


def newest_router() -> Router:
    """Return the router that was trained last and that every process can ask. Raises RoutingError where none is."""
    routers = Router.objects.exclude(features=Router.Features.FINETUNED).order_by("-pk")
    if router := routers.defer("artifact", "report", "card").first():
        return router
    raise RoutingError(_("No router has been trained yet; train one with .venv/bin/python manage.py train_router."))


def frozen_router(router: Router) -> TextRouter:
    """Return the router to predict with. It stays in memory: reading one takes longer than a decision.

    Raises RoutingError for a fine-tuned model, which only workers load.
    """
    if router.features == Router.Features.FINETUNED:
        message = _(
            "Router %(name)s is a fine-tuned language model, which the web server does not load: ask it with "
            ".venv/bin/python manage.py route_prompts on a machine with PyTorch, or name another router."
        )
        raise RoutingError(message % {"name": f"{router.name}@{router.version}"})
    return _frozen(router.content_hash)


def runs_with(router: Router) -> QuerySet[Run]:
    """The runs whose parameters hold this router, by itself or in a pipeline, newest first."""
    of_itself = Q(parameters__router__hash=router.content_hash)
    of_pipeline = Q(parameters__classifier_selective__router__hash=router.content_hash)
    runs = Run.objects.filter(of_itself | of_pipeline).order_by("-pk")
    return runs.select_related("dataset", "language_model").defer("parameters")


def labelled_study(study: Study, labels: str) -> LabelledStudy:
    """Return the prompts of a study with their labels, by verdicts or by gold.

    The shares of obeyed constraints are those of the study's scope, by loose verdicts, as its outcomes are. A case
    without a whole answer on both sides has none, and is left out.
    """
    cases = study.cases.select_related("prompt", "first", "second").prefetch_related("prompt__constraints")
    gold = gold_of(study.cases.values_list("pk", flat=True)) if labels == Router.Labels.GOLD else None
    model, prompts, n = _models_of(study), [], 0
    for case in cases.order_by("pk").iterator(_ROWS_AT_ONCE):
        n += 1
        label = case.outcome if gold is None else _OF_GOLD.get(gold[case.pk].label, "") if case.pk in gold else ""
        shares = _shares(case.contrast)
        if label in ("helped", "hurt", "tie") and shares is not None:
            prompts.append(_labelled(case, label, shares, model))
    return LabelledStudy(study, prompts, left_out=n - len(prompts))


def _labelled(case: Case, label: str, shares: tuple[float, float], model: str) -> LabelledPrompt:
    return LabelledPrompt(
        key=case.prompt.key,
        text=case.prompt.text,
        kinds=tuple(constraint.kind for constraint in case.prompt.constraints.all()),
        dataset=case.study.first_run.dataset.name,
        model=model,
        first=shares[0],
        second=shares[1],
        label=cast(Literal["helped", "hurt", "tie"], label),
        first_tokens=case.first.completion_tokens or None,
        second_tokens=case.second.completion_tokens or None,
    )


def _models_of(study: Study) -> str:
    first, second = (run.language_model.slug for run in (study.first_run, study.second_run))
    return first if first == second else f"{first} > {second}"


def _shares(contrast: Sequence[Any]) -> tuple[float, float] | None:
    """Return the shares of the decided constraints that the first and the second answer obey; None where none is."""
    decided = [effect for effect in contrast if effect != "unverifiable"]
    if not decided:
        return None
    first, second = (sum(effect in ("both", own) for effect in decided) for own in ("lost", "gained"))
    return first / len(decided), second / len(decided)


def studies_called(slugs: Sequence[str]) -> list[Study]:
    """Return the studies, each once. Raises RoutingError, which names the known ones."""
    rows = Study.objects.select_related("first_run__dataset", "first_run__language_model", "second_run__language_model")
    studies = {study.slug: study for study in rows.filter(slug__in=slugs)}
    for slug in slugs:
        if slug not in studies:
            known = ", ".join(Study.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
            raise RoutingError(f"No study is called {slug!r}; known: {known}.")
    return [studies[slug] for slug in dict.fromkeys(slugs)]


@lru_cache(maxsize=_ROUTERS_IN_MEMORY)
def _frozen(content_hash: str) -> TextRouter:
    artifact = Router.objects.filter(content_hash=content_hash).values_list("artifact", flat=True)[0]
    return TextRouter.from_json(artifact)
