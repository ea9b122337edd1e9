"""Registration of language models."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.backends import BACKENDS
from annotator.options import OptionsError
from annotator.runs.catalogue import catalogue_entry, catalogue_model
from annotator.runs.errors import RunError
from annotator.runs.models import LanguageModel
from annotator.runs.provider_limits import refuse_retired_model


@transaction.atomic
def language_model_register(
    *,
    slug: str,
    backend: str,
    name: str,
    revision: str = "",
    options: Mapping[str, Any] | None = None,
    serving: Mapping[str, Any] | None = None,
) -> LanguageModel:
    """Register a language model under `slug`, or return the same one if it is registered already.

    New `serving` settings replace the stored ones: they are no part of the model's identity. Terms are copied from the
    catalogue if it has the model. Raises RunError for an unknown backend, an invalid slug, a slug that names another
    model, and a model that its provider has retired.
    """
    if backend not in BACKENDS:
        raise RunError(
            _("unknown backend %(backend)r; known backends: %(known)s.")
            % {"backend": backend, "known": ", ".join(BACKENDS)}
        )
    try:
        BACKENDS[backend].read_options(options or {})
        BACKENDS[backend].read_serving(serving or {})
    except OptionsError as error:
        raise RunError(_("language model %(slug)r: %(problem)s") % {"slug": slug, "problem": str(error)}) from None
    identity = {"backend": backend, "name": name, "revision": revision, "options": dict(options or {})}
    terms = _terms(backend, name)
    model, created = LanguageModel.objects.get_or_create(
        slug=slug, defaults={**identity, "serving": dict(serving or {}), "terms": terms}
    )
    if created:
        try:
            model.full_clean(exclude=["options", "serving", "terms"])
        except ValidationError as error:
            raise RunError(
                _("language model %(slug)r: %(problem)s") % {"slug": slug, "problem": " ".join(error.messages)}
            ) from None
    elif any(getattr(model, field) != value for field, value in identity.items()):
        raise RunError(
            _("language model %(slug)r is already registered as %(backend)s %(name)r; choose another slug.")
            % {"slug": slug, "backend": model.backend, "name": model.name}
        )
    else:
        _update(model, serving, terms)
    return model


def language_model_from_catalogue(
    *, name: str, slug: str = "", serving: Mapping[str, Any] | None = None
) -> LanguageModel:
    """Register the catalogue's model `name`, under `slug` or its own. Raises RunError for one that cannot run here."""
    model = catalogue_model(name)
    if obstacle := model.obstacle(timezone.localdate(), serving):
        raise RunError(obstacle)
    return language_model_register(
        slug=slug or model.slug, backend=model.backend, name=model.name, options=model.options, serving=serving
    )


def _terms(backend: str, name: str) -> dict[str, Any]:
    """The terms of a model of the catalogue, {} of any other. Raises RunError for a retired one."""
    refuse_retired_model(backend, name)
    known = catalogue_entry(backend, name)
    if known is None:
        return {}
    if known.retired(timezone.localdate()):
        raise RunError(known.obstacle(timezone.localdate()))
    return known.stored_terms()


def _update(model: LanguageModel, serving: Mapping[str, Any] | None, terms: Mapping[str, Any]) -> None:
    """Store new serving settings, and terms that are known by now."""
    if serving is not None and model.serving != serving:
        model.serving = dict(serving)
        model.save(update_fields=["serving"])
    if terms and model.terms != terms:
        model.terms = dict(terms)
        model.save(update_fields=["terms"])
