"""Backend specifications: the options and serving settings of each backend, for web, runs and workers.

Pure Python. The backends themselves are in `workers/engine`; a test keeps the two together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from annotator.options import OptionsError, read_options

THINKING_SWITCHES = ("enable_thinking", "thinking")
"""The variables by which chat templates are known to switch thinking (Qwen3, GLM; DeepSeek-V3.1, Granite)."""
DTYPES = ("auto", "bfloat16", "float16", "float32", "float64")
ABILITIES = ("continued turns", "probabilities", "tools")
"""What only some backends offer: to continue a turn of the assistant, the probabilities of labels, tools."""
BATCHING = ("continuous", "paged", "static")
IMPORTED = "imported"
"""The backend of models that are known by their imported runs alone."""


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
        if self.dtype not in DTYPES:
            raise OptionsError(f"transformers: dtype must be one of {', '.join(DTYPES)}, not {self.dtype!r}.")
        for name in self.chat_template_kwargs:
            if name in _TEMPLATE_ARGUMENTS:
                raise OptionsError(f"transformers: chat_template_kwargs: {name!r} is set for each request by Cotrast.")

    def unread_switch(self, chat_template: str) -> str:
        """The first switch of these options that `chat_template` never reads; "" if it reads them all."""
        names = [name for name in self.chat_template_kwargs if name not in chat_template]
        if self.enable_thinking is not None and not any(name in chat_template for name in THINKING_SWITCHES):
            names.append("enable_thinking")
        return names[0] if names else ""


_TEMPLATE_ARGUMENTS = frozenset(
    ("messages", "conversation", "tokenize", "add_generation_prompt", "return_dict", "return_tensors", "chat_template")
)


@dataclass(frozen=True, slots=True)
class TransformersServing:
    """How a local model is run. Changes no text, but for the last bits of sums in bfloat16 (shape of the batch)."""

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
class ScriptedRule:
    """The reply to every message that contains all of `contains`."""

    contains: list[str]
    reply: str


@dataclass(frozen=True, slots=True)
class ScriptedOptions:
    """What the scripted backend replies; all may be left out."""

    replies: Mapping[str, str] = field(default_factory=dict)
    """{"exact text of the last message": "reply"}"""
    rules: list[Mapping[str, Any]] = field(default_factory=list)
    """[{"contains": ["a", "b"], "reply": "..."}]: the first rule whose every text occurs in the last message"""
    failures: Mapping[str, str] = field(default_factory=dict)
    """{"text": "sentence"}: a request whose last message contains the text fails alone with the sentence"""

    def __post_init__(self) -> None:
        self.read_rules()

    def read_rules(self) -> list[ScriptedRule]:
        """The rules as values; raises `OptionsError` for one that is none."""
        return [read_options(ScriptedRule, rule, where="scripted: rules") for rule in self.rules]


@dataclass(frozen=True, slots=True)
class ScriptedServing:
    """How the scripted backend is run."""

    delay_s: float = 0.0
    """The time that every request takes, in seconds."""
    batch_size: int = 8
    """The number of requests that it takes at once."""

    def __post_init__(self) -> None:
        if self.batch_size < 1 or self.delay_s < 0:
            raise OptionsError("scripted: batch_size must be 1 or more, and delay_s 0 or more.")


@dataclass(frozen=True, slots=True)
class NoSettings:
    """The options and serving settings of a backend that has none."""


@dataclass(frozen=True, slots=True)
class BackendSpec:
    """One backend: its name, a description, and the frozen dataclasses of its options and serving settings.

    `offers` names those of `ABILITIES` that its completions have. One that does not `generate` has no worker: the
    answers of its models are imported.
    """

    name: str
    description: str
    options: type[Any]
    serving: type[Any]
    offers: frozenset[str] = frozenset()
    generates: bool = True

    def read_options(self, value: Mapping[str, Any]) -> Any:
        """The options as their dataclass; raises `OptionsError` for what it does not name."""
        return read_options(self.options, value, where=self.name)

    def read_serving(self, value: Mapping[str, Any]) -> Any:
        """The serving settings as their dataclass; raises `OptionsError` for what it does not name."""
        return read_options(self.serving, value, where=f"{self.name}: serving")


BACKENDS: Mapping[str, BackendSpec] = {
    spec.name: spec
    for spec in (
        BackendSpec(
            "transformers",
            "a model of a hub, a local folder or an installed wheel, run by transformers",
            TransformersOptions,
            TransformersServing,
        ),
        BackendSpec(
            "scripted",
            "scripted replies, for tests and for trying the product without a model",
            ScriptedOptions,
            ScriptedServing,
        ),
        BackendSpec(
            IMPORTED, "answers that were made elsewhere and are imported", NoSettings, NoSettings, generates=False
        ),
    )
}
"""All backends by name."""

GENERATING = tuple(name for name, spec in BACKENDS.items() if spec.generates)
"""The backends that workers run."""
