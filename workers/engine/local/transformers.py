"""The transformers backend: turns conversations into tokens, and generated tokens into completions.

Owns the choice of device, number format and decoder, by setting or by machine and model. Knows nothing of how
sequences decode together. Its options and serving settings are described in `annotator.backends`.
"""

import os
import platform
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
import transformers
from jinja2 import TemplateError

from annotator.backends import BACKENDS
from annotator.checkpoint_files import find_checkpoint
from workers.engine.errors import PermanentEngineError
from workers.engine.local.chat_template import ChatTemplate
from workers.engine.local.checkpoints import load_model, load_tokenizer
from workers.engine.local.choosing import ChoosingBatch
from workers.engine.local.continuous_batching import ContinuousBatch
from workers.engine.local.decoding import Decoder, decode
from workers.engine.local.response_template import read_response
from workers.engine.local.sequences import Sequence
from workers.engine.local.static import StaticBatch, keeps_keys_and_values
from workers.engine.local.tool_calls import read_tool_calls
from workers.engine.protocol import Completion, Request, Usage

BATCH_SIZES = {"cpu": 32, "cuda": 256}


class TransformersBackend:
    """A local model, loaded once for many calls of `complete`; not to be shared by threads."""

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
        self._stop_tokens = _stop_tokens(self._model, self._tokenizer)
        self._weights = checkpoint.version or getattr(self._model.config, "_commit_hash", None) or revision
        self._batching = choose_batching(served.batching, self._model)
        self._manager: Any = None  # of paged batches, kept between drives
        self.batch_size = served.batch_size or BATCH_SIZES.get(self._model.device.type, BATCH_SIZES["cpu"])

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        pending: dict[str, Request] = {}

        def sequences() -> Iterator[Sequence]:
            for request in requests:
                pending[request.id] = request
                yield self._sequence(request)

        for sequence in decode(sequences(), self._decoder()):
            yield self._completion(pending.pop(sequence.request_id), sequence)

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

    @property
    def context(self) -> int | None:
        """The most tokens that the model takes, None where its configuration does not say."""
        context: int | None = getattr(self._model.config.get_text_config(), "max_position_embeddings", None)
        return context

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def describe(self) -> dict[str, str]:
        """Return the environment. It names `batching`, since decoders sum in different orders, but not `batch_size`."""
        device = self._model.device
        hardware = (
            torch.cuda.get_device_name(device)
            if device.type == "cuda"
            else f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}, {os.cpu_count()} cores"
        )
        return {
            "backend": "transformers",
            "weights": self._weights,
            "transformers": transformers.__version__,
            "torch": torch.__version__,
            "device": str(device),
            "hardware": hardware,
            "dtype": str(self._model.dtype).removeprefix("torch."),
            "batching": self._batching,
        }

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

    def _sequence(self, request: Request) -> Sequence:
        """Return the request as tokens; an impossible one is finished, with an error."""
        sequence = Sequence(request.id, [], request.sampling, self._stop_tokens, started=time.perf_counter())
        thinking = request.thinking
        if thinking and (thinking.budget_tokens is not None or thinking.effort):
            sequence.error = "A local model's thinking can only be switched on or off; leave out budget and effort."
            return sequence
        try:
            sequence.prompt = self._template.prompt(request)
            sequence.labels = self._template.labels(request)
            sequence.is_blank = self._template.is_blank if request.continues else None
        except (TemplateError, ValueError, TypeError) as error:
            sequence.error = f"The conversation can't be written as tokens: {error}"
            return sequence
        sequence.error = self._too_long(sequence)
        return sequence

    def _too_long(self, sequence: Sequence) -> str:
        context = self.context
        new_tokens = max(map(len, sequence.labels.values()), default=sequence.sampling.max_new_tokens)
        needed = len(sequence.prompt) + new_tokens
        if not context or needed <= context:
            return ""
        return (
            f"The request needs {needed} tokens ({len(sequence.prompt)} of prompt and up to "
            f"{new_tokens} new ones) but the model's context holds {context}; "
            "shorten the prompt or lower max_new_tokens."
        )

    def _completion(self, request: Request, sequence: Sequence) -> Completion:
        latency_s = time.perf_counter() - sequence.started
        finish_reason = sequence.finish_reason
        if finish_reason is None or finish_reason == "error":
            return Completion.failed(request.id, sequence.error, latency_s=latency_s)
        usage = Usage(len(sequence.prompt), len(sequence.tokens))
        if sequence.probabilities is not None:
            likeliest = max(sequence.probabilities.items(), key=lambda item: item[1])[0]
            return Completion(
                request.id, likeliest, finish_reason, usage, latency_s, probabilities=sequence.probabilities
            )
        parted = None
        if not request.continues and not request.tools:
            parted = read_response(self._tokenizer, sequence.prompt, sequence.tokens)
        if parted is not None:
            text, reasoning = parted
            return Completion(
                request.id, text, finish_reason, usage, latency_s, reasoning=reasoning, reasoning_kind="raw"
            )
        text = self._template.completion(request, sequence.prompt, sequence.tokens)
        calls = read_tool_calls(text, request.tools) if request.tools else ()
        return Completion(request.id, text, finish_reason, usage, latency_s, tool_calls=calls)


def choose_device(setting: str) -> str:
    """Return the name of a device of this machine. Raises PermanentEngineError where `setting` names none."""
    if setting == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=setting)
    except (RuntimeError, AssertionError) as error:  # torch asserts that it was built with CUDA
        reason = str(error).splitlines()[0]
        raise PermanentEngineError(f"transformers: device {setting!r} can't be used here: {reason}") from error
    return setting


def choose_dtype(setting: str, device: str) -> torch.dtype:
    """Return the number format: `setting`, or bfloat16 where the device computes in it.

    bfloat16 halves the memory traffic that bounds decoding; a CPU without its instructions emulates it slowly.
    """
    if setting != "auto":
        dtype: torch.dtype = getattr(torch, setting)
        return dtype
    fast = torch.device(device).type != "cpu" or torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.bfloat16 if fast else torch.float32


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


def _stop_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """Return the tokens that end a turn: those of the model's configuration and of the tokenizer."""
    named = model.generation_config.eos_token_id
    listed = named if isinstance(named, list) else [named]
    return frozenset(token for token in (*listed, tokenizer.eos_token_id) if token is not None)
