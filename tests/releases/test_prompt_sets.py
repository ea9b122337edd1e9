"""Files of prompt sets: each format, what is left out, and what reads them again."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator.constraints import CHECKER_VERSION
from annotator.datasets.models import Constraint
from annotator.exemplars.errors import PromptSetError
from annotator.exemplars.models import PromptSet
from annotator.releases.prompt_sets import PROMPT_SET_FORMATS, prompt_set_file
from annotator.runs.exemplar_lines import read_exemplar_lines
from annotator.studies.models import Membership
from tests.cast import World
from tests.releases.curated import Curated, make_curated, withdraw
from workers.strategies.few_shot import FewShot
from workers.strategies.protocol import Item

TEA = "Write about    tea. Do not use any commas."
BIKE = "Write about   bike. Do not use any commas."
THOUGHT = "No commas: I write one short sentence."


@pytest.fixture
def curated(world: World, dan: User) -> Curated:
    return make_curated(world.study, dan)


def exported(prompt_set: PromptSet, format: str) -> str:
    return "".join(prompt_set_file(prompt_set, format).parts)


def lines(prompt_set: PromptSet, format: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in exported(prompt_set, format).splitlines()]


def test_messages_are_two_turns_with_the_reasoning_beside_the_answer(curated: Curated) -> None:
    tea, bike = lines(curated.prompt_set, "messages")
    assert tea["messages"] == [
        {"role": "user", "content": TEA},
        {"role": "assistant", "content": "Tea of course.", "reasoning_content": THOUGHT},
    ]
    assert bike["messages"][1] == {"role": "assistant", "content": "a red bike", "reasoning_content": None}
    assert (tea["key"], bike["key"]) == ("tea", "bike")


def test_exported_messages_start_a_few_shot_run_again(curated: Curated) -> None:
    read = read_exemplar_lines(exported(curated.prompt_set, "messages").splitlines())
    assert read[0] == {"prompt": TEA, "answer": "Tea of course.", "reasoning": THOUGHT}
    assert len(read) == 2


def test_every_row_carries_the_terms_that_are_known(curated: Curated, world: World) -> None:
    for line in lines(curated.prompt_set, "messages"):
        unknown = {"language_model": "tiny", "licence": None, "terms": None}
        assert line["terms"] == {"dataset": None, "models": [unknown]}
    world.dataset.terms = "CC BY 4.0"
    world.dataset.save()
    world.language_model.terms = {"licence": "Apache-2.0", "terms": "Free to publish.", "unverified": []}
    world.language_model.save()
    known = {"language_model": "tiny", "licence": "Apache-2.0", "terms": "Free to publish."}
    assert lines(curated.prompt_set, "verify")[0]["terms"] == {"dataset": "CC BY 4.0", "models": [known]}


@pytest.mark.parametrize("template", ["turns", "block"])
def test_the_text_is_what_the_strategy_sends(curated: Curated, template: str) -> None:
    curated.prompt_set.template = template
    text = exported(curated.prompt_set, "text")
    exemplars = read_exemplar_lines(exported(curated.prompt_set, "messages").splitlines())
    parameters = FewShot.spec.read_parameters({"exemplars": exemplars, "as_turns": template == "turns"})
    ask = next(FewShot(parameters).start(Item("{prompt}")))
    sent = [message.content for message in ask.messages]
    if template == "turns":
        headings = ["USER:", "ASSISTANT:"] * 2 + ["USER:"]
        assert text == "\n\n".join(f"{head}\n{body}" for head, body in zip(headings, sent, strict=True)) + "\n"
    else:
        assert [text] == [f"{sent[0]}\n"]


def test_a_set_that_shows_reasoning_needs_it_in_every_exemplar(curated: Curated) -> None:
    curated.prompt_set.shows_reasoning = True
    with pytest.raises(PromptSetError, match=r"exemplar 2 \(prompt bike\) has no reasoning to show; leave it out"):
        prompt_set_file(curated.prompt_set, "text")


def test_json_says_who_approved_what_from_where_and_by_which_verdicts(curated: Curated, dan: User) -> None:
    record = json.loads(exported(curated.prompt_set, "json"))
    assert (record["format"], record["name"], record["version"]) == ("cotrast.prompt_set.1", "no-commas", 1)
    tea = record["exemplars"][0]
    pseudonym = Membership.objects.get(user=dan).pseudonym
    assert (tea["prompt"], tea["answer"]) == (TEA, "Tea of course.")
    assert tea["constraints"] == [{"kind": "punctuation:no_comma", "kwargs": {}, "scope": "answer"}]
    provenance = tea["provenance"]
    assert provenance["approved_by"] == pseudonym
    assert provenance["content_hash"] == curated.exemplars["tea"].content_hash
    assert provenance["candidate"] == {"basis": "verdicts", "reasons": {"kinds": 1}}
    assert (provenance["generation"]["strategy"], provenance["generation"]["answer"]) == ("cot", "Tea, of course.")
    repair = provenance["repair"]
    assert (repair["method"], repair["author"], repair["edit_distance"]) == ("person", pseudonym, 1)
    assert [attempt["method"] for attempt in repair["revised"]] == ["mechanical"]
    (verdict,) = provenance["proof"]["verdicts"]
    assert provenance["proof"]["checker_version"] == CHECKER_VERSION
    assert (verdict["constraint"], verdict["strict"], verdict["loose"]) == (0, True, True)


@pytest.mark.parametrize("format", PROMPT_SET_FORMATS)
def test_no_format_names_a_person(curated: Curated, format: str) -> None:
    text = exported(curated.prompt_set, format)
    assert '"dan"' not in text


def test_dspy_demos_have_the_fields_of_a_signature(curated: Curated) -> None:
    demos = json.loads(exported(curated.prompt_set, "dspy"))["demos"]
    assert demos == [
        {"prompt": TEA, "reasoning": THOUGHT, "answer": "Tea of course."},
        {"prompt": BIKE, "answer": "a red bike"},
    ]


def test_the_exported_set_verifies_strict_on_every_constraint(curated: Curated, tmp_path: Path) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(exported(curated.prompt_set, "verify"))
    out, err = StringIO(), StringIO()
    call_command("verify", str(path), str(path), stdout=out, stderr=err)
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(row["key"], row["strict"]) for row in rows] == [("tea", [True]), ("bike", [True, True])]


def test_a_constraint_about_the_reasoning_is_left_to_the_json(curated: Curated) -> None:
    Constraint.objects.filter(prompt__key="bike", position=1).update(scope="reasoning")
    assert lines(curated.prompt_set, "verify")[1]["instruction_id_list"] == ["punctuation:no_comma"]
    assert len(json.loads(exported(curated.prompt_set, "json"))["exemplars"][1]["constraints"]) == 2


@pytest.mark.parametrize("format", PROMPT_SET_FORMATS)
def test_withdrawn_exemplars_are_left_out_and_counted(curated: Curated, dan: User, format: str) -> None:
    withdraw(curated.exemplars["tea"], dan)
    file = prompt_set_file(curated.prompt_set, format)
    text = "".join(file.parts)
    assert file.left_out == {"withdrawn": 1}
    assert "Tea of course." not in text
    assert "a red bike" in text


def test_a_set_without_an_exemplar_left_is_refused_with_the_way_out(curated: Curated, dan: User) -> None:
    for exemplar in curated.exemplars.values():
        withdraw(exemplar, dan)
    with pytest.raises(PromptSetError, match="Every exemplar of no-commas v1 of pilot is withdrawn; add others"):
        prompt_set_file(curated.prompt_set, "messages")


def test_longer_sets_cost_no_more_queries(curated: Curated) -> None:
    with CaptureQueriesContext(connection) as both:
        exported(curated.prompt_set, "json")
    curated.prompt_set.members.filter(position=1).delete()
    with CaptureQueriesContext(connection) as one:
        exported(curated.prompt_set, "json")
    assert len(one) == len(both)


def test_the_command_writes_the_newest_version_and_says_what_it_left_out(
    curated: Curated, dan: User, tmp_path: Path
) -> None:
    withdraw(curated.exemplars["bike"], dan)
    out, err = StringIO(), StringIO()
    call_command("export_prompt_set", "pilot", "no-commas", format="messages", stdout=out, stderr=err)
    assert len(out.getvalue().splitlines()) == 1
    assert err.getvalue() == "Left out: 1 withdrawn exemplar.\n"
    path = tmp_path / "set.json"
    call_command("export_prompt_set", "pilot", "no-commas", version=1, output=path, stdout=out, stderr=err)
    assert json.loads(path.read_text())["left_out"] == {"withdrawn": 1}


@pytest.mark.parametrize(("name", "version"), [("commas", None), ("no-commas", 2)])
def test_the_command_names_the_sets_that_there_are(curated: Curated, name: str, version: int | None) -> None:
    with pytest.raises(CommandError, match="known sets of that study: pilot/no-commas@1"):
        call_command("export_prompt_set", "pilot", name, version=version)


def test_the_version_of_a_set_is_no_version_of_django(curated: Curated, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("export_prompt_set", "pilot", "no-commas", "--version", "1", "--format", "text")
    assert capsys.readouterr().out.startswith("USER:\n")
