"""Streamed downloads: files in blocks, so that memory stays flat and the first line leaves at once."""

from collections.abc import Iterator

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from annotator.releases.files import ReleasedFile

LINES = "application/x-ndjson"
LEFT_OUT = "Cotrast-Left-Out"
"""The header that counts by reason what a file leaves out: `withdrawn=1`."""
_BLOCK_BYTES = 64 * 1024


def download(parts: Iterator[bytes], *, name: str, media_type: str = LINES) -> StreamingHttpResponse:
    """Return a response that sends `parts` as a file of that name."""
    response = StreamingHttpResponse(_blocks(parts), content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def download_released(file: ReleasedFile) -> StreamingHttpResponse:
    """Return a response that sends a released file; a header counts what is left out."""
    response = download((part.encode() for part in file.parts), name=file.name, media_type=file.media_type)
    if file.left_out:
        response[LEFT_OUT] = ", ".join(f"{reason}={count}" for reason, count in file.left_out.items())
    return response


def left_out_header() -> OpenApiParameter:
    """Describe the header that counts what is left out."""
    return OpenApiParameter(
        LEFT_OUT, str, OpenApiParameter.HEADER, response=[200], description="What is left out, by reason: withdrawn=1."
    )


def file_response(description: str) -> OpenApiResponse:
    """Describe a body that is a file."""
    return OpenApiResponse(OpenApiTypes.STR, description=description)


def _blocks(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Join parts to blocks of 64 KiB; the first one is sent at once, so that a reader sees that it works."""
    yield next(parts, b"")
    block = bytearray()
    for part in parts:
        block += part
        if len(block) >= _BLOCK_BYTES:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)
