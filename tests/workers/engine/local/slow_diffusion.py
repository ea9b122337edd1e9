"""LLaDA's decoding as its paper and released code do it, whole canvas by whole canvas: slow, literal, for comparison.

The noise is that of each row's own generator, since a comparison needs the same draws. Three defects of the released
code (of 2026-06-25) are kept: guidance needs an attention mask, a prompt's mask tokens are answers to be written, and
`confidence_eos_eot_inf` takes the confidence of one of its two tokens alone.
"""

import torch


def generate(
    model, prompts, *, gen_length, block_length, steps, mask_id, attention_mask=None, temperature=0.0, cfg_scale=0.0,
    remasking="low_confidence", shifted=False, seeds=None, confidence_eos_eot_inf=(), threshold=None,
):  # fmt: skip
    """Return the canvas (B, T) after decoding; `steps` are those of all blocks, `prompts` (B, P) padded on the left."""
    rows, width = prompts.shape
    seeds = seeds or [0] * rows
    canvas = torch.cat([prompts, torch.full((rows, gen_length), mask_id)], 1)
    if attention_mask is not None:
        ones = torch.ones(rows, gen_length, dtype=attention_mask.dtype)
        attention_mask = torch.cat([attention_mask, ones], 1)
    is_prompt = canvas != mask_id
    blocks = gen_length // block_length
    assert gen_length % block_length == 0
    assert steps % blocks == 0
    for block in range(blocks):
        start = width + block * block_length
        end = start + block_length
        generators = [torch.Generator().manual_seed(seed + (block << 32)) for seed in seeds]
        transfers = transfer_counts((canvas[:, start:end] == mask_id).sum(1), steps // blocks)
        for step in range(block_length if threshold else steps // blocks):
            masked = canvas == mask_id
            if not masked[:, start:end].any():
                break
            if cfg_scale > 0:
                without = canvas.clone()
                without[is_prompt] = mask_id
                if attention_mask is not None:
                    mask = torch.cat([attention_mask, attention_mask])
                logits = outputs(model, torch.cat([canvas, without]), mask, shifted)
                logits, unguided = logits.chunk(2)
                logits = unguided + (cfg_scale + 1) * (logits - unguided)
            else:
                logits = outputs(model, canvas, attention_mask, shifted)
            logits[:, :, mask_id] = -torch.inf  # what a trained model does by itself
            clean, noised = logits.double(), logits.double().exp()
            confidence = clean.softmax(-1)
            order = torch.zeros(canvas.shape, dtype=torch.float64)
            for row in range(rows):
                places = masked[row, start:end].nonzero().squeeze(1) + start
                if temperature > 0 and len(places):
                    uniform = torch.rand(len(places), logits.shape[-1], dtype=torch.float64, generator=generators[row])
                    noised[row, places] /= (-torch.log(uniform)) ** temperature
                if remasking == "random" and len(places):
                    order[row, places] = torch.rand(len(places), dtype=torch.float64, generator=generators[row])
            tokens = noised.argmax(-1)
            if confidence_eos_eot_inf:
                end_token, turn_token = confidence_eos_eot_inf
                noised[:, :, end_token] = clean[:, :, turn_token] = -torch.inf  # the first one, where nobody looks
                confidence = clean.softmax(-1)
            if remasking == "low_confidence":
                order = confidence.gather(-1, tokens.unsqueeze(-1)).squeeze(-1)
            order[:, end:] = -torch.inf
            order = torch.where(masked, order, torch.tensor(-torch.inf, dtype=torch.float64))
            for row in range(rows):
                if threshold:
                    best = order[row].argmax()
                    chosen = (order[row] >= threshold).nonzero().squeeze(1).tolist()
                    chosen = [*chosen, int(best)] if masked[row, start:end].any() else []
                else:
                    chosen = order[row].topk(int(transfers[row, step])).indices.tolist()
                canvas[row, chosen] = tokens[row, chosen]
    return canvas


def outputs(model, canvas, attention_mask, shifted):
    inputs = {}
    if attention_mask is not None:
        inputs = {"attention_mask": attention_mask, "position_ids": (attention_mask.cumsum(1) - 1).clamp(min=0)}
    with torch.no_grad():
        logits = model(input_ids=canvas, **inputs).logits
    return torch.cat([logits[:, :1], logits[:, :-1]], 1) if shifted else logits


def transfer_counts(masked, steps):
    """(B, steps): as many in each step, the remainder in the first ones."""
    return torch.tensor([[int(n) // steps + (step < int(n) % steps) for step in range(steps)] for n in masked])
