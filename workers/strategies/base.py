"""The strategy `base`: the prompt alone, without any word of ours."""

from collections.abc import Generator
from typing import ClassVar

from workers.engine import Completion, Message
from workers.strategies.splitting import outcome_of
from workers.strategies.types import Ask, Outcome


class Base:
    """Ask for the answer directly; the whole completion is the answer."""

    name: ClassVar = "base"
    template_version: ClassVar = "1"

    def start(self, prompt_text: str) -> Generator[Ask, Completion, Outcome]:
        completion = yield Ask((Message("user", prompt_text),))
        return outcome_of(completion, "none")
