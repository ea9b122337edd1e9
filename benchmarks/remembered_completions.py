"""A backend that generates each request once, and keeps its completions in a file."""

import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from annotator.canonical import fingerprint
from workers.engine import Completion, Request, Usage


class Remembering:
    """A backend whose completions are kept in a file, by the tokens that the model reads and the settings.

    A request that is under way is not sent again: its completion answers every request like it. With `stored_only`
    nothing is generated, and what the file lacks gets no completion.
    """

    def __init__(self, backend: Any, path: Path, model: str, *, stored_only: bool = False) -> None:
        self._backend, self._path, self._model = backend, path, model
        self._stored_only = stored_only
        self.batch_size = backend.batch_size
        self.count_tokens, self.describe = backend.count_tokens, backend.describe
        self._kept: dict[str, dict[str, Any]] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                record = json.loads(line)
                self._kept[record.pop("request")] = record

    def complete(self, requests: Iterable[Request]) -> Iterator[Completion]:
        known: deque[Completion] = deque()
        digests: dict[str, str] = {}
        waiting: dict[str, list[str]] = {}

        def unknown() -> Iterator[Request]:
            for request in requests:
                digests[request.id] = digest = self._digest(request)
                if digest in self._kept:
                    known.append(completion_of(request.id, self._kept[digest]))
                elif digest in waiting:
                    waiting[digest].append(request.id)
                elif not self._stored_only:
                    waiting[digest] = []
                    yield request

        for completion in self._backend.complete(unknown()):
            digest = digests[completion.request_id]
            self._keep(digest, completion)
            yield completion
            yield from (replace(completion, request_id=request_id) for request_id in waiting.pop(digest))
            while known:
                yield known.popleft()
        yield from known

    def close(self) -> None:
        self._backend.close()

    def _digest(self, request: Request) -> str:
        tokens = self._backend._template.prompt(request)
        settings = {"sampling": asdict(request.sampling), "choices": list(request.choices), "model": self._model}
        return fingerprint("request", {"tokens": tokens, **settings})

    def _keep(self, digest: str, completion: Completion) -> None:
        assert not completion.error, completion.error
        record = asdict(completion)
        del record["request_id"]
        self._kept[digest] = record
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"request": digest, **record}) + "\n")


def completion_of(request_id: str, record: Mapping[str, Any]) -> Completion:
    return Completion(**{**record, "request_id": request_id, "usage": Usage(**record["usage"]), "tool_calls": ()})
