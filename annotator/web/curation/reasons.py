"""Template values of the reasons for a repair: basis, label, patterns, and violated kinds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotator.exemplars.models import Candidate
from annotator.studies.models import Codebook
from annotator.studies.selectors.codebook_versions import pattern_name
from annotator.web.labels import label_for


@dataclass(frozen=True, slots=True)
class Named:
    """A pattern or kind; `new` where no candidate and no better proposal has it."""

    name: str
    new: bool = False


@dataclass(frozen=True, slots=True)
class ShownReasons:
    """The stored reasons of a candidate or proposal, in the reader's language. `label` is "" where none was agreed."""

    basis: str
    label: str
    label_words: str
    patterns: Sequence[Named]
    kinds: Sequence[Named]
    words: int | None


def shown_reasons(basis: str, reasons: Mapping[str, Any], codebook: Codebook) -> ShownReasons:
    """Read stored reasons; fields that another version did not store are empty."""
    label = str(reasons.get("label", ""))
    family = "outcome" if basis == Candidate.Basis.VERDICTS else "label"
    kinds = dict.fromkeys(violated["kind"] for violated in reasons.get("violated", ()))
    new_patterns, new_kinds = reasons.get("new_patterns", ()), reasons.get("new_kinds", ())
    return ShownReasons(
        basis=label_for("basis", basis),
        label=label,
        label_words=label_for(family, label) if label else "",
        patterns=[Named(pattern_name(slug, codebook), slug in new_patterns) for slug in reasons.get("patterns", ())],
        kinds=[Named(kind, kind in new_kinds) for kind in kinds],
        words=reasons.get("words"),
    )
