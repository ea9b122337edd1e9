"""The diffusion backend: loads a masked diffusion model, which fills an answer block by block.

Owns the choice of a model's special tokens and settings. Knows nothing of how blocks are filled. Its options and
serving settings are described in `annotator.local_options`; docs/diffusion.md compares it with the reference code.
"""

from collections.abc import Mapping
from typing import Any

import torch

from annotator.backends import BACKENDS
from annotator.checkpoint_files import find_checkpoint
from annotator.local_options import DiffusionOptions
from workers.engine.errors import PermanentEngineError
from workers.engine.local.backend import LocalBackend, choose_device, choose_dtype, stop_tokens
from workers.engine.local.chat_template import ChatTemplate
from workers.engine.local.checkpoints import load_tokenizer, version_of
from workers.engine.local.diffusion_batch import DiffusionBatch, rounded_up
from workers.engine.local.diffusion_checkpoints import (
    ends_of_turns,
    load_mask_predictor,
    mask_token,
    predicts_shifted,
    takes_block_cache,
)
from workers.engine.local.diffusion_unmasking import Unmasking
from workers.engine.local.mask_predictor import MaskPredictor
from workers.engine.local.sequences import Sequence
from workers.engine.protocol import Request

BATCH_SIZES = {"cpu": 8, "cuda": 32}


class DiffusionBackend(LocalBackend):
    """A local model that writes by filling masked positions.

    It names no probabilities of labels, so that a request with labels is answered in words, and it calls no tools.
    """

    name = "diffusion"

    def __init__(
        self, name: str, revision: str, options: Mapping[str, Any], serving: Mapping[str, Any] | None = None
    ) -> None:
        spec = BACKENDS["diffusion"]
        chosen, served = spec.read_options(options), spec.read_serving(serving or {})
        device = choose_device(served.device)
        if served.threads:
            torch.set_num_threads(served.threads)
        checkpoint = find_checkpoint(name)
        self._tokenizer = load_tokenizer(checkpoint, revision, trusted=False)
        self._template = ChatTemplate(self._tokenizer, chosen)
        self._model = load_mask_predictor(checkpoint, revision, dtype=choose_dtype(chosen.dtype, device), device=device)
        self._stop_tokens = frozenset(chosen.end_token_ids) or (
            stop_tokens(self._model, self._tokenizer) | ends_of_turns(self._tokenizer)
        )
        self._predictor = self._mask_predictor(name, chosen)
        self._weights = version_of(checkpoint, revision)
        self.batch_size = served.batch_size or BATCH_SIZES.get(self._model.device.type, BATCH_SIZES["cpu"])

    def _mask_predictor(self, name: str, chosen: DiffusionOptions) -> MaskPredictor:
        """Return the predictor. Raises PermanentEngineError for settings that this model cannot have."""
        named = mask_token(self._model, self._tokenizer) if chosen.mask_token_id is None else chosen.mask_token_id
        if named is None:
            raise PermanentEngineError(
                f"Model {name!r} names no mask token; give its number in the option mask_token_id."
            )
        vocabulary = self._model.get_output_embeddings().weight.shape[0]
        if unknown := [token for token in (named, *self._stop_tokens) if token >= vocabulary]:
            raise PermanentEngineError(
                f"Model {name!r} has {vocabulary} tokens, and none of the number {unknown[0]}; correct the options "
                "mask_token_id and end_token_ids."
            )
        cached = chosen.cache == "dual"
        if cached and not takes_block_cache(self._model):
            raise PermanentEngineError(
                f"diffusion: {type(self._model).__name__} keeps no keys and values; leave the option cache out."
            )
        return MaskPredictor(
            self._model,
            Unmasking(named, self._stop_tokens, chosen.remasking, chosen.end_tokens, chosen.threshold),
            block_length=chosen.block_length,
            steps=chosen.steps,
            cfg_scale=chosen.cfg_scale,
            shifted=predicts_shifted(self._model) if chosen.shifted is None else chosen.shifted,
            cached=cached,
        )

    def _decoder(self) -> DiffusionBatch:
        return DiffusionBatch(self._predictor, self.batch_size)

    def _sequence(self, request: Request) -> Sequence:
        sequence = super()._sequence(request)
        sequence.labels = {}
        if request.tools:
            sequence.error = "A diffusion model calls no tools; choose a strategy without tools, or another model."
        elif not sequence.prompt and not sequence.error:
            sequence.error = "The conversation has no tokens; a diffusion model needs a prompt to begin from."
        return sequence

    def _new_tokens(self, sequence: Sequence) -> int:
        return rounded_up(sequence.sampling.max_new_tokens, self._predictor.block_length)
