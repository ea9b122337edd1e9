"""Uploaded files of responses, kept on the web server's disk between the preview and the import.

Each is in a folder of its own under `VAR_DIR/uploads`, for the person who sent it alone. A file is stored under a fixed
name; the one that it was sent with is shown and stored as text. Knows no format.
"""

import json
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import Http404, HttpRequest

from annotator.text_cleaning import replace_unstorable

UPLOAD_CAP = 50 * 1024 * 1024  # bytes, as sent
UNPACKED_CAP = 500_000_000  # bytes
_KEPT_S = 24 * 3600
_KEPT_OF_ONE_PERSON = 10
_NAME_CAP = 120  # characters
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,60}")
_FILE, _ABOUT = "responses", "about.json"


@dataclass(frozen=True, slots=True)
class Upload:
    """A kept file, with the name that it was sent with."""

    token: str
    name: str
    owner_id: int

    @property
    def path(self) -> Path:
        return _folder() / self.token / _FILE

    def remove(self) -> None:
        shutil.rmtree(_folder() / self.token, ignore_errors=True)


class UploadQuota(FileUploadHandler):
    """An upload handler that reads a body to its end but keeps nothing of a file beyond `UPLOAD_CAP` bytes."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.exceeded = False
        self._size = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self._size += len(raw_data)
        if self._size > UPLOAD_CAP:
            self.exceeded = True
            raise StopUpload(connection_reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> Any:
        """Leave the file to the next handler."""
        return None


def upload_keep(file: "UploadedFile[Any]", *, owner_id: int) -> Upload:
    """Keep a file for its sender, and remove files that are a day old and the sender's oldest beyond ten."""
    _remove_old(owner_id)
    upload = Upload(secrets.token_urlsafe(24), replace_unstorable(str(file.name))[-_NAME_CAP:], owner_id)
    folder = _folder() / upload.token
    folder.mkdir(mode=0o700, parents=True)
    with open(folder / _FILE, "wb") as kept:
        for chunk in file.chunks():
            kept.write(chunk)
    (folder / _ABOUT).write_text(json.dumps({"name": upload.name, "owner_id": owner_id}), encoding="utf-8")
    return upload


def upload_of(owner_id: int, token: str) -> Upload:
    """Return the kept file of that token. Raises Http404 for one of somebody else, or that is not kept any more."""
    upload = _read(token) if _TOKEN.fullmatch(token) else None
    if upload is None or upload.owner_id != owner_id:
        raise Http404
    return upload


def _read(token: str) -> Upload | None:
    try:
        about = json.loads((_folder() / token / _ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # removed meanwhile, or not complete yet
        return None
    return Upload(token, about["name"], about["owner_id"])


def _remove_old(owner_id: int) -> None:
    own = []
    for folder in _folders():
        upload = _read(folder.name)
        age_s = time.time() - folder.stat().st_mtime
        if age_s > _KEPT_S:
            shutil.rmtree(folder, ignore_errors=True)
        elif upload and upload.owner_id == owner_id:
            own.append((age_s, upload))
    for _age_s, upload in sorted(own, key=lambda pair: pair[0])[_KEPT_OF_ONE_PERSON - 1 :]:
        upload.remove()


def _folders() -> Iterator[Path]:
    folder = _folder()
    return (path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else iter(())


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "uploads"
