"""Places of a snapshot's rows in this installation: what its numbers and names refer to here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from annotator.datasets.models import valid_name
from annotator.releases.snapshots.errors import SnapshotError
from annotator.runs.models import Run
from annotator.studies.models import Codebook, Study

Prompt = tuple[str, int, str]
"""(dataset, version, key)"""


@dataclass
class Places:
    """Rows stored so far, by the names and numbers that other rows use for them."""

    datasets: dict[tuple[str, int], int] = field(default_factory=dict)
    prompts: dict[Prompt, int] = field(default_factory=dict)
    positions: dict[Prompt, int] = field(default_factory=dict)
    constraints: dict[Prompt, list[int]] = field(default_factory=dict)
    models: dict[str, int] = field(default_factory=dict)
    environments: dict[str, int] = field(default_factory=dict)
    runs: dict[int, Run] = field(default_factory=dict)
    generations: dict[tuple[int, str, int, str], int] = field(default_factory=dict)
    """(id of the run, dataset, version, key) -> generation"""
    codebooks: dict[tuple[str, int], Codebook] = field(default_factory=dict)
    patterns: dict[tuple[str, int, str], int] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    cases: dict[Prompt, int] = field(default_factory=dict)
    sides: dict[int, tuple[int, int]] = field(default_factory=dict)
    """case -> its first and second generation"""
    assignments: dict[tuple[Prompt, str], int] = field(default_factory=dict)
    repairs: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    """(number of the candidate, number of the attempt) -> (candidate, repair)"""
    exemplars: dict[int, int] = field(default_factory=dict)
    stored_study: Study | None = None

    @property
    def study(self) -> Study:
        """The study, once it is stored. Raises SnapshotError where the snapshot has none."""
        if self.stored_study is None:
            raise SnapshotError("study.jsonl has no row; a snapshot is of one study, copy it again.")
        return self.stored_study

    def person(self, pseudonym: str | None) -> int | None:
        """Return the account of a pseudonym, None for nobody."""
        return None if pseudonym is None else self.people[pseudonym]

    def pattern_ids(self, slugs: Sequence[str] | None, codebook: Any, version: Any) -> list[int]:
        """Return the ids of the patterns of a codebook with these slugs."""
        return [self.patterns[codebook, version, slug] for slug in slugs or ()]


def check_name(what: str, name: str) -> None:
    """Raise SnapshotError for a name that has no place in an address or in the name of a file."""
    try:
        valid_name(name)
    except ValidationError as error:
        raise SnapshotError(f"The {what} {str(name)[:80]!r} cannot be stored here: {error.messages[0]}") from None


def prompt_of(row: Mapping[str, Any]) -> Prompt:
    """Return the names of a row's prompt."""
    return row["dataset"], row["version"], row["key"]
