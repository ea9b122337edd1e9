"""Vega, Vega-Lite and Vega-Embed as one static file from vl-convert's wheel: no CDN, no bundler.

Creates `cotrast/vega.js`, which is then a static file like every other: collected, hashed and compressed. The file is
made once per version of the wheel, in two seconds. Does not know the charts.
"""

import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

_NAME = "cotrast/vega.js"


class VegaBundleFinder(BaseFinder):
    """A static files finder for the bundle, which it creates on first use."""

    def check(self, **_kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **_kwargs: Any) -> Any:
        paths = [str(_bundle())] if path == _NAME else []
        return paths if find_all else next(iter(paths), [])

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Storage]]:
        _bundle()
        yield _NAME, FileSystemStorage(location=_folder())


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "bundles" / f"vl-convert-{version('vl-convert-python')}"


def _bundle() -> Path:
    """The path of the bundle, created if missing. The rename is atomic; two processes at once write the same file."""
    target = _folder() / _NAME
    if not target.exists():
        import vl_convert

        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(f".{os.getpid()}")
        partial.write_text(vl_convert.javascript_bundle("export default vegaEmbed;"), encoding="utf-8")
        partial.replace(target)
    return target
