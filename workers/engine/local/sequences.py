"""Sequences: requests as tokens while they are decoded, and the sampling of next tokens.

Owns stopping and sampling. Knows nothing of batches or caches. B sequences, V tokens in the vocabulary.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

import torch

from annotator.sampling import Sampling
from workers.engine.protocol import FinishReason

TOP_K = 1024
"""The most tokens of a nucleus: sorting the whole vocabulary would cost as much as a decoding step."""
_CANDIDATES = (64, 256, TOP_K)
"""Numbers of likeliest tokens tried in turn: most nuclei have fewer than 64, which cost a sixth of `TOP_K` to find."""
NO_FINITE_LOGITS = "The model computes no finite logits for this request; try dtype float32."
_LOWEST_TEMPERATURE = 1e-6
_BELOW_ONE = 1 - 2**-23
"""The highest uniform number: in float32 its product with a total is below the total."""


@dataclass(slots=True, eq=False)
class Sequence:
    """A request as tokens, finished once it has a `finish_reason`: an impossible one has it from the start.

    One with `labels`, each with its tokens, is finished by their probabilities instead of by generated tokens. One with
    `is_blank` gets no stop token while that is true of its tokens.
    """

    request_id: str
    prompt: list[int]
    sampling: Sampling
    stop_tokens: frozenset[int]
    tokens: list[int] = field(default_factory=list)
    error: str = ""
    started: float = 0.0
    labels: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    probabilities: Mapping[str, float] | None = None
    is_blank: Callable[[list[int]], bool] | None = None
    _has_text: bool = False
    _random: Random | None = None

    @property
    def finish_reason(self) -> FinishReason | None:
        if self.error:
            return "error"
        if self.labels:
            return None if self.probabilities is None else "stop"
        if self.tokens and self.tokens[-1] in self.stop_tokens:
            return "stop"
        return "length" if len(self.tokens) >= self.sampling.max_new_tokens else None

    @property
    def sampled(self) -> bool:
        return self.sampling.temperature > 0

    @property
    def may_not_stop(self) -> bool:
        """Whether the next token must not be a stop token, since the text so far is blank."""
        self._has_text = self._has_text or self.is_blank is None or not self.is_blank(self.tokens)
        return not self._has_text

    def restart(self) -> None:
        """Drop the generated tokens and reset the generator, so that the seed draws the same tokens again."""
        self.tokens, self._has_text = [], False
        self._random = None

    def uniform(self) -> float:
        """Return the next number in [0, 1) of this sequence's own generator, seeded by its request."""
        if self._random is None:
            self._random = Random(self.sampling.seed)
        return self._random.random()


def append_next_tokens(sequences: list[Sequence], logits: torch.Tensor) -> list[Sequence]:
    """Append to each unfinished sequence its next token by `logits` (B, V); return those that it finishes.

    One without finite logits is finished with an error: its tokens would be no answer of the model.
    """
    logits = logits.float()  # as `generate` does; on a CPU the next steps are also several times slower in bfloat16
    growing = [index for index, sequence in enumerate(sequences) if not sequence.finish_reason]
    for index in growing:
        if sequences[index].may_not_stop:
            logits[index, sorted(sequences[index].stop_tokens)] = -torch.inf
    highest, next_tokens = logits.max(dim=-1)  # (B,); the highest of a row with a NaN is a NaN
    finite = highest.isfinite().tolist()
    for index in growing:
        if not finite[index]:
            sequences[index].error = NO_FINITE_LOGITS
    sampled = [index for index in growing if sequences[index].sampled and finite[index]]
    if sampled:
        next_tokens[sampled] = sample(_rows(logits, sampled), [sequences[index] for index in sampled])
    tokens = next_tokens.tolist()
    for index in growing:
        sequences[index].tokens.append(tokens[index])
    return [sequences[index] for index in growing if sequences[index].finish_reason]


def sample(logits: torch.Tensor, sequences: list[Sequence]) -> torch.Tensor:
    """Draw one token (B,) for each row of float32 `logits` (B, V) by its sequence's temperature, nucleus and seed.

    The nucleus is the smallest set of likeliest tokens whose probability mass reaches `top_p` (Holtzman et al., 2020),
    in probabilities over the whole vocabulary. Where the `TOP_K` likeliest tokens have less mass than `top_p`, they are
    the nucleus. `top_p` = 1 draws from the whole vocabulary, unsorted and without a limit.

    All rows are drawn at once on the device of `logits`, by the inverse of the cumulative distribution at a uniform
    number from each sequence's own generator. The same logits and seed thus give the same token in any batch.
    """
    temperature = _column([max(s.sampling.temperature, _LOWEST_TEMPERATURE) for s in sequences], logits)
    top_p = _column([s.sampling.top_p for s in sequences], logits)
    uniform = _column([min(s.uniform(), _BELOW_ONE) for s in sequences], logits)
    probabilities = torch.softmax(logits / temperature, dim=-1)
    drawn = torch.empty(len(sequences), dtype=torch.long, device=logits.device)
    whole = [index for index, s in enumerate(sequences) if s.sampling.top_p == 1]
    nucleus = [index for index, s in enumerate(sequences) if s.sampling.top_p < 1]
    if whole:
        drawn[whole] = _draw(_rows(probabilities, whole), uniform[whole])
    for count in _CANDIDATES:
        if nucleus:
            chosen = _rows(probabilities, nucleus)
            drawn[nucleus], mass = _draw_from_nucleus(chosen, top_p[nucleus], uniform[nucleus], count)
            short = (mass < top_p[nucleus].squeeze(1)).tolist()  # their nucleus has more tokens than `count`
            nucleus = [index for index, larger in zip(nucleus, short, strict=True) if larger]
    return drawn


def _draw_from_nucleus(
    probabilities: torch.Tensor, top_p: torch.Tensor, uniform: torch.Tensor, count: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw tokens (B,) from the nucleus within the `count` likeliest tokens; return them and these tokens' mass (B,).

    Where that mass reaches `top_p`, a larger `count` would draw the same token.
    """
    likeliest, tokens = probabilities.topk(min(count, probabilities.shape[-1]), dim=-1)  # (B, K), likeliest first
    mass = likeliest.cumsum(dim=-1)
    inside = mass - likeliest < top_p  # by the mass before a token, so that the first is always in
    index = _draw(likeliest * inside, uniform).minimum(inside.sum(dim=-1) - 1)
    return tokens.gather(1, index.unsqueeze(1)).squeeze(1), mass[:, -1]


def _draw(weights: torch.Tensor, uniform: torch.Tensor) -> torch.Tensor:
    """Return the index (B,) where the cumulative sum of `weights` (B, K) passes `uniform` (B, 1) times its total."""
    cumulative = weights.cumsum(dim=-1)
    return torch.searchsorted(cumulative, uniform * cumulative[:, -1:], right=True).squeeze(1)


def _rows(values: torch.Tensor, rows: list[int]) -> torch.Tensor:
    """Return `values[rows]` for ascending `rows`, without a copy of B times V numbers where these are all rows."""
    return values if len(rows) == len(values) else values[rows]


def _column(values: list[float], logits: torch.Tensor) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float32, device=logits.device).unsqueeze(1)  # (B, 1)
