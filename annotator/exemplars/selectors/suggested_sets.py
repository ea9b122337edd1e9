"""Suggested prompt sets: exemplars that cover most kinds and patterns under a token budget."""

from collections.abc import Sequence
from dataclasses import dataclass

from annotator.exemplars.leakage import near_duplicates
from annotator.exemplars.models import Exemplar
from annotator.exemplars.selectors.prompt_sets import ExemplarFacts, exemplar_facts, usable_exemplars
from annotator.exemplars.set_contents import SetContents
from annotator.exemplars.token_counting import token_counter
from annotator.runs.models import LanguageModel
from annotator.studies.models import Study

USUAL_SIZE = 4


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The exemplars in the order in which they were taken, each with what it adds to the coverage of those before."""

    members: Sequence[ExemplarFacts]
    adds: Sequence[frozenset[tuple[str, str]]]
    tokens: int
    skipped_as_near: int


def suggested_set(
    study: Study,
    *,
    size: int = USUAL_SIZE,
    budget_tokens: int | None = None,
    language_model: LanguageModel | None = None,
    template: str = "turns",
    shows_reasoning: bool = False,
) -> Suggestion:
    """Return at most `size` exemplars, chosen greedily: most new kinds and patterns first, then fewest tokens.

    One that would go over the budget is passed over, and so is one whose prompt is identical or near to a chosen one.
    An exemplar that adds nothing new is still taken where `size` leaves a place. Fewer are returned only where no other
    fits.
    """
    exemplars = list(usable_exemplars(study))
    if shows_reasoning:
        exemplars = [exemplar for exemplar in exemplars if exemplar.reasoning.strip()]
    shown, counter = SetContents((), template, shows_reasoning), token_counter(language_model)
    rest, near = list(exemplar_facts(exemplars, shown, counter)), _near(exemplars)
    chosen: list[ExemplarFacts] = []
    adds: list[frozenset[tuple[str, str]]] = []
    covered: frozenset[tuple[str, str]] = frozenset()
    tokens = skipped = 0
    while rest and len(chosen) < size:
        best = min(rest, key=lambda facts: (-len(facts.covers - covered), facts.tokens, facts.exemplar.pk))
        rest.remove(best)
        if near[best.exemplar.pk] & {facts.exemplar.pk for facts in chosen}:
            skipped += 1
            continue
        contents = SetContents((*(facts.exemplar for facts in chosen), best.exemplar), template, shows_reasoning)
        with_it = counter.count(contents.texts())
        if budget_tokens is not None and with_it > budget_tokens:
            continue
        chosen.append(best)
        adds.append(best.covers - covered)
        covered, tokens = covered | best.covers, with_it
    return Suggestion(chosen, adds, tokens, skipped)


def _near(exemplars: Sequence[Exemplar]) -> dict[int, set[int]]:
    """Exemplar id -> the ids of those whose prompts are identical or near to its own."""
    near: dict[int, set[int]] = {exemplar.pk: set() for exemplar in exemplars}
    for first, second, _rule, _similarity in near_duplicates([exemplar.prompt.text for exemplar in exemplars]):
        near[exemplars[first].pk].add(exemplars[second].pk)
        near[exemplars[second].pk].add(exemplars[first].pk)
    return near
