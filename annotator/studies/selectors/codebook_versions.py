"""The versions of a codebook: changes, numbers of annotations, and patterns by slug. Reads only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

from django.core.cache import cache
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from annotator.studies.models import Case, Codebook, Pattern, Practice, Study

_MOST_VERSIONS = 20


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a codebook that a version has gained or lost."""

    kind: Literal["gained", "lost"]
    line: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version: its number of annotations in a study, and its changes against the version before, if any."""

    codebook: Codebook
    annotations: int
    changes: Sequence[Change]
    first: bool


def codebook_versions(study: Study) -> Sequence[Version]:
    """Return the newest 20 versions, newest first, with the number of annotations of this study made with each."""
    of_this_study = Count("annotations", filter=Q(annotations__assignment__case__study=study))
    rows = Codebook.objects.filter(name=study.codebook.name).annotate(made=of_this_study).order_by("-version")
    codebooks = list(rows.prefetch_related("patterns")[: _MOST_VERSIONS + 1])
    before = [*codebooks[1:], None]
    return [
        Version(new, new.made, list(codebook_changes(old, new)) if old else (), first=old is None)
        for new, old in zip(codebooks, before, strict=True)
    ][:_MOST_VERSIONS]


def patterns_of_all_versions(codebook: Codebook) -> Mapping[str, str]:
    """Return slug -> name of every pattern of every version: first this version's, in order, then those of others.

    Two queries of a few rows, however many annotations there are.
    """
    names = {pattern.slug: pattern.name for pattern in codebook.patterns.all()}
    others = Pattern.objects.filter(codebook__name=codebook.name).exclude(codebook=codebook)
    for slug, name in others.order_by("-codebook__version", "position").values_list("slug", "name"):
        names.setdefault(slug, name)
    return names


def pattern_name(slug: str, codebook: Codebook) -> str:
    """Return the pattern's name in this version, else in the newest version that has it, else its slug."""
    named = (pattern.name for pattern in patterns_of(codebook.pk) if pattern.slug == slug)
    return next(named, "") or patterns_of_all_versions(codebook).get(slug, slug)


def codebook_changes(old: Codebook, new: Codebook) -> Iterator[Change]:
    """Compare two versions line by line, in order."""
    was, now = codebook_lines(old), codebook_lines(new)
    for _kind, start, end, new_start, new_end in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if was[start:end] != now[new_start:new_end]:
            yield from (Change("lost", line) for line in was[start:end] if line)
            yield from (Change("gained", line) for line in now[new_start:new_end] if line)


def codebook_lines(codebook: Codebook) -> list[str]:
    """Write a codebook as lines of text, for comparison."""
    lines = codebook.guideline.splitlines()
    for pattern in codebook.patterns.all():
        line = f"{pattern.hotkey} {pattern.name} ({pattern.slug})"
        lines.append(_("%(pattern)s, needs text") % {"pattern": line} if pattern.needs_text else line)
        lines += [f"{pattern.slug}: {line}" for line in pattern.help.splitlines()]
        example = _("%(slug)s, e.g.: %(line)s")
        lines += [example % {"slug": pattern.slug, "line": line} for line in pattern.examples.splitlines()]
    return lines


_CACHED_S = 60


def patterns_of(codebook_id: int) -> tuple[Pattern, ...]:
    """Return the patterns of a version in order. They are cached, since a version never changes."""
    key = f"patterns:{codebook_id}"
    cached: tuple[Pattern, ...] | None = cache.get(key)
    if cached is None:
        cached = tuple(Pattern.objects.filter(codebook=codebook_id).order_by("position"))
        cache.set(key, cached, _CACHED_S)
    return cached


def practice_of(case: Case) -> Practice | None:
    """Return the expected annotation of a practice case; None for a real case."""
    return Practice.objects.filter(case=case).first()


class Expected(NamedTuple):
    """The expected patterns that the present codebook has, as it names them, and those that it has no longer."""

    patterns: Sequence[Pattern]
    gone: Sequence[Pattern]


def expected_patterns(practice: Practice, codebook_id: int) -> Expected:
    """Return the expected patterns by slug, which names the same pattern in every version of the codebook."""
    expected = {pattern.slug: pattern for pattern in practice.patterns.order_by("position")}
    now = [pattern for pattern in patterns_of(codebook_id) if pattern.slug in expected]
    known = {pattern.slug for pattern in now}
    return Expected(now, [pattern for slug, pattern in expected.items() if slug not in known])
