"""Elements and attributes of an HTML page that no template of ours writes: what a hostile text would have become."""

from html.parser import HTMLParser

_NEVER = frozenset({"iframe", "math", "mtext", "object", "embed", "applet", "base", "frame", "style"})
_DATA = frozenset({"application/json", "application/ld+json"})


class ForeignMarkup(HTMLParser):
    """Collects foreign elements in `found`; charts are drawn by scripts, so that a page comes without any SVG."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        runs = tag == "script" and not named.get("src") and named.get("type") not in _DATA
        address = (named.get("href") or named.get("src") or named.get("action") or "").strip().lower()
        listens = any(name.startswith("on") for name in named)
        if tag in _NEVER or tag == "svg" or runs or listens or address.startswith(("javascript:", "data:", "x")):
            self.found.append(self.get_starttag_text() or tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)


def foreign_markup(html: str) -> list[str]:
    """Return the foreign elements of a page, as they are written in it."""
    parser = ForeignMarkup()
    parser.feed(html)
    parser.close()
    return parser.found
