"""Language detection: `langdetect` 1.0.9 with seed 0, bit for bit, by its Rust port.

The detector's profiles load once, under a lock, on first use, so that threads never race for them.
"""

from functools import cache
from threading import Lock
from typing import Any

_loading = Lock()


@cache
def _detector() -> Any:
    import langdetect_rs

    langdetect_rs.DetectorFactory.seed = 0
    langdetect_rs.detector_factory.init_factory()
    return langdetect_rs


def detected_language(text: str) -> str | None:
    """Return the code that `langdetect` gives ("en", "zh-cn", "unknown"), or None where it cannot detect a language."""
    with _loading:
        detector = _detector()
    try:
        return str(detector.detect(text))
    except detector.LangDetectException:
        return None
