"""Local backends: conversations to tokens, and generated tokens to completions, by one tokenizer.

Owns the choice of device and number format, and what all backends describe that run a model on this machine. Knows
nothing of how sequences decode together.
"""

import os
import platform
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any

import torch
import transformers
from jinja2 import TemplateError

from workers.engine.errors import PermanentEngineError
from workers.engine.local.chat_template import ChatTemplate
from workers.engine.local.decoding import Decoder, decode
from workers.engine.local.response_template import read_response
from workers.engine.local.sequences import Sequence
from workers.engine.local.tool_calls import read_tool_calls
from workers.engine.protocol import Completion, Request, Usage


class LocalBackend(ABC):
    """A model and tokenizer, loaded once for many calls of `complete`; not to be shared by threads.

    A backend sets `name` and `batch_size`, and the attributes below when it loads; it says by which decoder sequences
    become tokens.
    """

    name: str
    batch_size: int
    _tokenizer: Any
    _template: ChatTemplate
    _model: Any
    _weights: str
    _stop_tokens: frozenset[int]

    @abstractmethod
    def _decoder(self) -> Decoder:
        """Return the decoder of one call of `complete`."""

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        pending: dict[str, Request] = {}

        def sequences() -> Iterator[Sequence]:
            for request in requests:
                pending[request.id] = request
                yield self._sequence(request)

        for sequence in decode(sequences(), self._decoder()):
            yield self._completion(pending.pop(sequence.request_id), sequence)

    @property
    def context(self) -> int | None:
        """The most tokens that the model takes, None where its configuration does not say."""
        context: int | None = getattr(self._model.config.get_text_config(), "max_position_embeddings", None)
        return context

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def describe(self) -> dict[str, str]:
        """Return the environment."""
        device = self._model.device
        hardware = (
            torch.cuda.get_device_name(device)
            if device.type == "cuda"
            else f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}, {os.cpu_count()} cores"
        )
        return {
            "backend": self.name,
            "weights": self._weights,
            "transformers": transformers.__version__,
            "torch": torch.__version__,
            "device": str(device),
            "hardware": hardware,
            "dtype": str(self._model.dtype).removeprefix("torch."),
        }

    def close(self) -> None:  # noqa: B027  most backends have nothing to end
        """Do nothing: there are no threads to end."""

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

    def _new_tokens(self, sequence: Sequence) -> int:
        """The tokens that may come after the prompt."""
        return max(map(len, sequence.labels.values()), default=sequence.sampling.max_new_tokens)

    def _too_long(self, sequence: Sequence) -> str:
        context = self.context
        new_tokens = self._new_tokens(sequence)
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


def stop_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """Return the tokens that end a turn: those of the model's configuration and of the tokenizer."""
    named = getattr(model, "generation_config", model.config).eos_token_id
    listed = named if isinstance(named, list) else [named]
    return frozenset(token for token in (*listed, tokenizer.eos_token_id) if token is not None)
