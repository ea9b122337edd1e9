"""Codebooks: loading a version, and editing the one of a study.

The same content is the same version, other content the next one. A stored version never changes, since annotations
point to the one that they were made with.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from annotator.canonical import fingerprint
from annotator.events.services import event_append
from annotator.studies.errors import CodebookRefused, StaleCodebook
from annotator.studies.models import Codebook, Pattern, Study

_FIELDS = ("guideline", "patterns")
_PATTERN_FIELDS = ("slug", "name", "help", "examples", "hotkey", "needs_text")
_HOTKEYS = "123456789"


@transaction.atomic
def codebook_load(*, name: str, content: Mapping[str, Any]) -> Codebook:
    """Return the version of codebook `name` with this content, stored as the next one if it is new.

    `content` is `{"guideline": Markdown, "patterns": [{"slug", "name", "hotkey", "help", "examples", "needs_text"},
    ...]}`, patterns in their order. Raises CodebookRefused.
    """
    where = _codebook_place(name)
    guideline, patterns = _read(content, where)
    content_hash = _content_hash(guideline, patterns)
    known = Codebook.objects.filter(name=name, content_hash=content_hash).first()
    if known is not None:
        return known
    newest = Codebook.objects.filter(name=name).aggregate(newest=Max("version"))["newest"] or 0
    codebook = Codebook(name=name, version=newest + 1, content_hash=content_hash, guideline=guideline)
    _check(codebook, where)
    codebook.save()
    rows = [Pattern(codebook=codebook, position=position, **fields) for position, fields in enumerate(patterns)]
    for row, fields in zip(rows, patterns, strict=True):
        _check(row, _pattern_place(where, row.position + 1, fields))
    Pattern.objects.bulk_create(rows)
    return codebook


def codebook_default() -> Codebook:
    """Return the codebook that comes with Cotrast, stored if it is not there yet."""
    content = (settings.BASE_DIR / "fixtures" / "codebook.json").read_text(encoding="utf-8")
    return codebook_load(name="reasoning", content=json.loads(content))


def codebook_called(name: str) -> Codebook:
    """Return the newest version of the codebook of that name; of "" the one that comes with Cotrast.

    Raises CodebookRefused.
    """
    if not name:
        return codebook_default()
    codebook = Codebook.objects.filter(name=name).order_by("-version").first()
    if codebook is None:
        known = ", ".join(Codebook.objects.values_list("name", flat=True).distinct().order_by("name")) or _("none yet")
        raise CodebookRefused(_("No codebook is called %(name)r; known: %(known)s.") % {"name": name, "known": known})
    return codebook


@transaction.atomic
def codebook_edit(*, study: Study, base_id: int, content: Mapping[str, Any], by: User | None = None) -> Codebook:
    """Set the study to the version of its codebook with this content, stored if it is new.

    `base_id` is the version that the editor loaded; StaleCodebook if another lead has saved one since. The same content
    a second time is no conflict: a save is repeated when its response was lost. Raises CodebookRefused.
    """
    current = Study.objects.select_for_update(no_key=True, of=("self",)).select_related("codebook").get(pk=study.pk)
    if current.codebook_id != base_id:
        if current.codebook.content_hash == _content_hash(*_read(content, _codebook_place(current.codebook.name))):
            return current.codebook
        raise StaleCodebook(
            _(
                "Codebook %(name)r: version %(version)d was saved meanwhile; read below what it changed, and save "
                "again only if yours should replace it."
            )
            % {"name": current.codebook.name, "version": current.codebook.version}
        )
    # Studies that share a codebook are serialized, so that two leads do not store the same version number.
    list(Codebook.objects.select_for_update(no_key=True).filter(name=current.codebook.name).order_by("pk"))
    current.codebook = codebook_load(name=current.codebook.name, content=content)
    current.save(update_fields=["codebook"])
    if current.codebook_id != base_id:
        payload = {"codebook": current.codebook.name, "version": current.codebook.version}
        event_append("study.codebook_changed", current, payload, actor=by, study=current.pk)
    return current.codebook


def _read(content: Mapping[str, Any], where: str) -> tuple[str, list[dict[str, Any]]]:
    _refuse_unknown(content, _FIELDS, where)
    guideline, patterns = content.get("guideline", ""), content.get("patterns")
    if not isinstance(guideline, str):
        raise CodebookRefused(
            _("%(where)s: guideline must be Markdown text, not %(type)s.")
            % {"where": where, "type": type(guideline).__name__}
        )
    if not isinstance(patterns, list) or not patterns:
        raise CodebookRefused(_("%(where)s: patterns must be a list of at least one pattern.") % {"where": where})
    read = [_read_pattern(item, _pattern_place(where, number, item)) for number, item in enumerate(patterns, start=1)]
    _refuse_twice(read, "slug", _("%(where)s: the short name %(value)r is taken; give it another one."), where)
    _refuse_twice(read, "hotkey", _("%(where)s: the key %(value)r is taken; give it another one."), where)
    return guideline, read


def _content_hash(guideline: str, patterns: Sequence[Mapping[str, Any]]) -> str:
    return fingerprint("codebook", [guideline, patterns])


def _codebook_place(name: str) -> str:
    return _("codebook %(name)r") % {"name": name}


def _pattern_place(where: str, number: int, item: Any) -> str:
    """Name a pattern for an error: by its name, since its number changes when it is moved, else by its number."""
    name = item.get("name") if isinstance(item, Mapping) else None
    if isinstance(name, str) and name:
        return _("%(where)s, pattern %(name)r") % {"where": where, "name": name}
    return _("%(where)s, pattern %(number)d") % {"where": where, "number": number}


def _read_pattern(item: Any, where: str) -> dict[str, Any]:
    if not isinstance(item, Mapping):
        raise CodebookRefused(
            _("%(where)s must be an object, not %(type)s.") % {"where": where, "type": type(item).__name__}
        )
    _refuse_unknown(item, _PATTERN_FIELDS, where)
    read = {"help": "", "examples": "", "needs_text": False, **item}
    for field in ("slug", "name", "hotkey"):
        if not isinstance(read.get(field), str) or not read[field]:
            raise CodebookRefused(
                _("%(where)s: %(field)s is missing; give it as text.") % {"where": where, "field": field}
            )
    for field in ("help", "examples"):
        if not isinstance(read[field], str):
            raise CodebookRefused(
                _("%(where)s: %(field)s must be text, not %(type)s.")
                % {"where": where, "field": field, "type": type(read[field]).__name__}
            )
    if not isinstance(read["needs_text"], bool):
        raise CodebookRefused(
            _("%(where)s: needs_text must be true or false, not %(value)r.")
            % {"where": where, "value": read["needs_text"]}
        )
    if len(read["hotkey"]) != 1 or read["hotkey"] not in _HOTKEYS:
        raise CodebookRefused(
            _("%(where)s: the key %(value)r is not one of the digits 1 to 9.")
            % {"where": where, "value": read["hotkey"]}
        )
    return read


def _refuse_unknown(content: Mapping[str, Any], allowed: Sequence[str], where: str) -> None:
    unknown = sorted(set(content) - set(allowed))
    if unknown:
        raise CodebookRefused(
            _("%(where)s: unknown field %(field)r; known fields: %(known)s.")
            % {"where": where, "field": unknown[0], "known": ", ".join(allowed)}
        )


def _refuse_twice(patterns: Sequence[Mapping[str, Any]], field: str, sentence: str, where: str) -> None:
    seen = set()
    for number, pattern in enumerate(patterns, start=1):
        value = pattern[field]
        if value in seen:
            raise CodebookRefused(sentence % {"where": _pattern_place(where, number, pattern), "value": value})
        seen.add(value)


def _check(row: Codebook | Pattern, where: str) -> None:
    try:
        row.full_clean(exclude=["codebook"])
    except ValidationError as error:
        raise CodebookRefused(f"{where}: {' '.join(error.messages)}") from error
