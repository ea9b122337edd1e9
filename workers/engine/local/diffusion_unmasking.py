"""Unmasking: which masked positions of a block are filled in a step, and with which tokens.

Masked diffusion decoding of LLaDA (Nie et al., 2025, section 2.4): each step predicts every masked position, keeps the
predictions of the highest confidence and masks the rest again. Owns sampling by Gumbel noise (Zheng et al., 2024: in
float64, since noise of lower precision samples at a lower temperature) and the order of filling. Knows neither models
nor blocks. L positions of a block, N of them masked, V tokens in the vocabulary.
"""

from dataclasses import dataclass

import torch

from annotator.sampling import Sampling

_AFTER_ALL_OTHERS = -1.0
"""The confidence of an end token that is to be filled last: below every probability."""


@dataclass(frozen=True, slots=True)
class Unmasking:
    """Settings for filling the masked positions of a block; described in `annotator.local_options.DiffusionOptions`."""

    mask_token: int
    stop_tokens: frozenset[int]
    remasking: str = "low_confidence"
    end_tokens: str = "free"
    threshold: float = 0.0

    def predict(
        self, scores: torch.Tensor, sampling: Sampling, generator: torch.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the predicted tokens (N,) and their confidence (N,) by float64 `scores` (N, V), which are changed.

        The mask token is never predicted: it would stand in the answer.
        """
        scores[:, self.mask_token] = -torch.inf
        ends = torch.tensor(sorted(self.stop_tokens), dtype=torch.long, device=scores.device)
        if self.end_tokens == "never":
            scores[:, ends] = -torch.inf
        tokens = _drawn(scores, sampling, generator).argmax(dim=-1) if sampling.temperature else scores.argmax(dim=-1)
        if self.remasking == "random":
            confidence = torch.rand(len(tokens), dtype=torch.float64, device=scores.device, generator=generator)
        else:
            confidence = (scores.gather(1, tokens.unsqueeze(1)).squeeze(1) - scores.logsumexp(dim=-1)).exp()
        if self.end_tokens == "last":
            confidence[torch.isin(tokens, ends)] = _AFTER_ALL_OTHERS
        return tokens, confidence

    def keep(self, confidence: torch.Tensor, count: int) -> torch.Tensor:
        """Return which of the masked positions (N,) keep their tokens: the `count` surest, or those of the threshold.

        With a threshold at least the surest is kept, so that every step fills something.
        """
        surest_first = confidence.argsort(descending=True, stable=True)
        kept = torch.zeros_like(confidence, dtype=torch.bool)
        kept[surest_first[: 1 if self.threshold else count]] = True
        return kept | (confidence >= self.threshold) if self.threshold else kept


def counts(length: int, steps: int) -> list[int]:
    """The numbers of positions that each of `steps` fills of `length` masked ones; the first steps fill the rest."""
    each, rest = divmod(length, steps)
    return [each + (step < rest) for step in range(steps)]


def _drawn(scores: torch.Tensor, sampling: Sampling, generator: torch.Generator) -> torch.Tensor:
    """Add noise to `scores` (N, V), so that the highest is a sample at this temperature from this nucleus."""
    uniform = torch.rand(scores.shape, dtype=torch.float64, device=scores.device, generator=generator)
    return _nucleus(scores, sampling) - sampling.temperature * torch.log(-torch.log(uniform))


def _nucleus(scores: torch.Tensor, sampling: Sampling) -> torch.Tensor:
    """Return `scores` without the tokens behind the nucleus: the likeliest whose mass reaches `top_p`."""
    if sampling.top_p == 1:
        return scores
    probabilities, tokens = (scores / sampling.temperature).softmax(dim=-1).sort(dim=-1, descending=True)
    behind = probabilities.cumsum(dim=-1) - probabilities >= sampling.top_p
    return scores.masked_fill(torch.zeros_like(behind).scatter(1, tokens, behind), -torch.inf)
