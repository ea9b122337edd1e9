"""Registration of language models."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from annotator.backends import BACKENDS
from annotator.options import OptionsError
from annotator.runs.errors import RunError
from annotator.runs.models import LanguageModel


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

    New `serving` settings replace the stored ones: they are no part of the model's identity. Raises RunError for an
    unknown backend, an invalid slug, or a slug that names another model.
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
    model, created = LanguageModel.objects.get_or_create(
        slug=slug, defaults={**identity, "serving": dict(serving or {})}
    )
    if created:
        try:
            model.full_clean(exclude=["options", "serving"])
        except ValidationError as error:
            raise RunError(
                _("language model %(slug)r: %(problem)s") % {"slug": slug, "problem": " ".join(error.messages)}
            ) from None
    elif any(getattr(model, field) != value for field, value in identity.items()):
        raise RunError(
            _("language model %(slug)r is already registered as %(backend)s %(name)r; choose another slug.")
            % {"slug": slug, "backend": model.backend, "name": model.name}
        )
    elif serving is not None and model.serving != serving:
        model.serving = dict(serving)
        model.save(update_fields=["serving"])
    return model
