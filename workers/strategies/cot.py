"""The strategy `cot`: think step by step about each constraint after THINK:, then answer after ANSWER:.

The wording was chosen by measurement (docs/design/generation.md); a change of it is a new `template_version`.
"""

from collections.abc import Generator
from typing import ClassVar

from workers.engine import Completion, Message
from workers.strategies.splitting import outcome_of
from workers.strategies.types import Ask, Outcome

TEMPLATE = """{prompt}

Use this format:
THINK: <think step by step about each constraint>
ANSWER: <the final answer>"""


class ChainOfThought:
    """Ask for reasoning first; only what follows the marker ANSWER: is the answer."""

    name: ClassVar = "cot"
    template_version: ClassVar = "1"

    def start(self, prompt_text: str) -> Generator[Ask, Completion, Outcome]:
        completion = yield Ask((Message("user", TEMPLATE.replace("{prompt}", prompt_text)),))
        return outcome_of(completion, "markers")
