"""Content hashes in static file names, so that browsers may cache the files for ever."""

from typing import Any, ClassVar

from whitenoise.storage import CompressedManifestStaticFilesStorage

_IMPORT = (r"""(?P<matched>from "(?P<url>\./[^"]+)")""", 'from "%(url)s"')
_IMPORT_LATER = (r"""(?P<matched>import\("(?P<url>\./[^"]+)"\))""", 'import("%(url)s")')


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Hashes the names in our ES modules' imports too: a cached module never imports one of another version.

    Django's own switch for that rewrites every script, and fails on comments in third-party ones.
    """

    patterns: ClassVar[tuple[Any, ...]] = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("cotrast/*.js", (_IMPORT, _IMPORT_LATER)),
    )
