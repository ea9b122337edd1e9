"""Case search: the matches of each filter, alone and together, and the time limit of a page."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.runs.models import Generation, Verdict
from annotator.studies.models import Assignment, Case, Dispute, Practice
from annotator.studies.selectors.case_search import CaseQuery, case_search
from annotator.studies.selectors.codebook_versions import patterns_of_all_versions
from annotator.studies.services import codebook_edit, flag_raise, flag_settle
from tests.cast import CODEBOOK, World, make_world
from tests.studies.annotating import submit

pytestmark = pytest.mark.django_db


def assigned(world: World, key: str, annotator: User) -> Assignment:
    case = world.study.cases.get(prompt__key=key)
    return Assignment.objects.create(
        case=case, annotator=annotator, lease_until="2999-01-01T00:00Z", second_is_left=False
    )


@pytest.fixture
def judged(world: World, alice: User, bob: User) -> World:
    """alice and bob differ on rain and agree on tea; alice revised; bob's moon is disputed, his bike flagged."""
    world.study.overlap = 2
    world.study.save()
    first = assigned(world, "rain", alice)
    submit(first, label="hurt", patterns=["neglected"])
    submit(first, label="helped", patterns=["formatting-gained"])
    submit(assigned(world, "rain", bob), label="no_difference")
    for person in (alice, bob):
        submit(assigned(world, "tea", person), label="hurt", patterns=["neglected"])
    annotation = submit(assigned(world, "moon", bob), label="cant_tell")
    verdict = Verdict.objects.filter(generation=annotation.assignment.case.first).first()
    assert verdict is not None
    Dispute.objects.create(annotation=annotation, verdict=verdict)
    flag_raise(assignment=assigned(world, "bike", bob), reason="Is “formal” checkable?")
    return world


def keys(world: World, **query: Any) -> set[str]:
    return {case.prompt.key for case in case_search(world.study, CaseQuery(**query)).cases}


ALL = {"rain", "tea", "bike", "moon"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ALL),
        ({"outcome": "hurt"}, {"tea"}),
        ({"kinds": ("change_case:english_lowercase",)}, {"bike"}),
        ({"effect": "gained"}, {"rain", "bike"}),
        ({"effect": "lost"}, {"tea", "bike"}),
        ({"effect": "swap"}, {"bike"}),
        ({"effect": "lost", "kinds": ("punctuation:no_comma",)}, {"tea"}),
        ({"effect": "lost", "kinds": ("change_case:english_lowercase", "punctuation:no_comma")}, {"tea", "bike"}),
        ({"obeyed_by": "both"}, {"moon"}),
        ({"obeyed_by": "first"}, {"tea"}),
        ({"obeyed_by": "second"}, {"rain"}),
        ({"obeyed_by": "neither"}, {"bike"}),
        ({"obeyed_by": "first", "scope": "completion"}, {"tea", "moon"}),
        ({"obeyed_by": "decided"}, ALL),
        ({"concern": "sound"}, ALL),
        ({"concern": "treated"}, ALL),
        ({"concern": "reasoned"}, ALL),
        ({"concern": "matched"}, {"rain", "tea", "bike"}),
        ({"shortest_reasoning": 1}, ALL),
        ({"longest_reasoning": 31}, {"tea"}),
        ({"label": "hurt"}, {"tea"}),  # alice took back her "hurt" on rain
        ({"label": "helped"}, {"rain"}),
        ({"pattern": "neglected"}, {"tea"}),
        ({"pattern": "formatting-gained", "label": "helped"}, {"rain"}),
        ({"pattern": "formatting-gained", "label": "no_difference"}, set()),  # not in one annotation
        ({"concern": "disagreement"}, {"rain"}),
        ({"concern": "flagged"}, {"bike"}),
        ({"concern": "disputed"}, {"moon"}),
        ({"concern": "practice"}, set()),
        ({"text": "ABOUT   rain"}, {"rain"}),
        ({"text": "a bike, red"}, {"bike"}),
        ({"text": "of course"}, {"tea"}),
        ({"text": "slowly"}, set()),  # it stands in the reasoning alone
        ({"text": "100%"}, set()),
        ({"text": "_"}, set()),
        ({"outcome": "tie", "text": "moon", "label": "cant_tell"}, {"moon"}),
    ],
)
def test_a_filter_finds_what_it_says(judged: World, query: dict[str, Any], expected: set[str]) -> None:
    assert keys(judged, **query) == expected


def test_reasoning_that_a_provider_keeps_to_itself_is_reasoning_of_the_second_run(world: World) -> None:
    for key, values in (
        ("rain", {"reasoning": "", "reasoning_kind": "omitted"}),
        ("tea", {"reasoning": "", "reasoning_kind": "none"}),
    ):
        Generation.objects.filter(run=world.second_run, prompt__key=key).update(**values)
    Generation.objects.filter(run=world.first_run, prompt__key="moon").update(reasoning="It too.")
    assert keys(world, concern="reasoned") == {"rain", "bike", "moon"}
    assert keys(world, concern="treated") == {"rain", "bike"}


