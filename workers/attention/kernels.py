"""Attention with its log-sum-exp: PyTorch's fused kernels, else blocks of rows.

The fused operators are private to PyTorch. Each is compared once, on the device and in the number format at hand, with
the blocks; where it is missing or differs, the blocks are used. Shapes: B sequences, H heads, K key/value heads
(H = G * K), T tokens, D width of a head.
"""

import math
from collections.abc import Callable
from functools import lru_cache

import torch

Pair = tuple[torch.Tensor, torch.Tensor]
"""Output (B, H, T, D) and log-sum-exp (B, H, T), the latter in float32."""

_BLOCK_NUMBERS = 1 << 22
"""The most scores that the blocks hold at once."""
_PROBE_TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-9}
_ROUNDED_TOLERANCE = 0.03


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    *,
    mask: torch.Tensor | None = None,
    causal: bool = False,
    scale: float | None = None,
    softcap: float | None = None,
    sinks: torch.Tensor | None = None,
) -> Pair:
    """Return the output and the log-sum-exp of softmax(q k / sqrt d + mask) v.

    `mask` (B or 1, H or 1, T, T) is added to the scores; `causal` is for square attention without a mask. `softcap`
    bounds the scores by tanh, as Gemma 2 does. `sinks` (H,) are scores of a column without a value, as in GPT-OSS: they
    take mass from all columns.
    """
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    kernel = None if softcap else fused_kernel(query, value, masked=mask is not None)
    if kernel:
        output, log_sum_exp = kernel(query, key, value, mask, causal, scale)
    else:
        output, log_sum_exp = attend_in_blocks(query, key, value, mask, causal, scale, softcap)
    if sinks is None:
        return output, log_sum_exp
    whole = torch.logaddexp(log_sum_exp, sinks.float().view(1, -1, 1))
    return output * torch.exp(log_sum_exp - whole).unsqueeze(-1).to(output.dtype), whole


def attend_in_blocks(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    causal: bool,
    scale: float,
    softcap: float | None = None,
) -> Pair:
    """Compute attention a block of rows at a time, in float32: exact, in bounded memory, and slower."""
    batch, heads, rows, _ = query.shape
    groups, columns = heads // key.shape[1], key.shape[2]
    keys, values = key.float().unsqueeze(2), value.float().unsqueeze(2)  # (B, K, 1, T, D)
    output = query.new_empty(batch, heads, rows, value.shape[-1])
    log_sum_exp = torch.empty(batch, heads, rows, dtype=torch.float32, device=query.device)
    step = max(1, _BLOCK_NUMBERS // (batch * heads * columns))
    for start in range(0, rows, step):
        block = slice(start, min(rows, start + step))
        part = query[:, :, block].float()
        parts = part.reshape(batch, -1, groups, *part.shape[2:])  # (B, K, G, R, D)
        scores = (parts @ keys.transpose(-1, -2)).flatten(1, 2) * scale  # (B, H, R, T)
        if softcap:
            scores = softcap * torch.tanh(scores / softcap)
        if mask is not None:
            scores = scores + mask[:, :, block]
        elif causal:
            row = torch.arange(block.start, block.stop, device=query.device).unsqueeze(1)
            scores = scores.masked_fill(torch.arange(columns, device=query.device) > row, -torch.inf)
        sums = torch.logsumexp(scores, dim=-1)
        weights = torch.exp(scores - sums.unsqueeze(-1)).nan_to_num_(0.0)
        weights = weights.reshape(batch, -1, groups, *weights.shape[2:])  # (B, K, G, R, T)
        output[:, :, block] = (weights @ values).flatten(1, 2).to(output.dtype)
        log_sum_exp[:, :, block] = sums
    return output, log_sum_exp


Kernel = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor | None, bool, float], Pair]


def fused_kernel(query: torch.Tensor, value: torch.Tensor, *, masked: bool) -> Kernel | None:
    """Return the fused kernel for these tensors, None where there is none or it does not do what the blocks do."""
    if query.shape[-1] != value.shape[-1]:
        return None
    kernel = _fused(query.device.type, masked)
    return kernel if kernel and _agrees(kernel, query.device, query.dtype, masked) else None


def _fused(device: str, masked: bool) -> Kernel | None:
    if device == "cpu":
        return _flash_on_cpu
    return _efficient_on_cuda if device == "cuda" and not masked else None


def _flash_on_cpu(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    causal: bool,
    scale: float,
) -> Pair:
    output, log_sum_exp = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        query, key, value, 0.0, causal, attn_mask=mask, scale=scale
    )
    return output, log_sum_exp.float()


def _efficient_on_cuda(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    causal: bool,
    scale: float,
) -> Pair:
    groups = query.shape[1] // key.shape[1]
    if groups > 1:
        key, value = (part.repeat_interleave(groups, dim=1) for part in (key, value))
    output, log_sum_exp, *_ = torch.ops.aten._scaled_dot_product_efficient_attention(
        query, key, value, mask, True, 0.0, causal, scale=scale
    )
    return output, log_sum_exp[..., : query.shape[2]].float()


@lru_cache
def _agrees(kernel: Kernel, device: torch.device, dtype: torch.dtype, masked: bool) -> bool:
    """Whether the kernel gives what the blocks give, for grouped heads and, with a mask, for padding on the left."""
    generator = torch.Generator().manual_seed(0)
    query, key, value = (
        torch.randn(2, heads, 8, 16, generator=generator).to(device=device, dtype=dtype) for heads in (4, 2, 2)
    )
    mask = None
    if masked:
        mask = torch.full((2, 1, 8, 8), -math.inf).triu(1)
        mask[1, :, 3:, :3] = -math.inf
        mask = mask.to(device=device, dtype=dtype)
    tolerance = _PROBE_TOLERANCE.get(dtype, _ROUNDED_TOLERANCE)
    rows = slice(3, None)  # what a row without any column gives is nobody's matter
    try:
        found = kernel(query, key, value, mask, not masked, 0.25)
    except (RuntimeError, AttributeError, TypeError):  # this PyTorch lacks the kernel, or has another signature of it
        return False
    wanted = attend_in_blocks(query, key, value, mask, not masked, 0.25)
    return all(
        bool(torch.allclose(ours[:, :, rows].float(), theirs[:, :, rows].float(), atol=tolerance, rtol=tolerance))
        for ours, theirs in zip(wanted, found, strict=True)
    )
