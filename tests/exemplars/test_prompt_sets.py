"""Prompt sets: ordered members, versions once they are frozen, and refusals in words."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.events.models import Event
from annotator.exemplars.errors import PromptSetError, StalePromptSetError
from annotator.exemplars.models import Exemplar, ExemplarProof, PromptSet
from annotator.exemplars.selectors.prompt_sets import (
    exemplars_to_choose,
    prompt_set_called,
    prompt_set_facts,
    prompt_sets_of,
)
from annotator.exemplars.services.prompt_sets import (
    prompt_set_change,
    prompt_set_create,
    prompt_set_move,
    prompt_set_version,
)
from tests.cast import World, make_world
from tests.exemplars.sets import make_exemplar, tell_apart, withdraw


@pytest.fixture
def exemplars(world: World, dan: User) -> list[Exemplar]:
    tell_apart(world.dataset)
    return [make_exemplar(world, key, dan) for key in ("rain", "tea", "bike")]


@pytest.fixture
def prompt_set(world: World, exemplars: list[Exemplar], dan: User) -> PromptSet:
    return created(world, dan, exemplars[:2])


def created(world: World, user: User, exemplars: list[Exemplar], **fields: Any) -> PromptSet:
    ids = [exemplar.pk for exemplar in exemplars]
    return prompt_set_create(**{"study": world.study, "name": "commas", "user": user, "exemplar_ids": ids, **fields})


def keys_of(prompt_set: PromptSet) -> list[str]:
    return list(prompt_set.members.order_by("position").values_list("exemplar__prompt__key", flat=True))


def freeze(prompt_set: PromptSet) -> None:
    PromptSet.objects.filter(pk=prompt_set.pk).update(frozen_at=prompt_set.created_at, content_hash="prompt-set-1:x")
    prompt_set.refresh_from_db()


def test_a_set_keeps_its_exemplars_in_the_order_in_which_they_were_chosen(
    world: World, exemplars: list[Exemplar], dan: User
) -> None:
    prompt_set = created(world, dan, list(reversed(exemplars)))
    assert keys_of(prompt_set) == ["bike", "tea", "rain"]
    assert (prompt_set.version, prompt_set.created_by, prompt_set.frozen_at) == (1, dan, None)
    assert Event.objects.get(kind="prompt_set.created").payload["name"] == "commas"


def test_members_move_up_and_down_and_stay_at_the_ends(prompt_set: PromptSet, exemplars: list[Exemplar]) -> None:
    for exemplar, step, order in ((0, 1, ["tea", "rain"]), (0, 1, ["tea", "rain"]), (0, -1, ["rain", "tea"])):
        prompt_set_move(prompt_set=prompt_set, exemplar_id=exemplars[exemplar].pk, step=step)
        assert keys_of(prompt_set) == order


def test_a_set_that_no_run_has_used_is_changed_in_place(prompt_set: PromptSet, exemplars: list[Exemplar]) -> None:
    changed = prompt_set_change(
        prompt_set=prompt_set,
        exemplar_ids=[exemplars[2].pk],
        template="block",
        budget_tokens=100,
        shows_reasoning=True,
    )
    assert changed.pk == prompt_set.pk
    assert (changed.template, changed.budget_tokens, keys_of(changed)) == ("block", 100, ["bike"])


def test_a_frozen_set_stays_as_it_was_and_a_change_is_its_next_version(
    prompt_set: PromptSet, exemplars: list[Exemplar], dan: User
) -> None:
    freeze(prompt_set)
    moved = prompt_set_move(prompt_set=prompt_set, exemplar_id=exemplars[0].pk, step=1, user=dan)
    assert (moved.version, moved.frozen_at, keys_of(moved)) == (2, None, ["tea", "rain"])
    assert keys_of(prompt_set) == ["rain", "tea"]
    copied = prompt_set_version(prompt_set=prompt_set)
    assert (copied.version, keys_of(copied)) == (3, ["rain", "tea"])
    assert prompt_set_called("pilot/commas").version == 3
    assert prompt_set_called("pilot/commas@2") == moved


def test_saving_a_frozen_set_as_it_is_makes_no_version(prompt_set: PromptSet) -> None:
    freeze(prompt_set)
    assert prompt_set_change(prompt_set=prompt_set, template="turns", shows_reasoning=False) == prompt_set
    assert PromptSet.objects.count() == 1


def test_a_change_of_what_somebody_else_changed_meanwhile_is_refused(
    prompt_set: PromptSet, exemplars: list[Exemplar]
) -> None:
    seen = [exemplar.pk for exemplar in exemplars[:2]]
    prompt_set_change(prompt_set=prompt_set, seen=seen, exemplar_ids=seen[:1])
    with pytest.raises(StalePromptSetError, match="commas v1 was changed meanwhile; look at it as it is now"):
        prompt_set_change(prompt_set=prompt_set, seen=seen, exemplar_ids=list(reversed(seen)))
    with pytest.raises(StalePromptSetError):
        prompt_set_move(prompt_set=prompt_set, exemplar_id=seen[0], step=1, seen=seen)
    assert keys_of(prompt_set) == ["rain"]


def test_a_withdrawn_exemplar_cannot_enter_and_is_reported_where_it_is(
    world: World, prompt_set: PromptSet, exemplars: list[Exemplar], dan: User
) -> None:
    withdraw(exemplars[1], dan)
    withdraw(exemplars[2], dan)
    with pytest.raises(PromptSetError, match=r"exemplar \d+ was withdrawn \(It is dull.\); a set cannot take it"):
        created(world, dan, [exemplars[2]], name="other")
    assert prompt_sets_of(world.study).get(pk=prompt_set.pk).withdrawn == 1  # type: ignore[attr-defined]
    facts = prompt_set_facts(prompt_set)
    assert [exemplar.prompt.key for exemplar in facts.contents.withdrawn] == ["tea"]
    assert not exemplars_to_choose(prompt_set).exists()
    # It can be moved and taken out where it is, and the next version is without it.
    prompt_set_move(prompt_set=prompt_set, exemplar_id=exemplars[1].pk, step=-1)
    freeze(prompt_set)
    assert keys_of(prompt_set_version(prompt_set=prompt_set)) == ["rain"]


def test_an_exemplar_that_the_current_checkers_have_not_proved_cannot_enter(
    world: World, prompt_set: PromptSet, exemplars: list[Exemplar], dan: User
) -> None:
    ExemplarProof.objects.update(checker_version="ifeval-0")
    with pytest.raises(
        PromptSetError, match=r"no proof by the current checkers \(.+\); have `\.venv/bin/python manage\.py reprove_ex"
    ):
        created(world, dan, [exemplars[2]], name="other")
    prompt_set_move(prompt_set=prompt_set, exemplar_id=exemplars[1].pk, step=-1)  # where it is, it stays


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "no commas"}, "name 'no commas': Use 1 to 64 letters"),
        ({"template": "prose"}, "template 'prose' is unknown; choose turns or block"),
        ({"budget_tokens": 0}, "a budget of 0 tokens: give a number from 1 to 1000000, or none"),
        ({"exemplar_ids": [999]}, "exemplar 999 does not exist in the study pilot"),
    ],
)
def test_a_set_that_cannot_be_is_refused_in_words(
    world: World, dan: User, fields: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(PromptSetError, match=sentence):
        created(world, dan, [], **fields)
    assert not PromptSet.objects.exists()


def test_an_exemplar_twice_without_reasoning_or_of_another_study_is_refused(
    world: World, exemplars: list[Exemplar], prompt_set: PromptSet, dan: User
) -> None:
    with pytest.raises(PromptSetError, match="is chosen twice"):
        prompt_set_change(prompt_set=prompt_set, exemplar_ids=[exemplars[0].pk] * 2)
    silent = make_exemplar(world, "moon", dan, reasoning="")
    with pytest.raises(PromptSetError, match=r"exemplar 1 \(prompt moon\) has no reasoning to show"):
        prompt_set_change(prompt_set=prompt_set, exemplar_ids=[silent.pk], shows_reasoning=True)
    elsewhere = make_world("elsewhere")
    with pytest.raises(PromptSetError, match="does not exist in the study elsewhere"):
        created(elsewhere, dan, exemplars[:1])


def test_a_name_is_taken_once_a_study(world: World, prompt_set: PromptSet, dan: User) -> None:
    with pytest.raises(PromptSetError, match="named commas exists in this study already"):
        created(world, dan, [])
    assert created(make_world("elsewhere"), dan, []).name == "commas"


@pytest.mark.parametrize("name", ["pilot/none", "nowhere/commas", "commas", "pilot/commas@9", "pilot/commas@x"])
def test_a_set_that_does_not_exist_is_named_with_those_that_do(prompt_set: PromptSet, name: str) -> None:
    with pytest.raises(PromptSetError, match=f"no prompt set '{name}'; known sets of that study"):
        prompt_set_called(name)


def test_facts_count_tokens_coverage_and_near_duplicates(world: World, dan: User) -> None:
    tell_apart(world.dataset, {"bike": "Please write about rain. Do not use any commas."})
    rain = make_exemplar(world, "rain", dan, patterns=("neglected",))
    bike = make_exemplar(world, "bike", dan)
    make_exemplar(world, "tea", dan, patterns=("other",))
    prompt_set = created(world, dan, [rain, bike], budget_tokens=10)
    facts = prompt_set_facts(prompt_set)
    assert facts.coverage.kinds == {"punctuation:no_comma": 2, "change_case:english_lowercase": 1}
    assert facts.coverage.patterns == {"neglected": 1}
    assert (facts.coverage.missing_kinds, facts.coverage.missing_patterns) == ([], ["other"])
    assert [(pair.first, pair.second) for pair in facts.near_duplicates] == [(1, 2)]
    assert not facts.counter.exact
    assert facts.tokens >= sum(member.tokens for member in facts.members) > 10
    assert facts.over_budget
    block = prompt_set_facts(prompt_set_change(prompt_set=prompt_set, template="block"))
    assert block.tokens > facts.tokens
