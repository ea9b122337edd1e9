"""Parameters of the strategies: one frozen dataclass each, canonical and valid once it is built. Pure.

A field's `metadata` has what a form needs beyond its type: the `choices` of a text, the `range` of a number.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from annotator.constraints import kinds
from annotator.constraints.messages import msg
from annotator.options import OptionsError, read_options, shown
from annotator.strategies.exemplars import Exemplar, read_exemplars
from annotator.strategies.routers import read_router

_FIRST = {"choices": ("cot", "cot_forced", "base")}
_MOST_EXCLUDED = 200_000
_THINKING_OFF = "thinking switched off"


@dataclass(frozen=True, slots=True)
class NoParameters:
    """The parameters of a strategy that has none."""


@dataclass(frozen=True, slots=True)
class CotForcedParameters:
    """The budget of the reasoning that is begun for the model."""

    reasoning_tokens: int = field(default=120, metadata={"range": (1, 65_536)})
    """The most tokens of reasoning; the answer has the run's `max_new_tokens` of its own."""

    def __post_init__(self) -> None:
        _check("cot_forced", self)


@dataclass(frozen=True, slots=True)
class FewShotParameters:
    """Frozen exemplars, and how they are shown: each as an earlier turn, or all in one turn with the target last."""

    exemplars: list[Mapping[str, Any]] = field(default_factory=list)
    """[{"prompt": ..., "answer": ..., "reasoning": ...}], reasoning optional; at least one"""
    as_turns: bool = True
    """Whether each exemplar is an earlier turn of the user and one of the assistant; else all stand in one turn."""
    reasoning: bool = False
    """Whether exemplars and target reason: after THINK:, and the answer after ANSWER:, as under `cot`."""
    set_hash: str = ""
    """The hash of the prompt set that the exemplars were copied from; "" for a file."""
    excluded: list[str] = field(default_factory=list)
    """Keys of prompts that get no generation; those of the exemplars are added when the run starts."""

    def __post_init__(self) -> None:
        where = parameters_of("few_shot")
        exemplars = read_exemplars(self.exemplars, where=_part("few_shot", "exemplars"))
        for number, exemplar in enumerate(exemplars, 1):
            if self.reasoning and not exemplar.reasoning.strip():
                raise OptionsError(
                    msg(
                        "%(where)s: exemplar %(number)s has no reasoning to show; add it, or set reasoning to false.",
                        where=where,
                        number=number,
                    )
                )
        if len(self.set_hash) > 96:
            raise OptionsError(msg("%(where)s: set_hash is no hash: it has more than 96 characters.", where=where))
        if len(self.excluded) > _MOST_EXCLUDED:
            raise OptionsError(
                msg("%(where)s: excluded: give at most %(cap)s keys.", where=where, cap=f"{_MOST_EXCLUDED:,}")
            )
        keys: list[Any] = list(self.excluded)
        for key in keys:
            if isinstance(key, bool) or not isinstance(key, str | int):
                values = {"where": where, "value": shown(key)}
                raise OptionsError(
                    msg("%(where)s: excluded: %(value)s is no key; a key is a text or a whole number.", **values)
                )
        _set(self, exemplars=[asdict(exemplar) for exemplar in exemplars])
        _set(self, excluded=[str(key) for key in self.excluded])

    @property
    def needs(self) -> tuple[str, ...]:
        return () if self.reasoning else (_THINKING_OFF,)

    def read_exemplars(self) -> tuple[Exemplar, ...]:
        """Return the exemplars as values."""
        return tuple(Exemplar(**value) for value in self.exemplars)


@dataclass(frozen=True, slots=True)
class SelfReflectionParameters:
    """Parameters of `self_reflection`: how the first answer is asked for, which the model then judges and revises."""

    first: str = field(default="cot", metadata=_FIRST)
    """The strategy of the first answer; the paper reflects on chain of thought."""

    def __post_init__(self) -> None:
        _check("self_reflection", self)

    @property
    def needs(self) -> tuple[str, ...]:
        return _needs_of_first(self.first)


@dataclass(frozen=True, slots=True)
class SelfSelectiveParameters:
    """Parameters of `self_selective`: the probability of yes from which on the model reasons."""

    threshold: float = field(default=0.5, metadata={"range": (0.0, 1.0)})
    """The least probability of yes for which it reasons; without a backend's probabilities its word counts alone."""

    def __post_init__(self) -> None:
        _check("self_selective", self)
        _set(self, threshold=float(self.threshold))  # 1 and 1.0 have one canonical JSON


@dataclass(frozen=True, slots=True)
class RestateParameters:
    """The budget of the reasoning after which the constraints are restated."""

    reasoning_tokens: int = field(default=0, metadata={"range": (0, 65_536)})
    """The most tokens of the reasoning step; 0 is as many as the run's `max_new_tokens`."""

    def __post_init__(self) -> None:
        _check("restate", self)


