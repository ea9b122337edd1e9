"""Both wire formats against a server that somebody else wrote: llm-katan's echo, with its errors and limits."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from workers.engine import Completion, Message, PermanentEngineError, Request, Sampling, load_backend

pytestmark = pytest.mark.slow

KEYS = {"openai": "sk-katan-openai-0123", "anthropic": "sk-katan-anthropic-0123"}


@contextmanager
def katan(folder: Path, *options: str) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    keys = ",".join(f"{name}={key}" for name, key in KEYS.items())
    command = [
        str(Path(sys.executable).parent / "llm-katan"),
        *("--model", "echo-model", "--backend", "echo", "--providers", "openai,anthropic", "--host", "127.0.0.1"),
        *("--port", str(port), "--stats-file", str(folder / "stats.json"), "--validate-keys", "--api-keys", keys),
        *options,
    ]
    with (folder / "katan.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "HOME": str(folder)})
    try:
        _wait(f"http://127.0.0.1:{port}/v1/models", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError):
            with contextlib.suppress(urllib.error.HTTPError):
                urllib.request.urlopen(url, timeout=2)
            return
        time.sleep(0.3)
    raise AssertionError("llm-katan did not start")


def ask(backend: str, url: str, monkeypatch: pytest.MonkeyPatch, n: int = 1, **serving: Any) -> list[Completion]:
    monkeypatch.setenv("KATAN_KEY", KEYS[backend])
    base_url = f"{url}/v1" if backend == "openai" else url
    loaded = load_backend(backend, "echo-model", "", {}, {"base_url": base_url, "api_key_env": "KATAN_KEY", **serving})
    requests = [
        Request(str(number), (Message("user", f"Name fruit {number}."),), Sampling(max_new_tokens=30))
        for number in range(n)
    ]
    try:
        return list(loaded.complete(requests))
    finally:
        loaded.close()


def test_both_formats_are_answered_counted_and_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with katan(tmp_path) as url:
        for backend in KEYS:
            completions = ask(backend, url, monkeypatch, n=12, concurrency=4)
            assert sorted(int(completion.request_id) for completion in completions) == list(range(12))
            for completion in completions:
                assert f"Name fruit {completion.request_id}." in completion.text
                assert (completion.finish_reason, completion.error) == ("stop", "")
                assert completion.usage.prompt_tokens > 0
                assert completion.usage.completion_tokens > 0
                assert completion.response_id
        monkeypatch.setitem(KEYS, "openai", "sk-wrong-0123456")
        with pytest.raises(PermanentEngineError, match="401"):
            ask("openai", url, monkeypatch)


def test_its_500s_429s_and_504s_are_transient_and_no_request_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for options, status in ((("--error-rate", "1"), "500"), (("--rate-limit-after", "2"), "429")):
        with katan(tmp_path, *options) as url:
            for backend in KEYS:
                completions = ask(backend, url, monkeypatch, n=6, concurrency=1)
                assert len(completions) == 6
                failed = [completion for completion in completions if completion.error]
                assert failed
                assert all(completion.transient and status in completion.error for completion in failed), failed
