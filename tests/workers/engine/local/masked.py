"""Small masked diffusion models with random weights, and checkpoints of them in the forms that are released."""

import json

import torch
from safetensors.torch import save_file
from transformers import (
    BertConfig,
    BertForMaskedLM,
    ModernBertConfig,
    ModernBertForMaskedLM,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForMaskedLM,
)

from workers.engine import Sampling
from workers.engine.local.diffusion_checkpoints import (
    DreamConfig,
    DreamForMaskedDiffusion,
    LladaConfig,
    LladaForMaskedDiffusion,
)
from workers.engine.local.diffusion_unmasking import Unmasking
from workers.engine.local.mask_predictor import MaskPredictor
from workers.engine.local.sequences import Sequence

MASK, END, TURN = 57, 58, 59
SHAPE = {
    "vocab_size": 60,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 256,
    "initializer_range": 0.5,
}
TEMPLATE = (
    "{% for message in messages %}{% if message.role == 'assistant' %}w56 {{ message.content }} </turn>"
    "{% else %}{{ message.content }} {% endif %}{% endfor %}"
)
LLADA = {
    "model_type": "llada",
    "architectures": ["LLaDAModelLM"],
    "auto_map": {"AutoConfig": "configuration_llada.LLaDAConfig", "AutoModel": "modeling_llada.LLaDAModelLM"},
    "d_model": 32,
    "n_layers": 2,
    "n_heads": 4,
    "n_kv_heads": 4,
    "mlp_hidden_size": 64,
    "embedding_size": 60,
    "vocab_size": 60,
    "max_sequence_length": 256,
    "rms_norm_eps": 1e-5,
    "rope_theta": 500000.0,
    "mask_token_id": MASK,
    "eos_token_id": END,
    "weight_tying": False,
    "include_bias": False,
    "include_qkv_bias": False,
    "activation_type": "silu",
    "block_type": "llama",
    "layer_norm_type": "rms",
    "multi_query_attention": None,
    "rope": True,
    "alibi": False,
    "use_cache": False,
}
"""The fields of a released configuration, which name Python code that is never run."""
LLADA_NAMES = (
    ("model.embed_tokens.", "model.transformer.wte."),
    ("lm_head.", "model.transformer.ff_out."),
    ("model.norm.", "model.transformer.ln_f."),
    ("model.layers.", "model.transformer.blocks."),
    ("input_layernorm", "attn_norm"),
    ("post_attention_layernorm", "ff_norm"),
    ("self_attn.o_proj", "attn_out"),
    ("self_attn.", ""),
    ("mlp.gate_proj", "ff_proj"),
    ("mlp.up_proj", "up_proj"),
    ("mlp.down_proj", "ff_out"),
)


def both_ways(model):
    for module in model.modules():
        if hasattr(module, "is_causal"):
            module.is_causal = False
    return model.eval()


def llada(seed=0, **shape):
    torch.manual_seed(seed)
    return both_ways(LladaForMaskedDiffusion(LladaConfig(**{**SHAPE, **shape})))


def dream(seed=0):
    torch.manual_seed(seed)
    return both_ways(DreamForMaskedDiffusion(DreamConfig(**SHAPE, num_key_value_heads=2)))


def bert(seed=0):
    torch.manual_seed(seed)
    return BertForMaskedLM(BertConfig(**SHAPE)).eval()


def modernbert(seed=0):
    """A model in which every other layer attends to the nearest positions alone."""
    torch.manual_seed(seed)
    local = {"local_attention": 8, "global_attn_every_n_layers": 2, "pad_token_id": 0, "cls_token_id": 1}
    return ModernBertForMaskedLM(
        ModernBertConfig(**SHAPE, **local, sep_token_id=2, bos_token_id=1, eos_token_id=END)
    ).eval()


def roberta(seed=0):
    """A model that counts positions by itself, from 2."""
    torch.manual_seed(seed)
    return RobertaForMaskedLM(RobertaConfig(**SHAPE)).eval()


def predictor(model, *, stops=(), remasking="low_confidence", end_tokens="free", threshold=0.0, **settings):
    unmasking = Unmasking(MASK, frozenset(stops), remasking, end_tokens, threshold)
    return MaskPredictor(model, unmasking, **{"block_length": 8, **settings})


def sequences(*lengths, stops=(), **sampling):
    """One sequence for each prompt length, without the mask token in any prompt."""
    options = {"max_new_tokens": 24} | sampling
    prompts = [[(3 * index + 5 * place) % 57 for place in range(length)] for index, length in enumerate(lengths)]
    return [Sequence(str(index), prompt, Sampling(**options), frozenset(stops)) for index, prompt in enumerate(prompts)]


def tokenizer(file):
    words = {f"w{index}": index for index in range(57)} | {"<mask>": MASK, "</s>": END, "</turn>": TURN}
    by_word = {"type": "WordLevel", "vocab": words, "unk_token": "w0"}
    file.write_text(json.dumps({"version": "1.0", "pre_tokenizer": {"type": "WhitespaceSplit"}, "model": by_word}))
    special = {"eos_token": "</s>", "mask_token": "<mask>", "additional_special_tokens": ["</turn>"]}
    made = PreTrainedTokenizerFast(tokenizer_file=str(file), **special)
    made.chat_template = TEMPLATE
    return made


def checkpoint(model, folder):
    """Save a model of transformers' own with a tokenizer of words; returns the folder's name."""
    model.save_pretrained(folder)
    tokenizer(folder / "tokenizer.json").save_pretrained(folder)
    return str(folder)


def llada_checkpoint(model, folder, **fields):
    """Save a LLaDA model under the names of the released checkpoints."""
    weights = {}
    for name, weight in model.state_dict().items():
        for ours, theirs in LLADA_NAMES:
            name = name.replace(ours, theirs)
        weights[name] = weight.clone()
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps({**LLADA, **fields}))
    tokenizer(folder / "tokenizer.json").save_pretrained(folder)
    return str(folder)
