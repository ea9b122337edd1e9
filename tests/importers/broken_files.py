"""Files that are nearly right: rows of a valid file with values replaced, removed or renamed, and bytes changed."""

import copy
import json
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

Path = tuple[str | int, ...]
_TRAPS = (
    None,
    True,
    -1,
    0,
    2**31,
    2**63,
    10**400,
    -(2**70),
    0.1,
    1e308,
    float("nan"),
    float("inf"),
    "",
    " ",
    "\x00",
    "half \ud800 a pair",
    "\u2028",
    "../../etc/passwd",
    "=1+1",
    "<script>alert(1)</script>",
    "{0.__class__}%s%(name)s",
    "\x1b[31mred",
    "9" * 5_000,
    "long " * 2_000,
    [],
    {},
    [[]],
    [None],
    {"": None},
    {"value": {"value": {"value": 1}}},
    "2026-13-45T99:99:99+00:00",
)
_MARKS = (b"", b"\x00", b"\r", b"\n", b'"', b"}", b",", b"[" * 3_000, b"\\u0000")
_NO_UTF8 = (b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80")
_leaves = st.none() | st.booleans() | st.text(max_size=4)
_values = st.one_of(
    st.sampled_from(_TRAPS).map(copy.deepcopy),  # a later change may go into it
    st.text(max_size=12),
    st.integers(),
    st.floats(),
    st.recursive(_leaves, lambda inner: st.lists(inner, max_size=3), max_leaves=5),
)


@st.composite
def broken_files(draw: st.DrawFn, rows: Sequence[Any], *, as_array: bool = False) -> bytes:
    """Draw the bytes of a file whose rows are these, but for some changes."""
    changed = copy.deepcopy(list(rows))
    for _ in range(draw(st.integers(1, 3))):
        _change(draw, changed)
    data = _written(changed, as_array=as_array)
    return draw(broken_bytes(data)) if draw(st.integers(0, 2)) == 0 else data


@st.composite
def broken_bytes(draw: st.DrawFn, data: bytes) -> bytes:
    """Draw the same bytes with a piece replaced, or cut off."""
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(start + 20, len(data))))
    kept = b"" if draw(st.integers(0, 3)) == 0 else data[end:]
    return data[:start] + draw(st.sampled_from(_MARKS + _NO_UTF8) | st.binary(max_size=6)) + kept


def _change(draw: st.DrawFn, rows: list[Any]) -> None:
    places = list(_places(rows, ()))
    if not places:
        return
    *path, last = draw(st.sampled_from(places))
    holder: Any = rows
    for part in path:
        holder = holder[part]
    match draw(st.sampled_from(("replace", "remove", "rename", "repeat"))):
        case "remove":
            del holder[last]
        case "rename" if isinstance(holder, dict):
            holder[draw(st.text(max_size=8))] = holder.pop(last)
        case "repeat" if isinstance(holder, list):
            holder.append(copy.deepcopy(holder[last]))
        case _:
            holder[last] = draw(_values)


def _places(value: Any, path: Path) -> Iterator[Path]:
    for name, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, name)
        yield from _places(item, (*path, name))


def _written(rows: Sequence[Any], *, as_array: bool) -> bytes:
    texts = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    text = "[" + ",\n".join(texts) + "]" if as_array else "".join(text + "\n" for text in texts)
    return text.encode("utf-8", "surrogatepass")
