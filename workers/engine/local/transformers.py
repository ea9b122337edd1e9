"""The transformers backend: loads a model that decodes from left to right, and chooses its decoder.

Owns the choice of the decoder, by setting or by machine and model. Knows nothing of how sequences decode together. Its
options and serving settings are described in `annotator.local_options`.
"""

from collections.abc import Mapping
from typing import Any

import torch

from annotator.backends import BACKENDS
from annotator.checkpoint_files import find_checkpoint
from workers.engine.errors import PermanentEngineError
from workers.engine.local.backend import LocalBackend, choose_device, choose_dtype, stop_tokens
from workers.engine.local.chat_template import ChatTemplate
from workers.engine.local.checkpoints import load_model, load_tokenizer, version_of
from workers.engine.local.choosing import ChoosingBatch
from workers.engine.local.continuous_batching import ContinuousBatch
from workers.engine.local.decoding import Decoder, decode
from workers.engine.local.static import StaticBatch, keeps_keys_and_values
from workers.engine.protocol import Completion, Request

BATCH_SIZES = {"cpu": 32, "cuda": 256}


class TransformersBackend(LocalBackend):
    """A local model that decodes from left to right."""

    name = "transformers"

    def __init__(
        self, name: str, revision: str, options: Mapping[str, Any], serving: Mapping[str, Any] | None = None
    ) -> None:
        spec = BACKENDS["transformers"]
        chosen, served = spec.read_options(options), spec.read_serving(serving or {})
        device = choose_device(served.device)
        if served.threads:
            torch.set_num_threads(served.threads)
        checkpoint = find_checkpoint(name, chosen.gguf_file)
        trusted = chosen.trust_remote_code == name
        self._tokenizer = load_tokenizer(checkpoint, revision, trusted=trusted)
        self._template = ChatTemplate(self._tokenizer, chosen)
        self._model = load_model(
            checkpoint, revision, trusted=trusted, dtype=choose_dtype(chosen.dtype, device), device=device
        )
        self._stop_tokens = stop_tokens(self._model, self._tokenizer)
        self._weights = version_of(checkpoint, revision)
        self._batching = choose_batching(served.batching, self._model)
        self._manager: Any = None  # of paged batches, kept between drives
        self.batch_size = served.batch_size or BATCH_SIZES.get(self._model.device.type, BATCH_SIZES["cpu"])

    def complete_alone(self, request: Request) -> Completion:
        """Complete one request by transformers' own `generate`, whatever the setting of the batches is."""
        sequence = self._sequence(request)
        [finished] = decode(iter([sequence]), ChoosingBatch(self._model, StaticBatch(self._model, 1)))
        return self._completion(request, finished)

    @property
    def model(self) -> Any:
        """The loaded model, to be read."""
        return self._model

    @property
    def tokenizer(self) -> Any:
        return self._tokenizer

    @property
    def template(self) -> ChatTemplate:
        return self._template

    def describe(self) -> dict[str, str]:
        """Return the environment. It names `batching`, since decoders sum in different orders, but not `batch_size`."""
        return {**super().describe(), "batching": self._batching}

    def close(self) -> None:
        if self._manager is not None:
            self._manager.destroy()

    def _decoder(self) -> Decoder:
        if self._batching == "continuous":
            return ChoosingBatch(self._model, ContinuousBatch(self._model, self.batch_size))
        if self._batching == "static":
            return ChoosingBatch(self._model, StaticBatch(self._model, self.batch_size))
        from workers.engine.local.paged import KeptManager, PagedBatch

        self._manager = self._manager or KeptManager(self._model)
        paged = PagedBatch(self._model, self._manager, self.batch_size)
        return ChoosingBatch(self._model, paged, paused=paged.paused)


def choose_batching(setting: str, model: Any) -> str:
    """Return the name of the decoder. Raises PermanentEngineError for one that would decode this model wrongly."""
    if setting == "static":
        return "static"
    if not keeps_keys_and_values(model):
        if setting != "auto":
            raise PermanentEngineError(
                f"transformers: {type(model).__name__} keeps another state than keys and values and can't decode in "
                f"{setting} batches; leave batching out, or set it to static."
            )
        return "static"
    if setting == "auto":
        # Where the model's attention cannot read pages, transformers' manager would replace it by its slowest.
        pages = getattr(model.config, "_attn_implementation", "") != "eager"
        return "paged" if model.device.type == "cuda" and pages else "continuous"
    return setting
