"""Options and serving settings of the backends that run a model on a machine of ours.

Pure Python. The backends themselves are in `workers/engine/local`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from annotator.options import OptionsError

THINKING_SWITCHES = ("enable_thinking", "thinking")
"""The variables by which chat templates are known to switch thinking (Qwen3, GLM; DeepSeek-V3.1, Granite)."""
DTYPES = ("auto", "bfloat16", "float16", "float32", "float64")
BATCHING = ("continuous", "paged", "static")
REMASKING = ("low_confidence", "random")
BLOCK_CACHES = ("none", "dual")
END_TOKENS = ("free", "last", "never")
_TEMPLATE_ARGUMENTS = frozenset(
    ("messages", "conversation", "tokenize", "add_generation_prompt", "return_dict", "return_tensors", "chat_template")
)


@dataclass(frozen=True, slots=True)
class TransformersOptions:
    """The options of a local model, which change its text; all may be left out."""

    dtype: str = "auto"
    """"auto" is bfloat16 where the device computes in it, else float32."""
    gguf_file: str = ""
    """The GGUF file to read from the folder, hub repository or wheel."""
    trust_remote_code: str = ""
    """The model's own name, to run Python code that comes with the model."""
    enable_thinking: bool | None = None
    """Whether the model thinks by itself where a strategy does not say; None is the chat template's own choice."""
    chat_template_kwargs: Mapping[str, Any] = field(default_factory=dict)
    """Further switches of the chat template, by the names that it reads."""

    def __post_init__(self) -> None:
        _check_model("transformers", self.dtype, self.chat_template_kwargs)

    def unread_switch(self, chat_template: str) -> str:
        """The first switch of these options that `chat_template` never reads; "" if it reads them all."""
        return unread_switch(self.enable_thinking, self.chat_template_kwargs, chat_template)


@dataclass(frozen=True, slots=True)
class TransformersServing:
    """Serving settings of a local model. Change no text, but for the last bits of sums in bfloat16 (batch shape)."""

    device: str = "auto"
    """"auto" is CUDA if there is one, else the CPU; or torch's name of a device."""
    batching: str = "auto"
    """"auto" is static for a model whose state is not keys and values, else paged on CUDA and continuous on the CPU."""
    batch_size: int = 0
    """The number of requests that decode together; 0 is 32 on the CPU and 256 on CUDA."""
    threads: int = 0
    """CPU threads; 0 is torch's own choice, one for each core."""

    def __post_init__(self) -> None:
        if self.batching not in ("auto", *BATCHING):
            raise OptionsError(
                f"transformers: batching must be auto, continuous, paged or static, not {self.batching!r}."
            )
        if self.batch_size < 0 or self.threads < 0:
            raise OptionsError("transformers: batch_size and threads must be 0 (automatic) or more.")


