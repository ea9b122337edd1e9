"""Block cache: keys and values of whole sequences, replaced in the columns of one block.

The dual cache of Fast-dLLM (Wu et al., 2025): what stands before and after a block is computed once a block and reused
while the block is filled. Exact for nothing but the block itself, since a bidirectional model would compute the rest
anew after each filled token.
"""

from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicLayer


class BlockLayer(DynamicLayer):  # type: ignore[misc]  # transformers is untyped
    """The keys and values (B, heads, T, head_dim) of one layer: kept whole at first, then replaced in `columns`."""

    columns: slice | None = None

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if self.columns is None:
            self.keys, self.values, self.is_initialized = key_states, value_states, True
        else:
            self.keys[:, :, self.columns] = key_states
            self.values[:, :, self.columns] = value_states
        return self.keys, self.values

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """The columns that a query attends to, and the first of them."""
        return (query_length if self.columns is None else self.keys.shape[-2]), 0


class BlockCache(Cache):  # type: ignore[misc]  # transformers is untyped
    """A cache that holds what the first forward pass computed; later ones replace `columns` of it."""

    def __init__(self) -> None:
        super().__init__(layer_class_to_replicate=BlockLayer)

    def replace(self, columns: slice) -> None:
        """Let the next forward passes compute these columns alone."""
        for layer in self.layers:
            layer.columns = columns
