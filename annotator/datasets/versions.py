"""Differences between two versions of a dataset, by the keys of their prompts. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotator.canonical import canonical_json
from annotator.datasets.models import Dataset
from annotator.datasets.selectors import prompts_of


@dataclass(frozen=True, slots=True)
class VersionDifference:
    """The keys that a later version added, changed (another text or other constraints) and removed, in order."""

    added: Sequence[str]
    changed: Sequence[str]
    removed: Sequence[str]


def version_difference(earlier: Dataset, later: Dataset) -> VersionDifference:
    """Compare two versions; four queries."""
    before, after = _contents(earlier), _contents(later)
    return VersionDifference(
        added=[key for key in after if key not in before],
        changed=[key for key, content in after.items() if key in before and before[key] != content],
        removed=[key for key in before if key not in after],
    )


def newer_version(dataset: Dataset) -> Dataset | None:
    """Return the newest version of the same name, if it is later than `dataset` and not archived."""
    later = Dataset.objects.filter(name=dataset.name, version__gt=dataset.version, archived_at=None)
    return later.order_by("-version").first()


def _contents(dataset: Dataset) -> Mapping[str, Any]:
    """key -> text and constraints."""
    return {
        prompt.key: [
            prompt.text,
            sorted((row.position, row.kind, canonical_json(row.kwargs), row.scope) for row in prompt.constraints.all()),
        ]
        for prompt in prompts_of(dataset)
    }
