"""Publication on the hub: a dry run by default, one commit with every file, refusals in words."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from django.core.management import CommandError, call_command

from annotator.releases.snapshots import hub as snapshot_hub
from annotator.releases.snapshots.building import Options, build_snapshot
from annotator.studies.models import Study


class FakeHub(BaseHTTPRequestHandler):
    """The routes of the hub that a push needs; every file is taken inside the commit."""

    requests: list[tuple[str, Any]] = []
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        lines = [json.loads(line) for line in body.splitlines() if line.strip()]
        self.requests.append((self.path, lines))
        self._answer(self._content(lines))

    def do_GET(self) -> None:
        self._answer({})

    def _content(self, lines: list[Any]) -> Any:
        page = f"http://{self.headers['Host']}/datasets/lab/pilot"
        if "preupload" in self.path:
            files = [{**file, "uploadMode": "regular", "shouldIgnore": False} for file in lines[0]["files"]]
            return {"files": files}
        if "commit" in self.path:
            return {"commitUrl": f"{page}/commit/{'1' * 40}", "commitOid": "1" * 40, "success": True}
        return {"url": page, "errors": [], "warnings": [], "id": "lab/pilot"}

    def _answer(self, content: Any) -> None:
        text = json.dumps(content).encode()
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[FakeHub]]:
    FakeHub.requests, FakeHub.status = [], 200
    server = ThreadingHTTPServer(("127.0.0.1", 0), FakeHub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    real = huggingface_hub.HfApi
    monkeypatch.setattr(huggingface_hub, "HfApi", lambda: real(endpoint=endpoint, token="hf_test"))
    yield FakeHub
    server.shutdown()


def test_without_send_nothing_leaves_the_machine(folder: Path, hub: Any, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("push_snapshot", str(folder), "lab/pilot")
    assert "Would send to lab/pilot" in capsys.readouterr().out
    assert hub.requests == []


def test_every_file_is_in_one_commit(folder: Path, hub: Any) -> None:
    call_command("push_snapshot", str(folder), "lab/pilot", "--send")
    created = next(lines for path, lines in hub.requests if path.endswith("/repos/create"))
    assert created[0]["type"] == "dataset"
    commits = [lines for path, lines in hub.requests if "/commit/" in path]
    assert len(commits) == 1
    sent = {line["value"]["path"]: line["value"]["content"] for line in commits[0] if line["key"] == "file"}
    assert {name: base64.b64decode(content) for name, content in sent.items()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }


def test_a_refusal_of_the_hub_is_one_sentence(folder: Path, hub: Any) -> None:
    hub.status = 403
    with pytest.raises(CommandError, match="lab/pilot: the hub did not take it"):
        call_command("push_snapshot", str(folder), "lab/pilot", "--send")


def test_a_silent_hub_is_not_waited_for(folder: Path, hub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_hub, "_TIMEOUT_S", 0.2)
    silent = threading.Event()
    monkeypatch.setattr(FakeHub, "do_POST", lambda handler: silent.wait(10))
    try:
        with pytest.raises(CommandError, match="lab/pilot: the hub did not take it"):
            call_command("push_snapshot", str(folder), "lab/pilot", "--send")
    finally:
        silent.set()


def test_texts_without_a_licence_go_to_a_private_repository_alone(study: Study, tmp_path: Path, hub: Any) -> None:
    build_snapshot(study, tmp_path / "whole", Options(formats=("jsonl",), all_texts=True))
    with pytest.raises(CommandError, match="add --private"):
        call_command("push_snapshot", str(tmp_path / "whole"), "lab/pilot")
    call_command("push_snapshot", str(tmp_path / "whole"), "lab/pilot", "--private")


def test_a_changed_snapshot_is_not_sent(folder: Path, hub: Any) -> None:
    (folder / "cases.csv").write_text("x")
    with pytest.raises(CommandError, match=r"cases\.csv has"):
        call_command("push_snapshot", str(folder), "lab/pilot", "--send")
    assert hub.requests == []
