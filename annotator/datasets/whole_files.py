"""Sources read whole: the text of a file, and the items of a JSON array with their lines.

Bounds their size. Knows no field of any format.
"""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import count

from annotator.datasets.readers import SourceError

FILE_CAP = 64_000_000  # bytes; ComplexBench's 1,150 instances have fewer than 10 million
_SEPARATOR = re.compile(r"\s*(?:,\s*|(\]))")
_SPACE = re.compile(r"\s*")


def whole_text(lines: Iterable[bytes | str]) -> str:
    """Read the whole source as text; a byte order mark before it is tolerated. Raises `SourceError`."""
    pieces, size = list[bytes](), 0
    for line in lines:
        pieces.append(line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line)
        size += len(pieces[-1])
        if size > FILE_CAP:
            raise SourceError(f"it holds more than {FILE_CAP:,} bytes, the most that is read; import it in parts")
    try:
        return b"".join(pieces).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"byte {error.start + 1} is not UTF-8; save the file as UTF-8") from None


def array_items(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line, JSON text) of each item of a JSON array; a text that is no array is read as JSON Lines.

    Lines count from 1 and are those on which the items begin. Raises `SourceError` where an item does not end.
    """
    start = _end(_SPACE, text, 0)
    if text[start : start + 1] != "[":
        yield from ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())
        return
    line, counted = 1, 0
    position = _end(_SPACE, text, start + 1)
    if text[position : position + 1] == "]":
        return
    for number in count(1):
        line, counted = line + text.count("\n", counted, position), position
        end = _item_end(text, position, f"line {line}, item {number}")
        yield line, text[position:end]
        separator = _SEPARATOR.match(text, end)
        if separator is None:
            raise SourceError(f"line {line}, item {number}: neither a comma nor the end of the array follows it")
        if separator[1]:
            if text[separator.end() :].strip():
                raise SourceError("something follows the end of the array; a file holds one array")
            return
        position = separator.end()


def _item_end(text: str, start: int, where: str) -> int:
    try:
        return json.JSONDecoder().raw_decode(text, start)[1]
    except RecursionError:
        raise SourceError(f"{where}: the JSON is nested too deeply") from None
    except ValueError as error:
        raise SourceError(f"{where}: not JSON: {error}") from None


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start
