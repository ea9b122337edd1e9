"""Prompt sets: their members, tokens against the budget, coverage, near-duplicates and uses."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count, Q, QuerySet

from annotator.datasets.models import Constraint
from annotator.exemplars.errors import PromptSetError
from annotator.exemplars.leakage import Rule, near_duplicates
from annotator.exemplars.models import Candidate, Exemplar, PromptSet, PromptSetUse
from annotator.exemplars.set_contents import SetContents
from annotator.exemplars.token_counting import TokenCounter, token_counter
from annotator.studies.models import Study

_JOINED = ("prompt", "candidate", "approved_by")


@dataclass(frozen=True, slots=True)
class ExemplarFacts:
    """An exemplar with the kinds of constraints and the failure patterns that it demonstrates, and its tokens."""

    exemplar: Exemplar
    kinds: tuple[str, ...]
    patterns: tuple[str, ...]
    tokens: int

    @property
    def covers(self) -> frozenset[tuple[str, str]]:
        """The kinds and patterns together, told apart."""
        return frozenset({("kind", kind) for kind in self.kinds} | {("pattern", slug) for slug in self.patterns})


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """Two members, by their numbers in the set, whose prompts are identical or near."""

    first: int
    second: int
    rule: Rule
    similarity: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts of members by kind and pattern, and those kinds and patterns of the study's failures that none shows."""

    kinds: Mapping[str, int]
    patterns: Mapping[str, int]
    missing_kinds: Sequence[str]
    missing_patterns: Sequence[str]


@dataclass(frozen=True)
class PromptSetFacts:
    """One version of a prompt set with all that its page shows."""

    prompt_set: PromptSet
    contents: SetContents
    members: Sequence[ExemplarFacts]
    counter: TokenCounter
    coverage: Coverage
    uses: Sequence[PromptSetUse]

    @cached_property
    def tokens(self) -> int:
        """The tokens of a request without its target."""
        return self.counter.count(self.contents.texts())

    @property
    def over_budget(self) -> bool:
        budget = self.prompt_set.budget_tokens
        return budget is not None and self.tokens > budget

    @cached_property
    def near_duplicates(self) -> Sequence[NearDuplicate]:
        texts = [exemplar.prompt.text for exemplar in self.contents.exemplars]
        return [
            NearDuplicate(first + 1, second + 1, rule, similarity)
            for first, second, rule, similarity in near_duplicates(texts)
        ]


def prompt_sets_of(study: Study) -> QuerySet[PromptSet]:
    """Return the newest version of each set first, with counts of `size`, `withdrawn` members and `use_count`."""
    sets = PromptSet.objects.filter(study=study).select_related("language_model", "created_by")
    return sets.annotate(
        size=Count("members", distinct=True),
        withdrawn=Count("members", distinct=True, filter=Q(members__exemplar__withdrawn_at__isnull=False)),
        use_count=Count("uses", distinct=True),
    ).order_by("name", "-version")


def prompt_set_called(name: str) -> PromptSet:
    """Return the set STUDY/NAME, in its newest version, or STUDY/NAME@VERSION. Raises PromptSetError."""
    slug, _slash, rest = name.partition("/")
    set_name, _at, version = rest.partition("@")
    sets = PromptSet.objects.select_related("study", "language_model").filter(study__slug=slug, name=set_name)
    if version:
        sets = sets.filter(version=int(version)) if version.isdecimal() and len(version) < 9 else sets.none()
    found = sets.order_by("-version").first()
    if found is None:
        known = ", ".join(
            f"{row.study.slug}/{row.name}@{row.version}"
            for row in PromptSet.objects.select_related("study").filter(study__slug=slug)[:10]
        )
        raise PromptSetError(f"no prompt set {name!r}; known sets of that study: {known or 'none'}.")
    return found


def contents_of(prompt_set: PromptSet) -> SetContents:
    """Return the contents of a set as the database has them now. One query."""
    members = prompt_set.members.select_related(*(f"exemplar__{name}" for name in _JOINED)).order_by("position")
    exemplars = tuple(member.exemplar for member in members)
    return SetContents(exemplars, prompt_set.template, prompt_set.shows_reasoning)


