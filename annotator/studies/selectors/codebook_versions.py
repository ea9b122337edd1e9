"""The versions of a codebook: changes, numbers of annotations, and patterns by slug. Reads only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from django.core.cache import cache
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from annotator.studies.models import Case, Codebook, Pattern, Practice, Study

_MOST = 20


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a codebook, as text, that a version has gained or lost."""

    kind: Literal["gained", "lost"]
    line: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version; `changes` are against the one before it, which the `first` has not."""

    codebook: Codebook
    annotations: int
    changes: Sequence[Change]
    first: bool


def codebook_versions(study: Study) -> Sequence[Version]:
    """The newest 20 versions, newest first, with the annotations of this study that were made with each."""
    mine = Count("annotations", filter=Q(annotations__assignment__case__study=study))
    rows = Codebook.objects.filter(name=study.codebook.name).annotate(made=mine).order_by("-version")
    codebooks = list(rows.prefetch_related("patterns")[: _MOST + 1])
    before = [*codebooks[1:], None]
    return [
        Version(new, new.made, list(codebook_changes(old, new)) if old else (), first=old is None)
        for new, old in zip(codebooks, before, strict=True)
    ][:_MOST]


def patterns_of_all_versions(codebook: Codebook) -> Mapping[str, str]:
    """slug -> name of every pattern that a version of this codebook has or had: its own first, in order, then older.

    One query of a few rows, however many annotations were made with them.
    """
    names = {pattern.slug: pattern.name for pattern in codebook.patterns.all()}
    others = Pattern.objects.filter(codebook__name=codebook.name).exclude(codebook=codebook)
    for slug, name in others.order_by("-codebook__version", "position").values_list("slug", "name"):
        names.setdefault(slug, name)
    return names


def pattern_name(slug: str, codebook: Codebook) -> str:
    """What this version calls the pattern, else the newest version that has it; the slug itself where none has."""
    named = (pattern.name for pattern in patterns_of(codebook.pk) if pattern.slug == slug)
    return next(named, "") or patterns_of_all_versions(codebook).get(slug, slug)


def codebook_changes(old: Codebook, new: Codebook) -> Iterator[Change]:
    """The lines that `new` has not got from `old`, and those that it has lost, in their order."""
    was, now = codebook_lines(old), codebook_lines(new)
    for _kind, start, end, new_start, new_end in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if was[start:end] != now[new_start:new_end]:
            yield from (Change("lost", line) for line in was[start:end] if line)
            yield from (Change("gained", line) for line in now[new_start:new_end] if line)


def codebook_lines(codebook: Codebook) -> list[str]:
    """A codebook as lines of text, so that two versions can be compared."""
    lines = codebook.guideline.splitlines()
    for pattern in codebook.patterns.all():
        line = f"{pattern.hotkey} {pattern.name} ({pattern.slug})"
        lines.append(_("%(pattern)s, needs text") % {"pattern": line} if pattern.needs_text else line)
        lines += [f"{pattern.slug}: {line}" for line in pattern.help.splitlines()]
        example = _("%(slug)s, e.g.: %(line)s")
        lines += [example % {"slug": pattern.slug, "line": line} for line in pattern.examples.splitlines()]
    return lines


_KEPT_S = 60


def patterns_of(codebook_id: int) -> tuple[Pattern, ...]:
    """The patterns of a codebook version in order. A version never changes, so that they are remembered for a while."""
    key = f"patterns:{codebook_id}"
    kept: tuple[Pattern, ...] | None = cache.get(key)
    if kept is None:
        kept = tuple(Pattern.objects.filter(codebook=codebook_id).order_by("position"))
        cache.set(key, kept, _KEPT_S)
    return kept


def practice_of(case: Case) -> Practice | None:
    """What is expected of a practice case; None where the case is not for practice."""
    return Practice.objects.filter(case=case).first()


class Expected(NamedTuple):
    """The patterns that a lead expects, as the codebook calls them now, and those that it no longer has."""

    patterns: Sequence[Pattern]
    gone: Sequence[Pattern]


def expected_patterns(practice: Practice, codebook_id: int) -> Expected:
    """What is expected of a practice case, whatever version it was said with: a slug is the same pattern in each."""
    expected = {pattern.slug: pattern for pattern in practice.patterns.order_by("position")}
    now = [pattern for pattern in patterns_of(codebook_id) if pattern.slug in expected]
    known = {pattern.slug for pattern in now}
    return Expected(now, [pattern for slug, pattern in expected.items() if slug not in known])
