"""One request as tokens while a model works on it, and the choice of next tokens.

Owns stopping and sampling. Knows nothing of batches or caches. B sequences, V tokens in the vocabulary.
"""

from dataclasses import dataclass, field
from random import Random

import torch

from annotator.sampling import Sampling
from workers.engine.protocol import FinishReason

TOP_K = 1024
"""Sampling considers so many likeliest tokens: sorting the whole vocabulary costs nearly as much as a decoding step."""
_LOWEST_TEMPERATURE = 1e-6


@dataclass(slots=True, eq=False)
class Sequence:
    """A request as tokens. Finished once it has a `finish_reason`, which may be before decoding begins."""

    request_id: str
    prompt: list[int]
    sampling: Sampling
    stop_tokens: frozenset[int]
    tokens: list[int] = field(default_factory=list)
    error: str = ""
    started: float = 0.0
    _random: Random | None = None

    @property
    def finish_reason(self) -> FinishReason | None:
        if self.error:
            return "error"
        if self.tokens and self.tokens[-1] in self.stop_tokens:
            return "stop"
        return "length" if len(self.tokens) >= self.sampling.max_new_tokens else None

    @property
    def sampled(self) -> bool:
        return self.sampling.temperature > 0

    def restart(self) -> None:
        """Forget what was generated; the same seed then draws the same tokens again."""
        self.tokens = []
        self._random = None

    def uniform(self) -> float:
        """The next number in [0, 1) of this sequence's own generator, which its request's seed alone determines."""
        if self._random is None:
            self._random = Random(self.sampling.seed)
        return self._random.random()


def append_next_tokens(sequences: list[Sequence], logits: torch.Tensor) -> list[Sequence]:
    """Append to each unfinished sequence its next token by `logits` (B, V); returns those that this finishes."""
    growing = [index for index, sequence in enumerate(sequences) if not sequence.finish_reason]
    next_tokens = logits.argmax(dim=-1)  # (B,)
    sampled = [index for index in growing if sequences[index].sampled]
    if sampled:
        next_tokens[sampled] = sample(logits[sampled], [sequences[index] for index in sampled])
    for index, token in enumerate(next_tokens.tolist()):
        if not sequences[index].finish_reason:
            sequences[index].tokens.append(token)
    return [sequences[index] for index in growing if sequences[index].finish_reason]


def sample(logits: torch.Tensor, sequences: list[Sequence]) -> torch.Tensor:
    """Draw one token (B,) for each row of `logits` (B, V) by its sequence's temperature, nucleus and seed.

    The nucleus is the smallest set of likeliest tokens whose probability mass reaches `top_p` (Holtzman et al., 2020),
    in probabilities over the whole vocabulary. Tokens beyond the `TOP_K` likeliest are never drawn: where they hold
    more than 1 - `top_p` of the mass, the nucleus is all of the `TOP_K`, and `top_p` = 1 means just these.

    All rows are drawn at once on the device of `logits`, by the inverse of the cumulative distribution at a number from
    each sequence's own generator on the CPU. The same logits and seed thus give the same token in any batch.
    """
    temperature = _column([max(s.sampling.temperature, _LOWEST_TEMPERATURE) for s in sequences], logits)
    top_p = _column([s.sampling.top_p for s in sequences], logits)
    uniform = _column([s.uniform() for s in sequences], logits)
    probabilities = torch.softmax(logits.float() / temperature, dim=-1)
    likeliest, tokens = probabilities.topk(min(TOP_K, logits.shape[-1]), dim=-1)  # (B, K), likeliest first
    in_nucleus = likeliest.cumsum(dim=-1) - likeliest < top_p  # the mass before a token: the first is always in
    cumulative = (likeliest * in_nucleus).cumsum(dim=-1)
    drawn = torch.searchsorted(cumulative, uniform * cumulative[:, -1:], right=True)
    last = in_nucleus.sum(dim=-1, keepdim=True) - 1  # rounding may carry a draw beyond the nucleus
    return tokens.gather(1, drawn.minimum(last)).squeeze(1)


def _column(values: list[float], logits: torch.Tensor) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float32, device=logits.device).unsqueeze(1)  # (B, 1)
