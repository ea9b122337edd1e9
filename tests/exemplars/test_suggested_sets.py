"""Suggested sets: most coverage first, under the budget, without near-duplicates, of exactly the wanted size."""

import pytest
from django.contrib.auth.models import User

from annotator.exemplars.models import Exemplar
from annotator.exemplars.selectors.suggested_sets import suggested_set
from tests.cast import World
from tests.exemplars.sets import make_exemplar, tell_apart, withdraw


def keys(world: World, **wanted: object) -> list[str]:
    return [facts.exemplar.prompt.key for facts in suggested_set(world.study, **wanted).members]  # type: ignore[arg-type]


@pytest.fixture
def curated(world: World, dan: User) -> World:
    tell_apart(world.dataset)
    for key, patterns in (("rain", ()), ("tea", ("neglected",)), ("bike", ()), ("moon", ())):
        make_exemplar(world, key, dan, patterns=patterns, reasoning="" if key == "moon" else "One line.")
    return world


def test_what_adds_most_kinds_and_patterns_comes_first_and_then_the_shortest(curated: World) -> None:
    suggestion = suggested_set(curated.study, size=4)
    assert keys(curated, size=4) == ["bike", "tea", "moon", "rain"]
    assert [len(added) for added in suggestion.adds] == [2, 1, 0, 0]


def test_the_size_is_exact_where_there_are_enough(curated: World) -> None:
    assert len(keys(curated, size=2)) == 2
    assert len(keys(curated, size=9)) == 4


def test_the_budget_is_kept_and_a_shorter_exemplar_is_taken_instead(curated: World) -> None:
    suggestion = suggested_set(curated.study, size=4, budget_tokens=70)
    assert suggestion.tokens <= 70
    assert 0 < len(suggestion.members) < 4
    assert keys(curated, budget_tokens=3) == []


def test_withdrawn_exemplars_and_those_without_reasoning_where_it_is_shown_are_left_out(
    curated: World, dan: User
) -> None:
    withdraw(Exemplar.objects.get(prompt__key="tea"), dan)
    assert keys(curated, size=4, shows_reasoning=True) == ["bike", "rain"]


def test_one_of_two_near_duplicates_is_enough(world: World, dan: User) -> None:
    tell_apart(world.dataset, {"tea": "Please write about rain. Do not use any commas."})
    for key in ("rain", "tea"):
        make_exemplar(world, key, dan)
    suggestion = suggested_set(world.study)
    assert (len(suggestion.members), suggestion.skipped_as_near) == (1, 1)
