"""Columns of the attention: the sums of chosen rows over groups of columns, in three measures.

Owns the reduction over heads and over the tokens of a group. Knows no model. Shapes: H heads, K key/value heads
(H = G * K), R rows, P columns, D width of a head, N groups.
"""

from dataclasses import dataclass

import torch

MEASURES = ("mass", "value", "contribution")
"""`mass`: the attention weight; `value`: times the norm of the value vector; `contribution`: times the value's
projection on the head's output, over the output's squared norm, so that all columns of a row sum to 1."""
_CHUNK_NUMBERS = 1 << 18
"""The most weights that are held at once: 1 MB in float32, of which a chunk needs about four."""


@dataclass(frozen=True, slots=True)
class ColumnSums:
    """Means over heads: `sums` (3, R, N) over the tokens of each group, `tokens` (3, P) over the rows."""

    sums: torch.Tensor
    tokens: torch.Tensor


def column_sums(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    output: torch.Tensor,
    log_sum_exp: torch.Tensor,
    groups: torch.Tensor,
    *,
    scale: float,
    softcap: float | None = None,
    mask: torch.Tensor | None = None,
) -> ColumnSums:
    """Compute the weights exp(q k scale + mask - lse) of the rows on the columns, and reduce them.

    `query` and `output` (H, R, D), `key` and `value` (K, P, D), `log_sum_exp` (H, R), `groups` (P, N) of 0 and 1,
    `mask` (1 or H, R, P), added to the scores. Rows are read in chunks of bounded memory, in float32.
    """
    heads, rows, _ = query.shape
    kv_heads, columns, _ = key.shape
    share = heads // kv_heads
    keys, values = key.float(), value.float()
    norms = values.norm(dim=-1).unsqueeze(1)  # (K, 1, P)
    sums = torch.zeros(len(MEASURES), rows, groups.shape[1], device=query.device)
    tokens = torch.zeros(len(MEASURES), columns, device=query.device)
    step = max(1, _CHUNK_NUMBERS // (heads * columns))
    for start in range(0, rows, step):
        chunk = slice(start, min(rows, start + step))
        weights = _product(query[:, chunk], keys, kv_heads).mul_(scale)  # (K, G R, P)
        if softcap:
            weights.div_(softcap).tanh_().mul_(softcap)
        weights.sub_(log_sum_exp[:, chunk].reshape(kv_heads, -1, 1))
        if mask is not None:
            part = mask[:, chunk].expand(heads, -1, -1)
            weights.add_(part.reshape(kv_heads, -1, columns))
        weights.exp_()
        shape = (kv_heads, share, -1, columns)
        by_heads = weights.reshape(shape).sum(1)  # (K, R, P): heads of one value together
        contribution = _product(_over_square(output[:, chunk]), values, kv_heads).mul_(weights)
        means = torch.stack([by_heads.sum(0), (by_heads * norms).sum(0), contribution.reshape(shape).sum((0, 1))]).div_(
            heads
        )  # (3, R, P)
        sums[:, chunk] = means @ groups
        tokens += means.sum(1)
    return ColumnSums(sums, tokens / max(1, rows))


def _product(rows: torch.Tensor, columns: torch.Tensor, kv_heads: int) -> torch.Tensor:
    """Products of (H, R, D) with (K, P, D), heads of one key together: (K, G R, P)."""
    return rows.float().reshape(kv_heads, -1, rows.shape[-1]) @ columns.transpose(-1, -2)


def _over_square(output: torch.Tensor) -> torch.Tensor:
    """Divide each vector by its squared norm; a zero vector stays zero."""
    wide = output.float()
    square = wide.square().sum(-1, keepdim=True)
    return torch.where(square > 0, wide / square, torch.zeros_like(wide))
