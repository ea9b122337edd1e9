"""Dataset formats by name: reader, languages, line limit and terms of each."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from annotator.datasets import multi_if
from annotator.datasets.complexbench import read_complexbench
from annotator.datasets.mathif import read_mathif
from annotator.datasets.multi_if import read_multi_if
from annotator.datasets.readers import LINE_CAP, PromptRecord, Rejection, read_ifeval
from annotator.datasets.reasonif import read_reasonif
from annotator.datasets.whole_files import FILE_CAP

Reader = Callable[[Iterable[bytes | str]], Iterator[PromptRecord | Rejection]]

NO_LICENCE = "No licence file upstream: import for your own use, and do not pass the texts of the prompts on."


@dataclass(frozen=True, slots=True)
class Format:
    """A dataset format."""

    readers: Mapping[str, Reader]  # by language, the default first; "" is the only one, or all languages together
    line_cap: int  # bytes
    terms: str = ""  # of the published file; empty where everybody's own prompts have this format
    bare: Reader | None = None  # leaves out what the source adds to its prompts; None where it adds nothing

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
    "mathif": Format({"": read_mathif}, LINE_CAP, NO_LICENCE, bare=partial(read_mathif, bare=True)),
    "multi_if": Format(
        {"": read_multi_if} | {name: partial(read_multi_if, language=name) for name in multi_if.LANGUAGES},
        LINE_CAP,
        terms="Apache-2.0 (facebook/Multi-IF).",
    ),
    "reasonif": Format({"": read_reasonif}, FILE_CAP, NO_LICENCE),
}
LANGUAGES = sorted({language for known in FORMATS.values() for language in known.languages})
