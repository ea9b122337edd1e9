"""Static file names by content hash, so that browsers may cache them for ever."""

from typing import Any, ClassVar

from whitenoise.storage import CompressedManifestStaticFilesStorage

_IMPORT = (r"""(?P<matched>from "(?P<url>\./[^"]+)")""", 'from "%(url)s"')
_IMPORT_LATER = (r"""(?P<matched>import\("(?P<url>\./[^"]+)"\))""", 'import("%(url)s")')


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Also names what our ES modules import from each other: a cached module never meets one of another version.

    Django's own switch for that reads every script, and stumbles over comments in those of others.
    """

    patterns: ClassVar[tuple[Any, ...]] = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("cotrast/*.js", (_IMPORT, _IMPORT_LATER)),
    )
