"""Fine-tuned routers as frozen values: settings of a training, and hashes of the files that it left.

Pure. The weights are safetensors in a folder of `VAR_DIR`; loading them, which needs torch, is in `workers.finetuning`.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from annotator.canonical import fingerprint
from annotator.constraints.messages import msg
from annotator.options import OptionsError, read_options
from annotator.routing.labelled_prompts import Ties

FINETUNED: Literal["finetuned"] = "finetuned"
PAPER_BASE = "Qwen/Qwen2.5-7B-Instruct"
_FOLDER = "routers"
_ENDS = 50.0  # logits beyond which a probability no longer changes


@dataclass(frozen=True, slots=True)
class FinetuneSettings:
    """Settings of a fine-tuning. The defaults are the paper's where it gives them: model, learning rate and epochs.

    With the calibration `platt` a fifth of the prompts is kept from the fine-tuning, for the calibration and the
    threshold. `none` is the paper's: all prompts are trained on, and it reasons from one half on.
    """

    base: str = PAPER_BASE
    revision: str = ""
    ties: Ties = "no"
    calibration: Literal["platt", "none"] = "platt"
    learning_rate: float = 1e-5
    epochs: int = 3
    batch_size: int = 8
    longest: int = 512
    """The most tokens of a prompt that are read."""
    seed: int = 0
    features: Literal["finetuned"] = FINETUNED


@dataclass(frozen=True, slots=True)
class FinetunedRouter:
    """A frozen fine-tuned router: `files` are its files by name with their SHA-256; `hash` is that of all other fields.

    The probability is that of the logit (the difference of the two classes') after Platt's scaling.
    """

    base: str
    files: Mapping[str, str]
    longest: int
    slope: float = 1.0
    intercept: float = 0.0
    threshold: float = 0.5
    kind: str = FINETUNED
    hash: str = field(default="")

    def __post_init__(self) -> None:
        content = {name: value for name, value in asdict(self).items() if name != "hash"}
        digest = fingerprint("router-finetuned-1", content)
        if self.hash not in ("", digest):
            raise OptionsError(
                msg("router: the hash does not fit its content; leave it out, or give %(hash)s.", hash=repr(digest))
            )
        object.__setattr__(self, "hash", digest)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "FinetunedRouter":
        """Read a router. Raises OptionsError."""
        return read_options(cls, value, where="router")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def calibrated(self, logit: float) -> float:
        return 1 / (1 + math.exp(-max(-_ENDS, min(_ENDS, self.slope * logit + self.intercept))))

    def folder(self, var_dir: Path) -> Path:
        """Return the folder of its files."""
        return var_dir / _FOLDER / self.hash.partition(":")[2]
