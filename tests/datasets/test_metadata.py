"""Metadata of prompts: kept at the import, shown to leads alone, found in the list of cases, exported."""

import csv
import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.constraints.complexbench.instances import read_instances
from annotator.datasets.complexbench import instance_of
from annotator.datasets.models import Dataset, Prompt
from annotator.datasets.services import DatasetImportError, dataset_import
from annotator.studies.models import Membership
from annotator.studies.selectors.case_search import CaseQuery, case_search, metadata_names
from annotator.studies.selectors.sheet import case_sheet
from annotator.studies.services import assignment_choose_blind, case_next, member_add
from tests.api.client import client_of
from tests.cast import World, make_world
from tests.constraints.complexbench.test_instances import instance
from tests.datasets.multi_if_rows import COLUMNS, multi_if_row
from tests.studies.annotating import submit

pytestmark = pytest.mark.django_db


def imported(**fields: Any) -> Dataset:
    line = {"key": 1, "prompt": "Say hello.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}], **fields}
    return dataset_import(name="everyday", path_or_lines=[json.dumps(line)]).dataset


def test_fields_beyond_the_known_ones_are_kept_and_empty_ones_are_not() -> None:
    imported(topic="weather", level=3, tags=["a", "b"], note=None, nothing="", odd="\x00")
    assert Prompt.objects.get().metadata == {"topic": "weather", "level": 3, "tags": ["a", "b"], "odd": "\ufffd"}


def test_metadata_are_no_part_of_the_content_and_come_up_to_date_with_another_import() -> None:
    first = imported()
    again = imported(topic="weather")
    assert (again.pk, Prompt.objects.get().metadata) == (first.pk, {"topic": "weather"})


def test_a_row_of_multi_if_keeps_its_language_and_further_columns() -> None:
    row = multi_if_row("1:1:fr", language="French") | {"topic": "letters", "empty": ""}
    out = StringIO()
    writer = csv.DictWriter(out, [*COLUMNS, "topic", "empty"], restval="")
    writer.writeheader()
    writer.writerow(row)
    dataset_import(name="m", path_or_lines=out.getvalue().splitlines(keepends=True), format="multi_if")
    assert Prompt.objects.get().metadata == {"language": "French", "topic": "letters"}


def test_an_instance_of_complexbench_keeps_its_classes_and_further_fields() -> None:
    value = instance(group=None, annotators=["a", "b\x00"], level={"of": 3}, nothing=None)
    dataset_import(name="c", path_or_lines=[json.dumps([value])], format="complexbench", language="en")
    assert Prompt.objects.get().metadata == {
        "category": "And_1",
        "task_type": "Practical Writing",
        "dimensions": ["Helpfulness"],
        "compositions": ["And"],
        "annotators": ["a", "b\ufffd"],
        "level": {"of": 3},
    }
    [read] = read_instances(json.dumps([value]), "en")
    assert instance_of(Prompt.objects.get()) == read


@pytest.mark.parametrize("odd", ['{"x": NaN}', "[" * 100_000 + "]" * 100_000])
def test_further_fields_of_complexbench_that_no_database_stores_are_refused(odd: str) -> None:
    text = json.dumps([instance(further="ODD")]).replace('"ODD"', odd)
    with pytest.raises(DatasetImportError, match=r"nested too deeply, or holds NaN|a number or the nesting"):
        dataset_import(name="c", path_or_lines=[text], format="complexbench", language="en")
    assert not Dataset.objects.exists()


def test_cases_are_found_by_the_classes_of_their_benchmark(tagged: World) -> None:
    Prompt.objects.filter(key="rain").update(metadata={"language": "French", "dimensions": ["Length", "Topic"]})
    found = case_search(tagged.study, CaseQuery(metadata="dimensions", metadata_value="topic"))
    assert [case.prompt.key for case in found.cases] == ["rain"]
    found = case_search(tagged.study, CaseQuery(metadata="language", metadata_value="french"))
    assert [case.prompt.key for case in found.cases] == ["rain"]


@pytest.fixture
def tagged(world: World) -> World:
    for prompt in Prompt.objects.filter(dataset=world.dataset):
        prompt.metadata = {"topic": {"rain": "Weather", "tea": "drinks"}.get(prompt.key, "other"), "level": 3}
        prompt.save()
    return world


def test_leads_find_cases_by_the_metadata_of_their_prompts(tagged: World) -> None:
    assert metadata_names(tagged.study) == ["level", "topic"]

    def found(name: str, value: str = "") -> list[str]:
        query = CaseQuery(metadata=name, metadata_value=value)
        return sorted(case.prompt.key for case in case_search(tagged.study, query).cases)

    assert found("topic", "weather") == ["rain"]
    assert len(found("topic")) == 4
    assert len(found("level", "3")) == 4
    assert found("level", "4") == []
    assert found("nothing") == []


ODD_NAMES = ("2024", "-1", "0", 'diffi"culty', "it's", "a.b", "$.a[0]", "100%", "%s", "back\\slash", "难度", "a b", "é")


def test_cases_are_found_by_metadata_of_any_name(world: World) -> None:
    fields = {name: f"Yes {number:02}" for number, name in enumerate(ODD_NAMES)}
    Prompt.objects.filter(key="tea").update(metadata={**fields, "sure": True, "list": [1, "x"], "null": None})
    assert {*ODD_NAMES} < {*metadata_names(world.study)}

    def found(name: str, value: str = "") -> list[str]:
        query = CaseQuery(metadata=name, metadata_value=value)
        return [case.prompt.key for case in case_search(world.study, query).cases]

    for name, value in [*fields.items(), ("sure", "true"), ("list", "x")]:
        assert (found(name), found(name, value.lower()), found(name, "no")) == (["tea"], ["tea"], []), name
    assert (found("null"), found("2025"), found("a")) == ([], [], [])


def test_the_list_of_cases_offers_the_metadata_where_there_are_any(world: World, client: Client, lena: User) -> None:
    client.force_login(lena)
    assert "Metadata of the prompt" not in client.get("/studies/pilot/cases/").content.decode()
    Prompt.objects.filter(key="tea").update(metadata={"topic": "drinks"})
    html = client.get("/studies/pilot/cases/?metadata=topic&metadata_value=DRINK").content.decode()
    assert "Metadata of the prompt" in html
    assert "about    tea" in html
    assert "about   rain" not in html


def test_annotators_never_see_metadata_and_leads_only_with_the_sides_named(tagged: World, alice: User) -> None:
    held = case_next(study=tagged.study, annotator=alice)
    assert held is not None
    assignment_choose_blind(assignment=held, choice="left")
    assert case_sheet(held).metadata == {}
    open_world = make_world("open", blind=False)
    Prompt.objects.filter(dataset=open_world.dataset).update(metadata={"topic": "weather"})
    member_add(study=open_world.study, user=alice, role=Membership.Role.LEAD)
    held = case_next(study=open_world.study, annotator=alice)
    assert held is not None
    assert case_sheet(held).metadata == {"topic": "weather"}
    held.case.study.blind = True
    assert case_sheet(held).metadata == {}


def test_metadata_stand_on_the_pages_of_leads_in_the_export_and_in_rest(
    tagged: World, client: Client, lena: User, alice: User
) -> None:
    held = case_next(study=tagged.study, annotator=alice)
    assert held is not None
    submit(held)
    client.force_login(lena)
    for page in (f"/studies/pilot/cases/{held.case_id}/history/", "/datasets/pilot/1/"):
        assert "Metadata of the prompt" in client.get(page).content.decode()
    lines = client_of(lena).get("/api/v1/studies/pilot/annotations.jsonl").getvalue().decode().splitlines()
    assert json.loads(lines[0])["metadata"] == held.case.prompt.metadata
    prompts = client_of(lena).get("/api/v1/datasets/pilot/1/prompts/").json()["results"]
    assert prompts[0]["metadata"] == {"topic": "Weather", "level": 3}