@dataclass(frozen=True, slots=True)
class DiffusionOptions:
    """The options of a masked diffusion model, which change its text; all may be left out."""

    dtype: str = "auto"
    """"auto" is bfloat16 where the device computes in it, else float32."""
    block_length: int = 32
    """The tokens of a block: blocks are written from left to right, as many as the limit of an answer needs."""
    steps: int = 0
    """The steps of each block, in which equal numbers of its tokens are kept; 0 is one step a token."""
    remasking: str = "low_confidence"
    """Which tokens of a step are kept: those with the highest probability, or any."""
    threshold: float = 0.0
    """Above 0 a step keeps every token of at least this probability, the likeliest in any case; `steps` is not used."""
    cfg_scale: float = 0.0
    """The scale of classifier-free guidance: how far from the tokens that would be written without the prompt."""
    cache: str = "none"
    """"dual" computes keys and values outside of a block once a block: several times faster, nearly the same text."""
    end_tokens: str = "free"
    """Tokens that end an answer: kept like others ("free"), after all others of their block ("last"), or "never"."""
    mask_token_id: int | None = None
    """The token of masked positions; None is that of the checkpoint."""
    end_token_ids: list[int] = field(default_factory=list)
    """The tokens that end an answer; none are those of the checkpoint and of its chat template."""
    shifted: bool | None = None
    """Whether a position's token is predicted at the position before it; None is so for Dream alone."""
    enable_thinking: bool | None = None
    """Whether the model thinks by itself where a strategy does not say; None is the chat template's own choice."""
    chat_template_kwargs: Mapping[str, Any] = field(default_factory=dict)
    """Further switches of the chat template, by the names that it reads."""

    def __post_init__(self) -> None:
        _check_model("diffusion", self.dtype, self.chat_template_kwargs)
        for name, known in (("remasking", REMASKING), ("cache", BLOCK_CACHES), ("end_tokens", END_TOKENS)):
            if getattr(self, name) not in known:
                raise OptionsError(f"diffusion: {name} must be one of {', '.join(known)}, not {getattr(self, name)!r}.")
        if not 1 <= self.block_length <= 4096:
            raise OptionsError(f"diffusion: block_length must be from 1 to 4096, not {self.block_length}.")
        if not 0 <= self.steps <= self.block_length:
            raise OptionsError(
                f"diffusion: steps are those of one block: from 1 to block_length ({self.block_length}), or 0 for one "
                f"a token, not {self.steps}."
            )
        if not 0 <= self.threshold <= 1 or not 0 <= self.cfg_scale <= 100:
            raise OptionsError("diffusion: threshold must be from 0 to 1, and cfg_scale from 0 to 100.")
        if self.threshold and self.remasking == "random":
            raise OptionsError(
                "diffusion: threshold compares probabilities; leave it out, or set remasking low_confidence."
            )
        if self.threshold and self.steps:
            raise OptionsError("diffusion: threshold decides how many steps a block takes; leave out one of the two.")
        ids = [*self.end_token_ids, *([] if self.mask_token_id is None else [self.mask_token_id])]
        if any(not isinstance(token, int) or isinstance(token, bool) or token < 0 for token in ids):
            raise OptionsError("diffusion: mask_token_id and end_token_ids must be token numbers from 0.")

    def unread_switch(self, chat_template: str) -> str:
        """The first switch of these options that `chat_template` never reads; "" if it reads them all."""
        return unread_switch(self.enable_thinking, self.chat_template_kwargs, chat_template)


@dataclass(frozen=True, slots=True)
class DiffusionServing:
    """Serving settings of a masked diffusion model. Change no text, but for the last bits of sums (batch shape)."""

    device: str = "auto"
    """"auto" is CUDA if there is one, else the CPU; or torch's name of a device."""
    batch_size: int = 0
    """The number of requests that decode together; 0 is 8 on the CPU and 32 on CUDA."""
    threads: int = 0
    """CPU threads; 0 is torch's own choice, one for each core."""

    def __post_init__(self) -> None:
        if self.batch_size < 0 or self.threads < 0:
            raise OptionsError("diffusion: batch_size and threads must be 0 (automatic) or more.")


def unread_switch(enable_thinking: bool | None, switches: Mapping[str, Any], chat_template: str) -> str:
    """The first of these switches that `chat_template` never reads; "" if it reads them all."""
    names = [name for name in switches if name not in chat_template]
    if enable_thinking is not None and not any(name in chat_template for name in THINKING_SWITCHES):
        names.append("enable_thinking")
    return names[0] if names else ""


def _check_model(backend: str, dtype: str, chat_template_kwargs: Mapping[str, Any]) -> None:
    if dtype not in DTYPES:
        raise OptionsError(f"{backend}: dtype must be one of {', '.join(DTYPES)}, not {dtype!r}.")
    for name in chat_template_kwargs:
        if name in _TEMPLATE_ARGUMENTS:
            raise OptionsError(f"{backend}: chat_template_kwargs: {name!r} is set for each request by Cotrast.")
