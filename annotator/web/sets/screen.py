"""Template values of one prompt set: its members, coverage, and uses with what they left out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from annotator.exemplars.models import PromptSet, PromptSetUse
from annotator.exemplars.selectors.prompt_sets import ExemplarFacts, PromptSetFacts, prompt_set_facts
from annotator.studies.selectors.codebook_versions import pattern_name


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member by its number, its facts, and the numbers of the members that it is near to."""

    number: int
    facts: ExemplarFacts
    near: Sequence[int]
    patterns: Sequence[str]


@dataclass(frozen=True, slots=True)
class Covered:
    """A kind or a failure pattern, and how many members show it."""

    name: str
    n: int


@dataclass(frozen=True, slots=True)
class SetScreen:
    """The values of one page."""

    prompt_set: PromptSet
    facts: PromptSetFacts
    members: Sequence[MemberRow]
    patterns: Sequence[Covered]
    missing_patterns: Sequence[str]
    uses: Sequence["UseRow"]

    @property
    def seen(self) -> str:
        """The ids of the members in their order, which a change sends back: what somebody else changed is noticed."""
        return " ".join(str(row.facts.exemplar.pk) for row in self.members)


@dataclass(frozen=True, slots=True)
class ExcludedRow:
    """A prompt that a run left out: by which rule, and near to the prompt of which exemplar."""

    key: str
    number: int
    rule: str
    similarity: float
    exemplar_prompt: str


@dataclass(frozen=True, slots=True)
class UseRow:
    """A run that used a set, or a random set of equal length, with what it left out."""

    use: PromptSetUse
    excluded: Sequence[ExcludedRow]


def set_screen(prompt_set: PromptSet) -> SetScreen:
    facts = prompt_set_facts(prompt_set)
    codebook, coverage = prompt_set.study.codebook, facts.coverage
    near: dict[int, list[int]] = {}
    for pair in facts.near_duplicates:
        near.setdefault(pair.first, []).append(pair.second)
        near.setdefault(pair.second, []).append(pair.first)
    rows = [
        MemberRow(
            number, member, sorted(near.get(number, [])), [pattern_name(slug, codebook) for slug in member.patterns]
        )
        for number, member in enumerate(facts.members, 1)
    ]
    return SetScreen(
        prompt_set=prompt_set,
        facts=facts,
        members=rows,
        patterns=[Covered(pattern_name(slug, codebook), n) for slug, n in coverage.patterns.items()],
        missing_patterns=[pattern_name(slug, codebook) for slug in coverage.missing_patterns],
        uses=[use_row(use) for use in facts.uses],
    )


def use_row(use: PromptSetUse) -> UseRow:
    return UseRow(use, list(_excluded(use)))


def _excluded(use: PromptSetUse) -> Iterator[ExcludedRow]:
    """The prompts that the run left out, with the prompt of the exemplar, which the run holds as it was shown."""
    shown = use.run.parameters.get("exemplars") or []
    for row in use.excluded:
        number = row["exemplar"]
        prompt = shown[number - 1]["prompt"] if 0 < number <= len(shown) else ""
        yield ExcludedRow(row["key"], number, row["rule"], row["similarity"], prompt)
