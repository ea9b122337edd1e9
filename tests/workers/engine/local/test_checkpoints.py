"""Checkpoints: the pinned revision of a hub, safe weights only, and weights that are all there."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

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
