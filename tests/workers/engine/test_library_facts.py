"""Facts about torch and transformers that other code relies on: a new version that changes one fails here first."""

import math

import torch
from torch.nn.functional import scaled_dot_product_attention


def test_attention_to_chosen_columns_follows_from_the_log_sum_exp_of_fused_attention() -> None:
    torch.manual_seed(0)
    heads, kv_heads, length, width = 6, 2, 96, 32
    query = torch.randn(1, heads, length, width)
    key, value = (
        torch.randn(1, kv_heads, length, width).repeat_interleave(heads // kv_heads, 1)  # (B, H, T, D)
        for _ in range(2)
    )
    columns, rows = torch.arange(20, 40), torch.arange(60, length)

    fused = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
    output, log_sum_exp = fused(query, key, value, 0.0, True)
    scores = query[:, :, rows] @ key[:, :, columns].transpose(-1, -2) / math.sqrt(width)
    attention = torch.exp(scores - log_sum_exp[:, :, rows, None])

    causal = torch.full((length, length), float("-inf")).triu(1)
    whole = torch.softmax(query @ key.transpose(-1, -2) / math.sqrt(width) + causal, -1)
    assert torch.equal(output, scaled_dot_product_attention(query, key, value, is_causal=True))
    torch.testing.assert_close(attention, whole[:, :, rows][:, :, :, columns], atol=1e-6, rtol=0)