@dataclass(frozen=True, slots=True)
class ClassifierSelectiveParameters:
    """The router, as frozen JSON: see `annotator.strategies.kind_router` and `text_router`."""

    router: Mapping[str, Any] = field(default_factory=dict)
    """{} is the default router, by kinds of constraints."""

    def __post_init__(self) -> None:
        _set(self, router=read_router(self.router).to_json())


_CHOSEN: Mapping[str, type[Any]] = {
    "self_reflection": SelfReflectionParameters,
    "self_selective": SelfSelectiveParameters,
    "classifier_selective": ClassifierSelectiveParameters,
}
"""The strategies that `pipeline` chooses from, as in the paper."""


@dataclass(frozen=True, slots=True)
class VerifiedRevisionParameters:
    """Parameters of `verified_revision`: how often the checkers report to the model, after answers or by a tool."""

    first: str = field(default="cot", metadata=_FIRST)
    """The strategy of the first answer; with `tool` the model answers by itself, and this is not read."""
    rounds: int = field(default=3, metadata={"range": (1, 10)})
    """The most revisions, or with `tool` the most calls of the tool."""
    tool: bool = False
    """Whether the checkers are a tool that the model may call before it answers; needs a backend with tools."""

    def __post_init__(self) -> None:
        _check("verified_revision", self)

    @property
    def needs(self) -> tuple[str, ...]:
        return ("tools",) if self.tool else (*_needs_of_first(self.first), _THINKING_OFF)


@dataclass(frozen=True, slots=True)
class PipelineParameters:
    """Parameters of `pipeline`: what makes a prompt complex, and the strategies by that, with their parameters."""

    complex_from: int = field(default=3, metadata={"range": (1, 1_000)})
    """The number of constraints from which on a prompt is complex."""
    complex_kinds: list[str] = field(default_factory=lambda: ["combination:repeat_prompt", "combination:two_responses"])
    """Kinds of constraints that make a prompt complex whatever their number."""
    when_simple: str = field(default="self_reflection", metadata={"choices": tuple(_CHOSEN)})
    when_complex: str = field(default="self_selective", metadata={"choices": tuple(_CHOSEN)})
    self_reflection: Mapping[str, Any] = field(default_factory=dict)
    """The parameters of this strategy, where the pipeline chooses it; so for the next two."""
    self_selective: Mapping[str, Any] = field(default_factory=dict)
    classifier_selective: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check("pipeline", self)
        unknown = [kind for kind in self.complex_kinds if kind not in kinds()]
        if unknown:
            values = {"where": _part("pipeline", "complex_kinds"), "kind": shown(unknown[0])}
            known = ", ".join(kinds())
            raise OptionsError(
                msg("%(where)s: unknown constraint kind %(kind)s; known kinds: %(known)s.", **values, known=known)
            )
        for name in _CHOSEN:
            _set(self, **{name: asdict(self.parameters_of(name))})

    @property
    def needs(self) -> tuple[str, ...]:
        chosen = (self.parameters_of(name) for name in (self.when_simple, self.when_complex))
        needs = (need for parameters in chosen for need in getattr(parameters, "needs", ()))
        return tuple(dict.fromkeys((*needs, _THINKING_OFF)))

    def parameters_of(self, name: str) -> Any:
        """Return the parameters of one of the three strategies."""
        return read_options(_CHOSEN[name], getattr(self, name), where=_part("pipeline", name))


def parameters_of(strategy: str) -> str:
    """Return what sentences call the parameters of a strategy."""
    return msg("parameters of %(strategy)s", strategy=strategy)


def _part(strategy: str, name: str) -> str:
    return msg("%(where)s: %(part)s", where=parameters_of(strategy), part=name)


def _needs_of_first(first: str) -> tuple[str, ...]:
    needs = {"cot_forced": ("continued turns", _THINKING_OFF), "base": (_THINKING_OFF,)}
    return needs.get(first, ())


def _check(strategy: str, parameters: Any) -> None:
    """Refuse a value outside of the `choices` or the `range` of its field."""
    for parameter in fields(parameters):
        value, metadata = getattr(parameters, parameter.name), parameter.metadata
        values = {"where": _part(strategy, parameter.name), "value": shown(value)}
        if "choices" in metadata and value not in metadata["choices"]:
            known = ", ".join(metadata["choices"])
            raise OptionsError(
                msg("%(where)s: unknown value %(value)s; choose one of %(known)s.", **values, known=known)
            )
        if "range" in metadata and not metadata["range"][0] <= value <= metadata["range"][1]:
            low, high = map(str, metadata["range"])
            raise OptionsError(
                msg("%(where)s=%(value)s: give a number from %(low)s to %(high)s.", **values, low=low, high=high)
            )


def _set(parameters: Any, **values: Any) -> None:
    """Set fields of a frozen dataclass to their canonical form, while it is built."""
    for name, value in values.items():
        object.__setattr__(parameters, name, value)