def prompt_set_facts(prompt_set: PromptSet) -> PromptSetFacts:
    """Return the set with the facts of its page."""
    contents, counter = contents_of(prompt_set), token_counter(prompt_set.language_model)
    members = exemplar_facts(contents.exemplars, contents, counter)
    uses = prompt_set.uses.select_related("run__language_model", "run__dataset").order_by("-pk")
    coverage = _coverage(prompt_set.study, members)
    return PromptSetFacts(prompt_set, contents, members, counter, coverage, list(uses))


def exemplars_to_choose(prompt_set: PromptSet) -> QuerySet[Exemplar]:
    """Return the study's exemplars that are not withdrawn and not in the set yet, oldest first."""
    return usable_exemplars(prompt_set.study).exclude(memberships__prompt_set=prompt_set)


def usable_exemplars(study: Study) -> QuerySet[Exemplar]:
    """Return the exemplars of a study that a set may take: those that are not withdrawn."""
    usable = Exemplar.objects.filter(candidate__case__study=study, withdrawn_at=None)
    return usable.select_related(*_JOINED).order_by("pk")


def exemplar_facts(exemplars: Sequence[Exemplar], shown: SetContents, counter: TokenCounter) -> Sequence[ExemplarFacts]:
    """Return each exemplar with its facts; its tokens are those of its own messages as `shown` shows them."""
    kinds = _kinds_of(exemplars)
    return [
        ExemplarFacts(
            exemplar,
            kinds.get(exemplar.prompt_id, ()),
            tuple(exemplar.candidate.reasons.get("patterns") or ()),
            _tokens_alone(exemplar, shown, counter),
        )
        for exemplar in exemplars
    ]


def _tokens_alone(exemplar: Exemplar, shown: SetContents, counter: TokenCounter) -> int:
    """The tokens of prompt, answer and, where it is shown, reasoning; the template's own words are not among them."""
    texts = [exemplar.prompt.text, exemplar.answer]
    return counter.count([*texts, exemplar.reasoning] if shown.shows_reasoning else texts)


def _kinds_of(exemplars: Sequence[Exemplar]) -> Mapping[int, tuple[str, ...]]:
    """Prompt id -> the kinds of its constraints, each once, in their order."""
    rows = Constraint.objects.filter(prompt__in={exemplar.prompt_id for exemplar in exemplars})
    found: dict[int, dict[str, None]] = {}
    for prompt_id, kind in rows.order_by("prompt", "position").values_list("prompt", "kind"):
        found.setdefault(prompt_id, {})[kind] = None
    return {prompt_id: tuple(kinds) for prompt_id, kinds in found.items()}


def _coverage(study: Study, members: Sequence[ExemplarFacts]) -> Coverage:
    kinds = Counter(kind for member in members for kind in member.kinds)
    patterns = Counter(slug for member in members for slug in member.patterns)
    failed_kinds, failed_patterns = _failures(study)
    return Coverage(
        kinds=dict(kinds.most_common()),
        patterns=dict(patterns.most_common()),
        missing_kinds=sorted(failed_kinds - set(kinds)),
        missing_patterns=sorted(failed_patterns - set(patterns)),
    )


def _failures(study: Study) -> tuple[set[str], set[str]]:
    """The kinds and patterns of the study's candidates: what failed, and so what a set can demonstrate."""
    kinds: set[str] = set()
    patterns: set[str] = set()
    for reasons in Candidate.objects.filter(case__study=study, rejected_at=None).values_list("reasons", flat=True):
        kinds.update(_violated_kinds(reasons))
        patterns.update(reasons.get("patterns") or ())
    return kinds, patterns


def _violated_kinds(reasons: Mapping[str, object]) -> Iterator[str]:
    violated = reasons.get("violated")
    for row in violated if isinstance(violated, list) else ():
        if isinstance(row, dict) and isinstance(row.get("kind"), str):
            yield row["kind"]
