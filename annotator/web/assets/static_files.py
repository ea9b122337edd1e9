"""Content hashes in static file names, so that browsers may cache the files for ever.

Keeps beside the collected files a hash of what they were collected from: a server that would show pages of this version
with styles and scripts of another one is refused at its start.
"""

from collections.abc import Iterable
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, ClassVar

from django.contrib.staticfiles.finders import AppDirectoriesFinder
from whitenoise.storage import CompressedManifestStaticFilesStorage

_IMPORT = (r"""(?P<matched>from "(?P<url>\./[^"]+)")""", 'from "%(url)s"')
_IMPORT_LATER = (r"""(?P<matched>import\("(?P<url>\./[^"]+)"\))""", 'import("%(url)s")')
_SOURCES = "sources.sha256"


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Hashes the names in our ES modules' imports too: a cached module never imports one of another version.

    Django's own switch for that rewrites every script, and fails on comments in third-party ones.
    """

    patterns: ClassVar[tuple[Any, ...]] = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("cotrast/*.js", (_IMPORT, _IMPORT_LATER)),
    )

    def save_manifest(self) -> None:
        """Write the manifest, and the hash of the sources that it stands for."""
        super().save_manifest()
        (Path(self.location) / _SOURCES).write_text(sources_hash())


def are_collected(folder: Path) -> bool:
    """Whether the files in `folder` were collected from the sources of this version."""
    collected = folder / _SOURCES
    return collected.is_file() and collected.read_text() == sources_hash()


def sources_hash() -> str:
    """Return the hash of the names and contents of all static files of the installed apps."""
    digest = sha256()
    for name, path in sorted(_sources()):
        with path.open("rb") as file:
            digest.update(f"{name}\n{file_digest(file, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()


def _sources() -> Iterable[tuple[str, Path]]:
    return ((name, Path(storage.path(name))) for name, storage in AppDirectoriesFinder().list(None))
