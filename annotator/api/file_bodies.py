"""Bodies that are files: received into a temporary folder, up to a size, by the views that import."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO, Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse
from rest_framework import exceptions
from rest_framework.parsers import BaseParser

from annotator.api.parsing import StrictSerializer
from annotator.api.views import ApiView

FILE_CAP = 50 * 1024 * 1024  # bytes, as sent
UNPACKED_CAP = 500_000_000  # bytes
MEDIA_TYPE = "application/octet-stream"
_BLOCK_BYTES = 1024 * 1024

UNUSABLE = {422: OpenApiResponse(description="Rows of the file cannot be used; `errors` has the first of them.")}


class FileBody(BaseParser):
    """A body that is a file of any format: the parser returns the stream itself."""

    media_type = MEDIA_TYPE

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        return stream


class FileImportView(ApiView):
    """A view that imports the file that is its body; query parameters are its settings, read by `serializer_class`."""

    parser_classes = (FileBody,)
    serializer_class: ClassVar[type[StrictSerializer]]

    def known_parameters(self) -> tuple[str, ...]:
        return tuple(self.serializer_class().fields)


class TooLarge(exceptions.APIException):
    """The file is larger than what is read."""

    status_code = 413


@contextmanager
def received(stream: Any) -> Iterator[Path]:
    """Store the body, as `FileBody` returns it, in a file for a while. Raises TooLarge beyond FILE_CAP."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        _receive(stream or BytesIO(), path)  # a body of no bytes is no stream
        yield path


def _receive(stream: IO[bytes], path: Path) -> None:
    left = FILE_CAP
    with path.open("wb") as file:
        while block := stream.read(_BLOCK_BYTES):
            left -= len(block)
            if left < 0:
                sentence = _(
                    "The file is larger than %(cap)s MB, the most that can be sent; pack it with gzip, or import it by "
                    "a command on the server."
                )
                raise TooLarge(sentence % {"cap": FILE_CAP // _BLOCK_BYTES})
            file.write(block)
