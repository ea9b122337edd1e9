"""The transformers backend: conversations to tokens, tokens to completions.

Owns the choice of device, number format and way of batching, all by option or by what the machine has. How rows decode
together is the business of `rolling` and `paged`. Options (all may be left out):

    device             "auto" (CUDA if there is one, else the CPU), or torch's name of a device
    dtype              "auto" (bfloat16 where the device computes in it, else float32), or torch's name of a type
    batching           "auto" (paged on CUDA, else rolling), "rolling" or "paged"
    batch_size         how many requests decode together; 0 is a size that suits the device
    threads            CPU threads; 0 is torch's own choice, one for each core
    gguf_file          the GGUF file to read from the folder, hub repository or wheel
    trust_remote_code  the model's own name, to run Python code that comes with the model
"""

import os
import platform
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import torch
import transformers
from jinja2 import TemplateError

from annotator.options import read_options
from workers.engine import rolling
from workers.engine.checkpoints import find_checkpoint, load_model, load_tokenizer
from workers.engine.errors import PermanentEngineError
from workers.engine.protocol import Completion, Request, Usage
from workers.engine.rows import Row

BATCH_SIZES = {"cpu": 32, "cuda": 256}


@dataclass(frozen=True, slots=True)
class TransformersOptions:
    """What the module docstring lists."""

    device: str = "auto"
    dtype: str = "auto"
    batching: str = "auto"
    batch_size: int = 0
    threads: int = 0
    gguf_file: str = ""
    trust_remote_code: str = ""

    def __post_init__(self) -> None:
        if self.batching not in ("auto", "rolling", "paged"):
            raise PermanentEngineError(f"transformers: batching must be auto, rolling or paged, not {self.batching!r}.")
        if self.batch_size < 0 or self.threads < 0:
            raise PermanentEngineError("transformers: batch_size and threads must be 0 (automatic) or more.")
        if self.dtype != "auto" and not isinstance(getattr(torch, self.dtype, None), torch.dtype):
            raise PermanentEngineError(f"transformers: dtype must be auto, bfloat16 or float32, not {self.dtype!r}.")


class TransformersBackend:
    """A local model, loaded once and asked many times; not to be shared by threads."""

    def __init__(self, name: str, revision: str, options: Mapping[str, Any]) -> None:
        chosen = read_options(TransformersOptions, options, where="transformers")
        device = choose_device(chosen.device)
        if chosen.threads:
            torch.set_num_threads(chosen.threads)
        checkpoint = find_checkpoint(name, chosen.gguf_file)
        trusted = chosen.trust_remote_code == name
        self._tokenizer = load_tokenizer(checkpoint, revision, trusted=trusted)
        self._model = load_model(
            checkpoint, revision, trusted=trusted, dtype=choose_dtype(chosen.dtype, device), device=device
        )
        self._batching = choose_batching(chosen.batching, device)
        self.batch_size = chosen.batch_size or BATCH_SIZES.get(torch.device(device).type, BATCH_SIZES["cpu"])
        self._stops = _stops(self._model, self._tokenizer)
        self._weights = checkpoint.version or getattr(self._model.config, "_commit_hash", None) or revision

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        for sampled, rows in groupby(map(self._row, requests), key=lambda row: row.sampling.temperature > 0):
            for row in self._decode(rows, sampled=sampled):
                yield self._completion(row)

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def describe(self) -> dict[str, str]:
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
            "batching": f"{self._batching} {self.batch_size}",
        }

    def _decode(self, rows: Iterable[Row], *, sampled: bool) -> Iterator[Row]:
        """Paged batches know one seed for all, so that rows that draw tokens decode in a rolling batch."""
        if sampled or self._batching == "rolling":
            return rolling.decode(self._model, rows, batch_size=self.batch_size)
        from workers.engine import paged

        return paged.decode(self._model, rows, batch_size=self.batch_size)

    def _row(self, request: Request) -> Row:
        row = Row(request.id, [], request.sampling, self._stops, started=time.perf_counter())
        turns = [{"role": message.role, "content": message.content} for message in request.messages]
        try:
            encoded = self._tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=True)
        except (TemplateError, ValueError, TypeError) as error:
            row.error = f"The conversation can't be written as tokens: {error}"
            return row
        row.prompt = encoded["input_ids"]
        context = getattr(self._model.config.get_text_config(), "max_position_embeddings", None)
        needed = len(row.prompt) + request.sampling.max_new_tokens
        if context and needed > context:
            row.error = (
                f"The request needs {needed} tokens ({len(row.prompt)} of prompt and up to "
                f"{request.sampling.max_new_tokens} new ones) but the model's context holds {context}; "
                "shorten the prompt or lower max_new_tokens."
            )
        return row

    def _completion(self, row: Row) -> Completion:
        latency_s = time.perf_counter() - row.started
        finish_reason = row.finish_reason
        if finish_reason is None or finish_reason == "error":
            return Completion.failed(row.request_id, row.error, latency_s=latency_s)
        text = self._tokenizer.decode(row.tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return Completion(row.request_id, text, finish_reason, Usage(len(row.prompt), len(row.tokens)), latency_s)


def choose_device(wanted: str) -> str:
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(0, device=wanted)
    except (RuntimeError, AssertionError) as error:  # torch asserts that it was built with CUDA
        reason = str(error).splitlines()[0]
        raise PermanentEngineError(f"transformers: device {wanted!r} can't be used here: {reason}") from error
    return wanted


def choose_dtype(wanted: str, device: str) -> torch.dtype:
    """bfloat16 halves the memory traffic that bounds decoding; a CPU without the instructions emulates it slowly."""
    if wanted != "auto":
        dtype: torch.dtype = getattr(torch, wanted)
        return dtype
    fast = torch.device(device).type != "cpu" or torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.bfloat16 if fast else torch.float32


def choose_batching(wanted: str, device: str) -> str:
    if wanted == "auto":
        return "paged" if torch.device(device).type == "cuda" else "rolling"
    return wanted


def _stops(model: Any, tokenizer: Any) -> frozenset[int]:
    """The tokens that end a turn: the model's own list (it may name several) and the tokenizer's."""
    named = model.generation_config.eos_token_id
    listed = named if isinstance(named, list) else [named]
    return frozenset(token for token in (*listed, tokenizer.eos_token_id) if token is not None)
