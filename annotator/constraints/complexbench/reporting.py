"""Report of ComplexBench's statistics, as JSON for programs and as a table for people.

Computes nothing.
"""

from collections.abc import Iterator
from typing import Any

from annotator.constraints.complexbench.aggregation import Coherence, Share, Statistics

_GROUPINGS = {
    "by category": "by_category",
    "by category prefix": "by_category_prefix",
    "by task type": "by_task_type",
    "by nested composition": "by_nested_composition",
    "by dimension group": "by_dimension_group",
    "by dimension": "by_dimension",
    "by composition type": "by_composition",
}
_COHERENCES = {"single selection": "single_selection", "multiple selection": "multiple_selection"}
_NOTHING = "nothing to share"


def statistics_json(statistics: Statistics) -> dict[str, Any]:
    """Return every figure under the name of its field; a share has its two counts and its value."""
    groupings = {
        field: {name: _share_json(share) for name, share in getattr(statistics, field).items()}
        for field in _GROUPINGS.values()
    }
    coherences = {field: _coherence_json(getattr(statistics, field)) for field in _COHERENCES.values()}
    counts = {"undecided": statistics.undecided, "unparsed": statistics.unparsed}
    return {"drfr": _share_json(statistics.drfr), **groupings, **coherences, **counts}


def statistics_table(statistics: Statistics) -> str:
    """Return every figure, one a line, under its heading."""
    rows = list(_rows(statistics))
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:<{width}}  {value:>24}".rstrip() for name, value in rows)


def _rows(statistics: Statistics) -> Iterator[tuple[str, str]]:
    yield "DRFR", _percent(statistics.drfr)
    for heading, field in _GROUPINGS.items():
        yield heading, ""
        for name, share in getattr(statistics, field).items():
            yield f"  {name or '(none)'}", _percent(share)
    for heading, field in _COHERENCES.items():
        coherence: Coherence = getattr(statistics, field)
        yield heading, ""
        yield "  instances obeyed whole", _percent(coherence.origin)
        yield "  groups obeyed whole", _percent(coherence.coherent)
        yield "  relative drop", _NOTHING if coherence.drop is None else f"{100 * coherence.drop:.2f} %"
    yield "marks of an unknown verb", str(statistics.undecided)
    yield "replies that could not be read", str(statistics.unparsed)


def _percent(share: Share) -> str:
    return _NOTHING if share.value is None else f"{share.obeyed}/{share.total} {100 * share.value:6.2f} %"


def _share_json(share: Share) -> dict[str, Any]:
    return {"obeyed": share.obeyed, "total": share.total, "value": share.value}


def _coherence_json(coherence: Coherence) -> dict[str, Any]:
    return {
        "origin": _share_json(coherence.origin),
        "coherent": _share_json(coherence.coherent),
        "drop": coherence.drop,
    }
