"""Models of Anthropic: thinking and retirement, as far as a run must know them.

Pure Python, reads `fixtures/claude_models.json`. What the provider says of a model (`models.retrieve`) goes before this
table once a worker has asked; the table decides what is refused at registration and at the start of a run.
"""

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from annotator.options import read_options

EFFORTS = ("low", "medium", "high", "xhigh", "max")
_FILE = Path(__file__).resolve().parent.parent / "fixtures" / "claude_models.json"


@dataclass(frozen=True, slots=True)
class ClaudeModel:
    """One model, by the beginning of its id.

    `thinking` are the values of `thinking.type` that it accepts: enabled (with a budget), adaptive, disabled.
    `retired_on` is the ISO date from which requests fail, None if none is known.
    """

    id: str
    thinking: list[str]
    retired_on: str | None
    source: str

    @property
    def can_stop_thinking(self) -> bool:
        """Whether it answers without thinking: it has none, or its thinking can be switched off."""
        return not self.thinking or "disabled" in self.thinking

    def retired(self, today: date) -> bool:
        return self.retired_on is not None and date.fromisoformat(self.retired_on) <= today


@cache
def claude_models() -> tuple[ClaudeModel, ...]:
    """Return the table, in its order."""
    rows = json.loads(_FILE.read_text(encoding="utf-8"))["models"]
    return tuple(
        read_options(ClaudeModel, row, where=f"claude_models.json: model {n}") for n, row in enumerate(rows, 1)
    )


def claude_model(name: str) -> ClaudeModel | None:
    """Return what is known of the model called `name`, a dated id or an alias; None of one that the table lacks."""
    fitting = [model for model in claude_models() if name == model.id or name.startswith(f"{model.id}-")]
    return max(fitting, key=lambda model: len(model.id), default=None)