def test_a_case_is_decided_where_each_answer_obeys_every_constraint_or_violates_one(world: World) -> None:
    of_run = Verdict.objects.filter(generation__run=world.second_run, scope="answer")
    of_run.filter(generation__prompt__key="rain").update(strict=None, loose=None)
    [of_bike, *_] = of_run.filter(generation__prompt__key="bike", loose=True)
    of_bike.strict = of_bike.loose = None
    of_bike.save()
    assert keys(world, obeyed_by="decided") == {"tea", "bike", "moon"}, "bike violates its other constraint"
    assert keys(world, obeyed_by="decided", scope="completion") == ALL


def test_an_annotator_and_a_label_are_of_one_annotation(judged: World, alice: User, bob: User) -> None:
    assert keys(judged, annotator=alice.pk) == {"rain", "tea"}
    assert keys(judged, annotator=bob.pk, label="no_difference") == {"rain"}
    assert keys(judged, annotator=alice.pk, label="no_difference") == set()


def test_a_pattern_is_found_in_every_version_of_the_codebook(judged: World, bob: User) -> None:
    without = {**CODEBOOK, "patterns": [row for row in CODEBOOK["patterns"] if row["slug"] != "neglected"]}
    second = codebook_edit(study=judged.study, base_id=judged.codebook.pk, content=without)
    judged.study.refresh_from_db()
    submit(Assignment.objects.get(case__prompt__key="bike", annotator=bob), patterns=["formatting-gained"])
    assert keys(judged, pattern="neglected") == {"tea"}, "judged with the version that still had it"
    assert keys(judged, pattern="formatting-gained") == {"rain", "bike"}, "one with each version"
    assert patterns_of_all_versions(second) == {
        "formatting-gained": "formatting gained",
        "other": "other",
        "neglected": "simple constraint neglected",
    }


def test_a_settled_flag_and_a_dispute_taken_back_list_nothing(judged: World, bob: User) -> None:
    flag_settle(flag=Assignment.objects.get(case__prompt__key="bike").flag)
    submit(Assignment.objects.get(case__prompt__key="moon"), label="helped")
    assert keys(judged, concern="flagged") == keys(judged, concern="disputed") == set()


def test_practice_cases_are_found(judged: World) -> None:
    Practice.objects.create(case=judged.study.cases.get(prompt__key="moon"), label="helped")
    assert keys(judged, concern="practice") == {"moon"}


def test_chinese_text_is_found_inside_a_sentence(judged: World) -> None:
    case = judged.study.cases.get(prompt__key="tea")
    case.second.answer = "今天下雨,小镇很安静。"
    case.second.save()
    assert keys(judged, text="小镇") == {"tea"}


@pytest.mark.parametrize("stored", ["Un ÉCLAIR À LA CRÈME.", "Un éclair à la crème.", "Éclair À La Crème"])
@pytest.mark.parametrize("searched", ["éclair à la crème", "ÉCLAIR À LA CRÈME", "Éclair à La Crème"])
def test_text_is_found_in_capitals_and_without_on_every_database(judged: World, stored: str, searched: str) -> None:
    prompt = judged.study.cases.get(prompt__key="tea").prompt
    type(prompt).objects.filter(pk=prompt.pk).update(text=stored)
    assert keys(judged, text=searched) == {"tea"}
    assert keys(judged, text="éclaire") == set()


def test_nothing_is_found_of_another_study(judged: World) -> None:
    make_world("second")
    assert len(case_search(judged.study, CaseQuery(text="Do not use")).cases) == 4


def walk(world: World, query: CaseQuery, **limits: Any) -> tuple[list[int], int]:
    """The cases of all pages in order, and the number of pages."""
    seen: list[int] = []
    after: int | None = 0
    pages = 0
    while after is not None:
        page = case_search(world.study, query, after=after, **limits)
        seen += [case.pk for case in page.cases]
        after, pages = page.after, pages + 1
    return seen, pages


@pytest.mark.parametrize(("limits", "pages"), [({"limit": 3}, 2), ({"limit": 1}, 4), ({"window": 1, "budget_s": 0}, 5)])
def test_the_pages_together_hold_every_case_once(judged: World, limits: dict[str, Any], pages: int) -> None:
    everything = list(Case.objects.filter(study=judged.study).order_by("pk").values_list("pk", flat=True))
    assert walk(judged, CaseQuery(), **limits) == (everything, pages)


def test_a_rare_case_is_reached_although_each_page_looks_through_little(judged: World) -> None:
    rare = judged.study.cases.order_by("-pk")[0]
    assert walk(judged, CaseQuery(text=rare.prompt.text), window=1, budget_s=0)[0] == [rare.pk]


def test_a_page_says_how_far_it_has_looked(judged: World) -> None:
    assert case_search(judged.study, CaseQuery(text="nowhere"), window=2, budget_s=0).looked == 33
    assert case_search(judged.study, CaseQuery(text="nowhere")).looked == 100
