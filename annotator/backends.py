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
class ScriptedToolCall:
    """The call of the tool `name`, where it is offered, on every message that contains all of `contains`."""

    contains: list[str]
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ScriptedOptions:
    """What the scripted backend replies; all may be left out.

    "The message" is the last one; where the request begins a turn of the assistant, it is the message before that turn,
    a blank line and the turn, and the reply is what comes after it.
    """

    replies: Mapping[str, str] = field(default_factory=dict)
    """{"exact text of the message": "reply"}"""
    rules: list[Mapping[str, Any]] = field(default_factory=list)
    """[{"contains": ["a", "b"], "reply": "..."}]: the first rule whose every text occurs in the message"""
    failures: Mapping[str, str] = field(default_factory=dict)
    """{"text": "sentence"}: a request whose message contains the text fails alone with the sentence"""
    probabilities: Mapping[str, Any] = field(default_factory=dict)
    """{"text": {"Yes": 0.7, "No": 0.3}}: the weights of labels where the message contains the text; others have 0. Else
    a reply or rule that is a label has 0.9 of the probability, and without one a hash of the message decides."""
    tool_calls: list[Mapping[str, Any]] = field(default_factory=list)
    """[{"contains": ["a"], "name": "tool", "arguments": {}}]: the first that fits a message and the offered tools"""
    lacks: list[str] = field(default_factory=list)
    """Those of `ABILITIES` that this model does without, as models of other backends do."""

    def __post_init__(self) -> None:
        self.read_rules()
        self.read_tool_calls()
        for text, weights in self.probabilities.items():
            if not isinstance(weights, Mapping) or not all(map(_is_weight, weights.values())):
                raise OptionsError(f"scripted: probabilities: {text!r} needs an object of labels with numbers from 0.")
        for ability in self.lacks:
            if ability not in ABILITIES:
                raise OptionsError(f"scripted: lacks must name some of {', '.join(ABILITIES)}, not {ability!r}.")

    def read_rules(self) -> list[ScriptedRule]:
        """The rules as values; raises `OptionsError` for one that is none."""
        return [read_options(ScriptedRule, rule, where="scripted: rules") for rule in self.rules]

    def read_tool_calls(self) -> list[ScriptedToolCall]:
        """The tool calls as values; raises `OptionsError` for one that is none."""
        return [read_options(ScriptedToolCall, call, where="scripted: tool_calls") for call in self.tool_calls]


def _is_weight(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf")


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

    `offers` names those of `ABILITIES` that its completions have. Where the model or its chat template lacks one all
    the same, a request for it fails alone. One that does not `generate` has no worker: the answers of its models are
    imported. One that `traces_attention` shows what a model attends to (`workers.attention`).
    """

    name: str
    description: str
    options: type[Any]
    serving: type[Any]
    offers: frozenset[str] = frozenset()
    generates: bool = True
    traces_attention: bool = False

    def read_options(self, value: Mapping[str, Any]) -> Any:
        """The options as their dataclass; raises `OptionsError` for what it does not name."""
        return read_options(self.options, value, where=self.name)

    def read_serving(self, value: Mapping[str, Any]) -> Any:
        """The serving settings as their dataclass; raises `OptionsError` for what it does not name."""
        return read_options(self.serving, value, where=f"{self.name}: serving")

    def offered(self, options: Mapping[str, Any]) -> frozenset[str]:
        """Those of `ABILITIES` that a model with these options has."""
        return self.offers - frozenset(getattr(self.read_options(options), "lacks", ()))


BACKENDS: Mapping[str, BackendSpec] = {
    spec.name: spec
    for spec in (
        BackendSpec(
            "transformers",
            "a model of a hub, a local folder or an installed wheel, run by transformers",
            TransformersOptions,
            TransformersServing,
            frozenset(ABILITIES),
            traces_attention=True,
        ),
        BackendSpec(
            "scripted",
            "scripted replies, for tests and for trying the product without a model",
            ScriptedOptions,
            ScriptedServing,
            frozenset(ABILITIES),
        ),
        BackendSpec(
            IMPORTED, "answers that were made elsewhere and are imported", NoSettings, NoSettings, generates=False
        ),
    )
}
"""All backends by name."""

GENERATING = tuple(name for name, spec in BACKENDS.items() if spec.generates)
"""The backends that workers run."""
