"""Backend specifications: the options and serving settings of each backend, for web, runs and workers.

Pure Python. The backends themselves are in `workers/engine`; a test keeps the two together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from annotator.local_options import DTYPES as DTYPES
from annotator.local_options import THINKING_SWITCHES as THINKING_SWITCHES
from annotator.local_options import DiffusionOptions, DiffusionServing, TransformersOptions, TransformersServing
from annotator.options import OptionsError, read_options
from annotator.remote_backends import (
    CONTINUED,
    PROBABILITIES,
    THINKING_OFF,
    TOOLS,
    AnthropicOptions,
    AnthropicServing,
    OpenAIOptions,
    OpenAIServing,
)

ABILITIES = (CONTINUED, PROBABILITIES, TOOLS, THINKING_OFF)
"""What only some models offer: to continue a turn of the assistant, the probabilities of labels, tools, and to answer
without thinking. A local model offers the last one also where it has no switch: what it thinks is then in its text."""
IMPORTED = "imported"
"""The backend of models that are known by their imported runs alone."""


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
    """Options of the scripted backend: its replies; all may be left out.

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
    """Serving settings of the scripted backend."""

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

    `offers` names those of `ABILITIES` that its completions may have. Where the model or its chat template lacks one
    all the same, a request for it fails alone. One that does not `generate` has no worker: the answers of its models
    are imported. One that is `remote` sends each request to a server: it needs no memory of a device, so that one
    worker may serve several of its models. One that `traces_attention` shows what a model attends to
    (`workers.attention`).
    """

    name: str
    description: str
    options: type[Any]
    serving: type[Any]
    offers: frozenset[str] = frozenset()
    generates: bool = True
    remote: bool = False
    traces_attention: bool = False

    def read_options(self, value: Mapping[str, Any]) -> Any:
        """The options as their dataclass; raises `OptionsError` for what it does not name."""
        return read_options(self.options, value, where=self.name)

    def read_serving(self, value: Mapping[str, Any]) -> Any:
        """The serving settings as their dataclass; raises `OptionsError` for what it does not name."""
        return read_options(self.serving, value, where=f"{self.name}: serving")

    def offered(self, options: Mapping[str, Any], name: str = "") -> frozenset[str]:
        """Those of `ABILITIES` that the model called `name` has with these options."""
        read = self.read_options(options)
        return self.offers & read.abilities(name) if self.remote else self.offers - frozenset(_lacks(read))

    def takes_sampling(self, options: Mapping[str, Any], name: str) -> bool:
        """Whether the model called `name` takes a temperature; a provider may sample as it likes all the same."""
        return not self.remote or bool(self.read_options(options).takes_sampling(name))


def _lacks(options: Any) -> list[str]:
    return getattr(options, "lacks", [])


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
            "diffusion",
            "a masked diffusion model (LLaDA, Dream, BERT) of a hub or a local folder, run by transformers",
            DiffusionOptions,
            DiffusionServing,
            frozenset((CONTINUED, THINKING_OFF)),
        ),
        BackendSpec(
            "scripted",
            "scripted replies, for tests and for trying the product without a model",
            ScriptedOptions,
            ScriptedServing,
            frozenset(ABILITIES),
        ),
        BackendSpec(
            "openai",
            "a model behind chat completions: vLLM, SGLang, transformers serve, DeepSeek, OpenAI",
            OpenAIOptions,
            OpenAIServing,
            frozenset(ABILITIES),
            remote=True,
        ),
        BackendSpec(
            "anthropic",
            "a model of Anthropic",
            AnthropicOptions,
            AnthropicServing,
            frozenset(ABILITIES),
            remote=True,
        ),
        BackendSpec(
            IMPORTED, "answers that were made elsewhere and are imported", NoSettings, NoSettings, generates=False
        ),
    )
}
"""All backends by name."""

FROM_FILES = ("transformers", "diffusion")
"""The backends whose models are files: of a hub, a folder or a wheel."""
GENERATING = tuple(name for name, spec in BACKENDS.items() if spec.generates)
"""The backends that workers run."""
