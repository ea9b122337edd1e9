"""Catalogue of the study's models: backend, thinking, context, licence, terms and retirement.

Reads `fixtures/models.json`. Knows no registered model: `services.language_models` copies the terms into its rows.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from annotator.backends import GENERATING
from annotator.options import read_options
from annotator.runs.errors import RunError


@dataclass(frozen=True, slots=True)
class ThinkingSwitch:
    """The switch of a model's own thinking: a variable of its chat template, `budget_tokens`, `none` or `always`."""

    switch: str
    default: str
    """"on" or "off": what the model does where a request says nothing."""


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """One model of the catalogue. `unverified` names the fields that were not checked against their source.

    `context` is in tokens. `retired_on` is the ISO date from which its provider refuses requests, None if unknown.
    `study` says which of the study's tables has it.
    """

    slug: str
    backend: str
    name: str
    thinking: Mapping[str, str]
    context: int
    licence: str
    terms: str
    retired_on: str | None
    study: str
    unverified: list[str]

    @property
    def switch(self) -> ThinkingSwitch:
        return read_options(ThinkingSwitch, self.thinking, where=f"{self.slug}: thinking")

    def retired(self, today: date) -> bool:
        """Whether its provider refuses requests on that day."""
        return self.retired_on is not None and date.fromisoformat(self.retired_on) <= today

    @property
    def options(self) -> dict[str, Any]:
        """The options with which it is registered: behind chat completions, how its thinking is switched."""
        switch = self.switch.switch
        return {"thinking_switch": switch} if self.backend == "openai" and switch != "none" else {}

    def obstacle(self, today: date, serving: Mapping[str, Any] | None = None) -> str:
        """The sentence that says why it cannot be registered on that day with these settings, "" if it can."""
        if self.retired(today):
            return _(
                "%(slug)s: its provider retired %(name)s on %(date)s; import answers that were made before, or choose "
                "another model."
            ) % {"slug": self.slug, "name": self.name, "date": self.retired_on}
        if self.backend not in GENERATING:
            return _(
                "%(slug)s needs the backend %(backend)s, which Cotrast does not have yet; import answers that were "
                "made elsewhere, or choose a model of: %(known)s."
            ) % {"slug": self.slug, "backend": self.backend, "known": ", ".join(GENERATING)}
        if self.backend == "openai" and "base_url" not in (serving or {}):
            return _(
                "%(slug)s is asked through a server whose address the catalogue cannot know; register it with "
                "`.venv/bin/python manage.py add_model --from-catalogue %(slug)s --serving "
                '\'{"base_url": "http://127.0.0.1:8000/v1"}\'`.'
            ) % {"slug": self.slug}
        return ""

    def stored_terms(self) -> dict[str, Any]:
        """Its licence and terms as `LanguageModel.terms` keeps them, with those of them that are unverified."""
        unverified = [field for field in ("licence", "terms") if field in self.unverified]
        return {"licence": self.licence, "terms": self.terms, "unverified": unverified}


@cache
def catalogue() -> Sequence[CatalogueModel]:
    """Return every model of the catalogue, in its order."""
    content = json.loads((settings.BASE_DIR / "fixtures" / "models.json").read_text(encoding="utf-8"))
    rows = enumerate(content["models"], start=1)
    return tuple(read_options(CatalogueModel, row, where=f"models.json: model {number}") for number, row in rows)


def catalogue_model(slug: str) -> CatalogueModel:
    """Return the model of that slug. Raises RunError, which names the known ones."""
    for model in catalogue():
        if model.slug == slug:
            return model
    raise RunError(
        _("No model %(slug)r in the catalogue; it has: %(known)s.")
        % {"slug": slug, "known": ", ".join(model.slug for model in catalogue())}
    )


def catalogue_entry(backend: str, name: str) -> CatalogueModel | None:
    """Return the catalogue's model of that backend and name, None if it has none."""
    return next((model for model in catalogue() if (model.backend, model.name) == (backend, name)), None)
