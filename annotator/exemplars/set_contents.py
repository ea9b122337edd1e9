"""Contents of a prompt set: its exemplars in order, as a few-shot run copies and hashes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from annotator.canonical import fingerprint
from annotator.exemplars.errors import PromptSetError
from annotator.exemplars.models import Exemplar, PromptSet
from annotator.options import OptionsError
from annotator.strategies.exemplar_messages import exemplar_messages
from annotator.strategies.exemplars import MOST_EXEMPLARS
from annotator.strategies.parameters import FewShotParameters


@dataclass(frozen=True, slots=True)
class SetContents:
    """The exemplars, with their prompts, and how they are shown. Names, budget and author are no part of it."""

    exemplars: tuple[Exemplar, ...]
    template: str
    shows_reasoning: bool

    @property
    def withdrawn(self) -> tuple[Exemplar, ...]:
        """The exemplars that were withdrawn after they had joined the set."""
        return tuple(exemplar for exemplar in self.exemplars if exemplar.withdrawn_at is not None)

    @property
    def usable(self) -> tuple[Exemplar, ...]:
        """The exemplars that the next version of the set copies: those that are not withdrawn."""
        return tuple(exemplar for exemplar in self.exemplars if exemplar.withdrawn_at is None)

    @property
    def values(self) -> list[dict[str, str]]:
        """The exemplars as the parameter `exemplars` of the strategy `few_shot`."""
        return [
            {"prompt": exemplar.prompt.text, "reasoning": exemplar.reasoning, "answer": exemplar.answer}
            for exemplar in self.exemplars
        ]

    @property
    def content_hash(self) -> str:
        """The tagged hash of all that a run copies."""
        return fingerprint("prompt-set-1", [self.template, self.shows_reasoning, self.values])

    def parameters(self, exemplars: Sequence[dict[str, str]] | None = None, set_hash: str = "") -> dict[str, Any]:
        """The parameters of `few_shot` with these exemplars, or with other ones that are shown in the same way."""
        return {
            "exemplars": self.values if exemplars is None else list(exemplars),
            "as_turns": self.template == PromptSet.Template.TURNS,
            "reasoning": self.shows_reasoning,
            "set_hash": set_hash,
        }

    def check(self) -> None:
        """Raise PromptSetError for too many or too long exemplars, and for one whose reasoning is missing."""
        if len(self.exemplars) > MOST_EXEMPLARS:
            raise PromptSetError(
                _("%(n)d exemplars are too many for a prompt set; choose at most %(most)d.")
                % {"n": len(self.exemplars), "most": MOST_EXEMPLARS}
            )
        for number, exemplar in enumerate(self.exemplars, 1):
            if self.shows_reasoning and not exemplar.reasoning.strip():
                raise PromptSetError(
                    _(
                        "exemplar %(number)d (prompt %(key)s) has no reasoning to show; leave it out, or show the "
                        "answers alone."
                    )
                    % {"number": number, "key": exemplar.prompt.key}
                )
        if self.exemplars:
            self._read()

    def texts(self) -> list[str]:
        """The messages of a request without the text of its target, as the model is sent them; [] for no exemplar."""
        if not self.exemplars:
            return []
        return [text for _role, text in exemplar_messages(self._read(), "")]

    def _read(self) -> FewShotParameters:
        try:
            return FewShotParameters(**self.parameters())
        except OptionsError as error:
            raise PromptSetError(str(error)) from None
