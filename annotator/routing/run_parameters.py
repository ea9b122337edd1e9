"""A trained router as the parameters of a run: its frozen values, and no reference to it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from annotator.routing.errors import RoutingError
from annotator.routing.models import Router

ROUTED = ("classifier_selective", "pipeline")
"""The strategies that a router decides in, by itself or where the pipeline chooses it."""


def parameters_with(router: Router, strategy: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters with the router copied in. Raises RoutingError where there is no place, or one is there."""
    if router.features == Router.Features.FINETUNED:
        raise RoutingError(
            _(
                "Router %(name)s is a fine-tuned language model, and a run copies numbers alone; choose a router of "
                "words or vectors."
            )
            % {"name": f"{router.name}@{router.version}"}
        )
    if strategy == "pipeline":
        chosen = parameters.get("classifier_selective", {})
        if isinstance(chosen, Mapping):
            return {**parameters, "classifier_selective": parameters_with(router, ROUTED[0], chosen)}
        return dict(parameters)  # no JSON object: the strategy refuses it in its own words
    if strategy not in ROUTED:
        raise RoutingError(
            _("The strategy %(strategy)s has no router; choose %(known)s, or leave the router out.")
            % {"strategy": strategy, "known": " / ".join(ROUTED)}
        )
    if parameters.get("router"):
        raise RoutingError(_("There is a router among the parameters already; keep that one or the trained one."))
    return {**parameters, "router": router.artifact}
