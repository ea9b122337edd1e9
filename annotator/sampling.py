"""Sampling parameters: names, ranges and defaults, as one frozen value for web, runs and workers.

Pure Python. Knows no run, no backend and no screen.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from annotator.options import read_options

CUT_OFF = ("length", "context_window")
"""The finish reasons of a text that ends where the tokens did: those of the request, or of the model's context."""


class SamplingError(ValueError):
    """A sampling parameter out of range, in one English sentence; its fields let screens word it in other languages."""

    def __init__(self, name: str, value: object, low: float, high: float) -> None:
        super().__init__(f"{name}={value!r}: give a number from {low:.12g} to {high:.12g}.")
        self.name, self.value, self.low, self.high = name, value, low, high


@dataclass(frozen=True, slots=True)
class Sampling:
    """Sampling parameters of one request: greedy unless `temperature` is above 0. `seed` is not shared with its batch.

    `top_p` is the probability mass of the nucleus (Holtzman et al., 2020); 1.0 keeps every token.
    """

    RANGES: ClassVar[Mapping[str, tuple[float, float]]] = {
        "max_new_tokens": (1, 65_536),
        "temperature": (0.0, 2.0),
        "top_p": (0.01, 1.0),
        "seed": (0, 2**31 - 1),
    }

    max_new_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name, (low, high) in self.RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise SamplingError(name, value, low, high)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Sampling":
        """Read a JSON object. Raises OptionsError for unknown fields and wrong types, SamplingError for ranges."""
        read = read_options(cls, value, where="sampling")
        # 1 and 1.0 are the same temperature and must have the same canonical JSON.
        return cls(read.max_new_tokens, float(read.temperature), float(read.top_p), read.seed)

    def to_json(self) -> dict[str, Any]:
        """Return every parameter by name, as it is stored with a run."""
        return asdict(self)
