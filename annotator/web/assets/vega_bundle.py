"""Vega, Vega-Lite and Vega-Embed as one static file from vl-convert's wheel: no CDN, no bundler.

Owns the making of `cotrast/vega.js`, which then is a static file like every other: collected, hashed and compressed.
It does not know the charts. The file is made once for each version of the wheel, in two seconds, and kept.
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
    """Finds the bundle by its name, and makes it where it has not been made yet."""

    def check(self, **_kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **_kwargs: Any) -> Any:
        found = [str(_bundle())] if path == _NAME else []
        return found if find_all else next(iter(found), [])

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Storage]]:
        _bundle()
        yield _NAME, FileSystemStorage(location=_folder())


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "bundles" / f"vl-convert-{version('vl-convert-python')}"


def _bundle() -> Path:
    """The file, made unless it is there. It appears whole or not at all; whoever is second writes the same over it."""
    target = _folder() / _NAME
    if not target.exists():
        import vl_convert

        target.parent.mkdir(parents=True, exist_ok=True)
        half = target.with_suffix(f".{os.getpid()}")
        half.write_text(vl_convert.javascript_bundle("export default vegaEmbed;"), encoding="utf-8")
        half.replace(target)
    return target
