"""One request while a model works on it, and how its next token is chosen. Knows nothing of batches or caches."""

from dataclasses import dataclass, field

import torch

from annotator.sampling import Sampling
from workers.engine.protocol import FinishReason


@dataclass(slots=True, eq=False)
class Row:
    """A request as tokens. It is finished once it has a `finish_reason`; a row may be finished before it begins."""

    request_id: str
    prompt: list[int]
    sampling: Sampling
    stops: frozenset[int]
    tokens: list[int] = field(default_factory=list)
    error: str = ""
    started: float = 0.0
    _generator: torch.Generator | None = None

    @property
    def finish_reason(self) -> FinishReason | None:
        if self.error:
            return "error"
        if self.tokens and self.tokens[-1] in self.stops:
            return "stop"
        return "length" if len(self.tokens) >= self.sampling.max_new_tokens else None

    def restart(self) -> None:
        """Forget what was generated; the same seed then draws the same tokens again."""
        self.tokens = []
        self._generator = None

    def draw(self, logits: torch.Tensor) -> int:
        """Draw a token from `logits` (vocabulary,) with this row's temperature, nucleus and own generator.

        On the CPU, whatever the device: a seed then means the same draws everywhere. The nucleus is the smallest set of
        likeliest tokens whose mass reaches `top_p` (Holtzman et al., 2020).
        """
        if self._generator is None:
            self._generator = torch.Generator().manual_seed(self.sampling.seed)
        probabilities = torch.softmax(logits.float().cpu() / self.sampling.temperature, dim=-1)
        likeliest, tokens = probabilities.sort(descending=True)
        in_nucleus = likeliest.cumsum(0) - likeliest < self.sampling.top_p
        drawn = torch.multinomial(likeliest * in_nucleus, 1, generator=self._generator)
        return int(tokens[drawn])


def extend(rows: list[Row], logits: torch.Tensor) -> list[Row]:
    """Give each unfinished row its next token by `logits` (rows, vocabulary); the rows that this finishes."""
    greedy = logits.argmax(dim=-1).tolist()
    growing = [index for index, row in enumerate(rows) if not row.finish_reason]
    for index in growing:
        row = rows[index]
        row.tokens.append(row.draw(logits[index]) if row.sampling.temperature > 0 else greedy[index])
    return [rows[index] for index in growing if rows[index].finish_reason]
