"""Estimated token counts of texts, by the counts that a provider reported of others.

The provider's totals are exact and are stored as they are. Only how a total is divided between reasoning and answer is
estimated, where it does not say so itself.
"""

import math

_FIRST_BYTES, _FIRST_TOKENS = 400, 100  # before anything is known: four bytes a token, soon outweighed


class TokenRate:
    """The mean number of tokens for a byte of UTF-8, over all texts whose count is known."""

    def __init__(self) -> None:
        self._bytes, self._tokens = _FIRST_BYTES, _FIRST_TOKENS

    def learn(self, text: str, tokens: int) -> None:
        """Take in a text with the tokens that the provider counted in it."""
        if text and tokens > 0:
            self._bytes += len(text.encode("utf-8", "replace"))
            self._tokens += tokens

    def count(self, text: str) -> int:
        """Return the estimated number of tokens in `text`."""
        return math.ceil(len(text.encode("utf-8", "replace")) * self._tokens / self._bytes)
