"""Refusals of runs and models whose answers were made elsewhere: no worker generates for them."""

from django.utils.translation import gettext as _

from annotator.backends import BACKENDS
from annotator.runs.errors import RunError
from annotator.runs.models import LanguageModel, Run


def refuse_imported_run(run: Run) -> None:
    """Raise RunError for an imported run: nothing of it can be generated here, neither again nor further."""
    if run.source is not None:
        raise RunError(
            _("Run %(run)d was imported from %(file)s, so that nothing of it is generated here; import another file.")
            % {"run": run.pk, "file": run.source["name"]}
        )


def refuse_imported_model(model: LanguageModel) -> None:
    """Raise RunError for a model that is known by its imported runs alone."""
    if model.backend in BACKENDS and not BACKENDS[model.backend].generates:
        raise RunError(
            _(
                "Language model %(slug)r is known by imported answers alone and cannot be asked; register it under "
                "another short name with `.venv/bin/python manage.py add_model`."
            )
            % {"slug": model.slug}
        )
