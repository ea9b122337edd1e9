"""Checkpoints: the pinned revision of a hub, safe weights only, and weights that are all there."""

import json

import pytest
import torch
from gguf import GGUFWriter
from safetensors.torch import load_file, save_file

from tests.workers.engine.asking import ask
from tests.workers.engine.local import tiny
from workers.engine import PermanentEngineError, load_backend

NAME = "somebody/tiny"
OLD, NEW = "1" * 40, "2" * 40


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """The cache of a hub with two commits of one model: the branch `main` is at the newer one."""
    cache = tmp_path / "hub"
    repository = cache / "models--somebody--tiny"
    for commit, seed in ((OLD, 1), (NEW, 2)):
        folder = repository / "snapshots" / commit
        folder.mkdir(parents=True)
        model = tiny.llama()
        torch.manual_seed(seed)
        torch.nn.init.normal_(model.lm_head.weight)
        tiny.checkpoint(model, folder)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(NEW)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    monkeypatch.setattr("transformers.utils.hub.constants.HF_HUB_CACHE", str(cache))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    return repository / "snapshots"


@pytest.mark.parametrize(("revision", "commit"), [(OLD, OLD), (NEW, NEW), ("", NEW), ("main", NEW)])
def test_a_pinned_revision_is_loaded_and_the_commit_is_part_of_the_environment(hub, revision, commit):
    backend = load_backend("transformers", NAME, revision, {"dtype": "float32"})
    expected = load_file(hub / commit / "model.safetensors")["lm_head.weight"]
    assert torch.equal(backend._model.lm_head.weight, expected)
    assert backend.describe()["weights"] == commit


def test_a_revision_that_is_not_there_is_refused(hub):
    with pytest.raises(Exception, match=r"revision 3{40}\) can't be loaded"):
        load_backend("transformers", NAME, "3" * 40, {})


def test_weights_in_a_pickle_are_never_read(tmp_path):
    name = tiny.checkpoint(tiny.llama(), tmp_path)
    torch.save(load_file(tmp_path / "model.safetensors"), tmp_path / "pytorch_model.bin")
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(PermanentEngineError, match="can't be loaded"):
        load_backend("transformers", name, "", {})


def test_a_checkpoint_that_lacks_weights_is_refused_since_they_would_be_random(tmp_path):
    name = tiny.checkpoint(tiny.llama(), tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    del weights["model.layers.1.self_attn.q_proj.weight"]
    save_file(weights, tmp_path / "model.safetensors", {"format": "pt"})
    with pytest.raises(PermanentEngineError, match=r"lacks 1 weights of a LlamaForCausalLM, such as model\.layers\.1"):
        load_backend("transformers", name, "", {})


def test_weights_in_several_files_are_read_as_one(tmp_path):
    model = tiny.llama()
    name = tiny.checkpoint(model, tmp_path)
    (tmp_path / "model.safetensors").unlink()
    model.save_pretrained(tmp_path, max_shard_size="20KB")
    assert len(json.loads((tmp_path / "model.safetensors.index.json").read_text())["weight_map"]) > 1
    backend = load_backend("transformers", name, "", {"dtype": "float32"})
    assert torch.equal(backend._model.lm_head.weight, model.lm_head.weight)
    assert backend.describe()["weights"] == ""


def gguf_checkpoint(model, path):
    """Write a Llama as a GGUF file of float32, with a tokenizer of bytes and a chat template."""
    config = model.config
    writer = GGUFWriter(path, "llama")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_vocab_size(config.vocab_size)
    letters = ["ab", *map(chr, range(64, 64 + config.vocab_size - 3))]
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(["<unk>", "</s>", *letters])
    writer.add_token_types([3, 3, *[1] * len(letters)])
    writer.add_token_merges(["a b"])
    writer.add_eos_token_id(1)
    writer.add_chat_template("{% for message in messages %}{{ message.content }}{% endfor %}")
    for name, weight in model.state_dict().items():
        writer.add_tensor(_gguf_name(name), _gguf_weight(name, weight, config).contiguous().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


GGUF_NAMES = (
    ("model.embed_tokens", "token_embd"),
    ("model.norm", "output_norm"),
    ("lm_head", "output"),
    ("model.layers", "blk"),
    ("input_layernorm", "attn_norm"),
    ("post_attention_layernorm", "ffn_norm"),
    ("self_attn.o_proj", "attn_output"),
    ("self_attn.q_proj", "attn_q"),
    ("self_attn.k_proj", "attn_k"),
    ("self_attn.v_proj", "attn_v"),
    ("mlp.gate_proj", "ffn_gate"),
    ("mlp.up_proj", "ffn_up"),
    ("mlp.down_proj", "ffn_down"),
)


def _gguf_name(name):
    for ours, theirs in GGUF_NAMES:
        name = name.replace(ours, theirs)
    return name


def _gguf_weight(name, weight, config):
    """GGUF has the two halves of each head's rotation interleaved."""
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}.get(name.split(".")[-2])
    if heads is None:
        return weight
    return weight.reshape(heads, 2, -1, weight.shape[1]).swapaxes(1, 2).reshape(weight.shape)


def test_a_gguf_file_in_a_folder_gives_the_weights_that_were_written(tmp_path):
    model = tiny.llama()
    gguf_checkpoint(model, tmp_path / "tiny.gguf")
    backend = load_backend("transformers", str(tmp_path), "", {"gguf_file": "tiny.gguf", "dtype": "float32"})
    tokens = torch.tensor([[3, 9, 27, 5, 40]])
    with torch.inference_mode():
        torch.testing.assert_close(backend._model(tokens).logits, model(tokens).logits)
    [completion] = backend.complete([ask("abc", max_new_tokens=4)])
    assert completion.error == ""
    assert completion.usage.prompt_tokens == 2  # "ab" and "c"
