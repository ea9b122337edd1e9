"""Routers by name, frozen to decide with, and the runs that decided with them."""

from functools import lru_cache

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from annotator.routing.errors import RoutingError
from annotator.routing.models import Router
from annotator.runs.models import Run
from annotator.strategies.text_router import TextRouter

_ROUTERS_IN_MEMORY = 16


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


@lru_cache(maxsize=_ROUTERS_IN_MEMORY)
def _frozen(content_hash: str) -> TextRouter:
    artifact = Router.objects.filter(content_hash=content_hash).values_list("artifact", flat=True)[0]
    return TextRouter.from_json(artifact)
