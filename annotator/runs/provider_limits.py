"""Refusals of retired models and of sampling parameters that a model rejects."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from annotator.claude_models import claude_model
from annotator.runs.errors import RunError
from annotator.runs.models import LanguageModel


def refuse_retired_model(backend: str, name: str) -> None:
    """Raise RunError for a model whose provider refuses requests by now, with the date."""
    known = claude_model(name) if backend == "anthropic" else None
    if known is not None and known.retired(timezone.localdate()):
        raise RunError(
            _(
                "%(name)s: its provider retired it on %(date)s; import answers that were made before, or choose "
                "another model."
            )
            % {"name": name, "date": known.retired_on}
        )


def refuse_sampling(model: LanguageModel, sampling: Mapping[str, Any]) -> None:
    """Raise RunError for a temperature or top_p that the model would be refused for."""
    if model.takes_sampling or (not sampling["temperature"] and sampling["top_p"] == 1):
        return
    raise RunError(
        _(
            "%(model)s takes no temperature and no top_p: its provider samples as it likes. Leave them at 0 and 1, and "
            "start repeats, such as --repeats 5, to see how its answers vary."
        )
        % {"model": model.slug}
    )
