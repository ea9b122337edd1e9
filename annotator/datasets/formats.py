"""Dataset formats by name: reader, languages and line limit of each."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from annotator.datasets.complexbench import FILE_CAP, read_complexbench
from annotator.datasets.readers import LINE_CAP, PromptRecord, Rejection, read_ifeval

Reader = Callable[[Iterable[bytes | str]], Iterator[PromptRecord | Rejection]]


@dataclass(frozen=True, slots=True)
class Format:
    """A dataset format."""

    readers: Mapping[str, Reader]  # by language, the default first; one entry "" where a prompt has one text only
    line_cap: int  # bytes

    @property
    def languages(self) -> list[str]:
        """The languages to choose from, the default first."""
        return [language for language in self.readers if language]


FORMATS: dict[str, Format] = {
    "ifeval": Format({"": read_ifeval}, LINE_CAP),
    "ifbench": Format({"": read_ifeval}, LINE_CAP),  # the same fields; its kinds are in `constraints.ifbench`
    "complexbench": Format(
        {"zh": partial(read_complexbench, language="zh"), "en": partial(read_complexbench, language="en")}, FILE_CAP
    ),
}
LANGUAGES = sorted({language for known in FORMATS.values() for language in known.languages})
