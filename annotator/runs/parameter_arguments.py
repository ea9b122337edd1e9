"""Parameters of a strategy on the command line: in a JSON file, or one by one as NAME=JSON.

Knows no strategy: which names and values there are is checked when the run starts.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from annotator.input_files import open_input
from annotator.runs.errors import RunError

_EXCERPT = 60  # characters of a value that a refusal quotes


def parameters_of_file(path: Path | None) -> dict[str, Any]:
    """Return the parameters of a JSON file, none without a file. Raises RunError for one that cannot be read."""
    if path is None:
        return {}
    try:
        with open_input(path) as file:
            read = json.loads(file.read().decode())
    except OSError as error:
        raise RunError(f"--parameters: cannot read {path}: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise RunError(f"--parameters: {path} is not JSON: {error}.") from None
    if not isinstance(read, dict):
        raise RunError(f'--parameters: {path} must hold one JSON object, such as {{"threshold": 0.4}}.')
    return read


def parameters_of_arguments(arguments: Sequence[str]) -> dict[str, Any]:
    """Return the parameters that are written as NAME=JSON. Raises RunError, which quotes the argument."""
    read: dict[str, Any] = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not equals or not name:
            raise RunError(f"--parameter {argument!r}: write NAME=JSON, such as threshold=0.4.")
        if name in read:
            raise RunError(f"--parameter: {name!r} stands there twice; keep one.")
        try:
            read[name] = json.loads(value)
        except (ValueError, RecursionError):
            excerpt = value[:_EXCERPT] + "…" * (len(value) > _EXCERPT)
            message = f"--parameter {name}: {excerpt!r} is not JSON; a text has double quotes: '{name}=\"text\"'."
            raise RunError(message) from None
    return read
