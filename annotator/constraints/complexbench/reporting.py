"""Report of ComplexBench's statistics with their bounds, as JSON and as a table.

Computes nothing.
"""

from collections.abc import Iterator
from typing import Any

from annotator.constraints.complexbench.aggregation import Coherence, Share
from annotator.constraints.complexbench.bounds import BoundedShare, Bounds

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
_HEAD = ("", "of what was read", "all no", "all yes")

_Row = tuple[str, ...]


def statistics_json(bounds: Bounds) -> dict[str, Any]:
    """Return every figure under the name of its field; a share has its counts, its value and its two bounds."""
    groupings = {
        field: {name: _share_json(share) for name, share in _grouping(bounds, field).items()}
        for field in _GROUPINGS.values()
    }
    coherences = {field: _coherence_json(bounds, field) for field in _COHERENCES.values()}
    counts = {"undecided": bounds.all_no.undecided, "unparsed": bounds.all_no.unparsed}
    return {"drfr": _share_json(_drfr(bounds)), **groupings, **coherences, **counts}


def statistics_table(bounds: Bounds) -> str:
    """Return every figure, one a line, under its heading; in three columns if any reply could not be read."""
    unread = bounds.all_no.unparsed
    rows = [_HEAD, *_rows(bounds)] if unread else [row[:2] for row in _rows(bounds)]
    width = max(len(row[0]) for row in rows)
    table = "\n".join((f"{row[0]:<{width}}" + "".join(f"  {cell:>24}" for cell in row[1:])).rstrip() for row in rows)
    return f"{table}\n\n{_EXPLANATION}" if unread else table


_EXPLANATION = """\
Some replies could not be read. "of what was read" leaves out every question that hangs on one, by itself or by a
prerequisite; "all no" counts each of them as no, as the official code does, and "all yes" as yes."""


def _rows(bounds: Bounds) -> Iterator[_Row]:
    yield "DRFR", *_cells(_drfr(bounds))
    for heading, field in _GROUPINGS.items():
        yield (heading,)
        for name, share in _grouping(bounds, field).items():
            yield f"  {name or '(none)'}", *_cells(share)
    for heading, field in _COHERENCES.items():
        no, yes = _coherence(bounds, field)
        yield (heading,)
        yield "  instances obeyed whole", *_cells(BoundedShare.between(no.origin, yes.origin))
        yield "  groups obeyed whole", *_cells(BoundedShare.between(no.coherent, yes.coherent))
        yield "  relative drop", _drop(no.drop) if no == yes else "open", _drop(no.drop), _drop(yes.drop)
    yield "marks of an unknown verb", str(bounds.all_no.undecided)
    yield "replies that could not be read", str(bounds.all_no.unparsed)


def _drfr(bounds: Bounds) -> BoundedShare:
    return BoundedShare.between(bounds.all_no.drfr, bounds.all_yes.drfr)


def _grouping(bounds: Bounds, field: str) -> dict[str, BoundedShare]:
    all_yes = getattr(bounds.all_yes, field)
    return {name: BoundedShare.between(share, all_yes[name]) for name, share in getattr(bounds.all_no, field).items()}


def _coherence(bounds: Bounds, field: str) -> tuple[Coherence, Coherence]:
    return getattr(bounds.all_no, field), getattr(bounds.all_yes, field)


def _cells(share: BoundedShare) -> _Row:
    return _percent(share.determined), _percent(share.all_no), _percent(share.all_yes)


def _percent(share: Share) -> str:
    return _NOTHING if share.value is None else f"{share.obeyed}/{share.total} {100 * share.value:6.2f} %"


def _drop(value: float | None) -> str:
    return _NOTHING if value is None else f"{100 * value:.2f} %"


def _share_json(share: BoundedShare) -> dict[str, Any]:
    return {
        "obeyed": share.obeyed,
        "undetermined": share.undetermined,
        "total": share.total,
        "value": share.determined.value,
        "all_no": share.all_no.value,
        "all_yes": share.all_yes.value,
    }


def _coherence_json(bounds: Bounds, field: str) -> dict[str, Any]:
    no, yes = _coherence(bounds, field)
    return {
        "origin": _share_json(BoundedShare.between(no.origin, yes.origin)),
        "coherent": _share_json(BoundedShare.between(no.coherent, yes.coherent)),
        "drop": {"value": no.drop if no == yes else None, "all_no": no.drop, "all_yes": yes.drop},
    }
