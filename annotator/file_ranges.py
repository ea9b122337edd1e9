"""Downloads of large files that can be resumed: one range a request, checked against the file's ETag."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_BLOCK_BYTES = 256 * 1024


def file_in_ranges(request: HttpRequest, path: Path, *, name: str, etag: str) -> HttpResponseBase:
    """Return the file, or the range of it that the request wants: 206, or 416 for one outside of it.

    With `If-Range` of another version the whole file is sent. Always as a download, whatever is in it.
    """
    size = path.stat().st_size
    start, end = 0, size - 1
    wanted = _RANGE.fullmatch(request.headers.get("Range", ""))
    if wanted and any(wanted.groups()) and request.headers.get("If-Range", etag) == etag:
        first, last = wanted.groups()
        start = int(first) if first else max(size - int(last), 0)
        end = min(int(last), size - 1) if first and last else size - 1
        if start > end:
            return _headed(HttpResponse(status=416), name, etag, {"Content-Range": f"bytes */{size}"})
        headers = {"Content-Range": f"bytes {start}-{end}/{size}", "Content-Length": str(end - start + 1)}
        return _headed(StreamingHttpResponse(_blocks(path, start, end), status=206), name, etag, headers)
    whole = StreamingHttpResponse(_blocks(path, start, end))
    return _headed(whole, name, etag, {"Content-Length": str(size)})


def download_headers(response: HttpResponseBase, *, name: str, etag: str) -> HttpResponseBase:
    """Make the response a download under this name, whatever is in it, that only its user's browser keeps."""
    response.headers["Content-Type"] = "application/octet-stream"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _headed(response: HttpResponseBase, name: str, etag: str, headers: dict[str, str]) -> HttpResponseBase:
    download_headers(response, name=name, etag=etag)
    response.headers["Accept-Ranges"] = "bytes"
    for header, value in headers.items():
        response.headers[header] = value
    return response


def _blocks(path: Path, start: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        left = end - start + 1
        while left > 0 and (block := file.read(min(left, _BLOCK_BYTES))):
            left -= len(block)
            yield block
