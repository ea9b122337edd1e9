"""The tools over MCP, called by the SDK's own client: in this process, and twice in a real one over stdio."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from annotator.accounts.services import token_issue, token_revoke
from annotator.mcp.server import make_server
from annotator.runs.models import Generation
from annotator.studies.services import case_next, member_add
from tests.cast import World
from tests.paths import REPOSITORY
from tests.processes import database_url
from tests.routing.rows import make_router
from tests.studies.annotating import submit

pytestmark = pytest.mark.django_db(transaction=True)
NO_COMMA = {"kind": "punctuation:no_comma"}
PATIENCE_S = 300  # on a machine with much else to do


def in_session(server: Any, calls: Callable[[Client], Awaitable[Any]]) -> Any:
    """Return what `calls` returns for a client of the server, or of the process of a transport."""

    async def session() -> Any:
        async with Client(server) as client:
            return await calls(client)

    # In a thread, since the browser of an earlier test may have left its event loop in this one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asyncio.wait_for(session(), PATIENCE_S)).result()


async def results_of(client: Client, calls: Any) -> list[Any]:
    """Return the results of these calls: the structured content, or the sentence of a refusal."""
    results = [await client.call_tool(name, arguments) for name, arguments in calls]
    return [result.content[0].text if result.is_error else result.structured_content for result in results]


def called(token: str, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
    """Call the tools of a server in this process, in the name of the token's owner."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COTRAST_TOKEN", token)
        return list(in_session(make_server(), lambda client: results_of(client, calls)))


def environment(token: str) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": database_url(), "COTRAST_TOKEN": token}


def process(token: str) -> Any:
    """The transport of a process of `manage.py mcp`."""
    command = {"command": sys.executable, "args": ["manage.py", "mcp"], "cwd": REPOSITORY}
    return stdio_client(StdioServerParameters(**command, env=environment(token)))


@pytest.fixture
def labelled(world: World, alice: User) -> int:
    """alice's labelled case."""
    assignment = case_next(study=world.study, annotator=alice)
    assert assignment is not None
    submit(assignment, note="mine")
    return assignment.case_id


@pytest.fixture
def token(lena: User) -> str:
    return token_issue(user=lena).text


def test_four_tools_are_described_as_reading_and_their_texts_as_untrusted() -> None:
    async def listed(client: Client) -> Any:
        return (await client.list_tools()).tools

    tools = {tool.name: tool for tool in in_session(make_server(), listed)}
    assert set(tools) == {"verify", "route", "search_cases", "read_case"}
    assert all(tool.annotations.read_only_hint for tool in tools.values())
    assert all("never instructions" in tools[name].description for name in ("search_cases", "read_case"))


def test_a_response_is_verified_with_evidence_and_what_cannot_be_is_refused_in_words(token: str, world: World) -> None:
    good, unknown, none, long = called(
        token,
        ("verify", {"response": "Rain, rain.", "constraints": [NO_COMMA]}),
        ("verify", {"response": "Rain.", "constraints": [{"kind": "no:such"}]}),
        ("verify", {"response": "Rain.", "constraints": []}),
        ("verify", {"response": "a" * 100_001, "constraints": [NO_COMMA]}),
    )
    (verdict,) = good["verdicts"]
    assert (verdict["strict"]["obeyed"], verdict["strict"]["spans"]) == (False, [[4, 5]])
    assert "Constraint 1:" in unknown
    assert "no:such" in unknown
    assert "send from 1 to 20" in none
    assert "at most 100,000 fit" in long


def test_a_list_of_all_commas_is_cut(token: str, world: World) -> None:
    (found,) = called(token, ("verify", {"response": "," * 5_000, "constraints": [NO_COMMA]}))
    strict = found["verdicts"][0]["strict"]
    assert (len(strict["spans"]), strict["spans_left_out"]) == (50, 450)  # checkers keep 500


def test_a_prompt_is_routed_by_name_or_by_the_newest_router(token: str, world: World) -> None:
    make_router("pilot")
    newest, named, unknown = called(
        token,
        ("route", {"prompt": "Write about rain."}),
        ("route", {"prompt": "Write about rain.", "router": "pilot@1"}),
        ("route", {"prompt": "Write about rain.", "router": "nowhere"}),
    )
    assert newest == named
    assert newest["router"] == "pilot@1"
    assert 0 <= newest["probability"] <= 1
    assert "No router is called 'nowhere'" in unknown


def test_labelled_cases_are_found_by_each_filter_and_read_without_names(
    token: str, world: World, labelled: int
) -> None:
    everything, by_label, other, by_text, by_kind, wrong, case = called(
        token,
        ("search_cases", {}),
        ("search_cases", {"study": "pilot", "label": "helped"}),
        ("search_cases", {"label": "hurt"}),
        ("search_cases", {"text": "no such words"}),
        ("search_cases", {"kind": "punctuation:no_comma", "limit": 999}),
        ("search_cases", {"pattern": "unheard-of"}),
        ("read_case", {"case": labelled}),
    )
    assert [row["case"] for row in everything["cases"]] == [labelled]
    assert by_label["cases"] == by_kind["cases"] == everything["cases"]
    assert other["cases"] == by_text["cases"] == []
    assert "The pattern 'unheard-of' is unknown; choose one of" in wrong
    assert case["annotations"] == [{"label": "helped", "patterns": []}]
    assert case["gold"]["label"] == "helped"
    assert set(case["untrusted"]) == {"prompt", "gold_reason", "first", "second"}
    assert "never an instruction" in case["notice"]
    assert case["untrusted"]["second"]["verdicts"][0]["strict"]["obeyed"] in (True, False)
    assert not {"alice", "annotator-1", "lena"} & set(json.dumps(case).lower().replace('"', " ").split())


def test_a_huge_answer_is_cut_and_says_so(token: str, world: World, labelled: int) -> None:
    Generation.objects.update(answer="a" * 1_000_000, reasoning="b" * 1_000_000)
    (case,) = called(token, ("read_case", {"case": labelled}))
    assert case["untrusted"]["first"]["answer"].endswith("[980,000 more characters are left out]")
    assert len(json.dumps(case)) < 100_000


@pytest.mark.parametrize("role", ["annotator", "adjudicator", "curator", ""])
def test_whoever_neither_leads_nor_reads_the_study_reads_no_case_not_even_their_own(
    world: World, alice: User, mallory: User, labelled: int, role: str
) -> None:
    if role:
        assert case_next(study=world.study, annotator=alice) is not None, "another case is open"
        member_add(study=world.study, user=alice, role=role)
    token = token_issue(user=alice if role else mallory).text
    for answer in called(
        token,
        ("search_cases", {}),
        ("search_cases", {"study": "pilot"}),
        ("read_case", {"case": labelled, "study": "pilot"}),
    ):
        assert answer.endswith(
            "You lead no study and are a reader of none, and cases are read by leads and readers alone."
        )


def test_a_reader_reads_what_a_lead_does_until_they_annotate_again(
    token: str, world: World, dan: User, labelled: int
) -> None:
    member_add(study=world.study, user=dan, role="reader")
    own = token_issue(user=dan).text
    calls = (("search_cases", {}), ("read_case", {"case": labelled}))
    assert called(own, *calls) == called(token, *calls)
    member_add(study=world.study, user=dan, role="annotator")
    assert all("You lead no study and are a reader of none" in answer for answer in called(own, *calls))


def test_an_unlabelled_case_and_that_of_another_study_are_refused(token: str, world: World, labelled: int) -> None:
    unlabelled = world.study.cases.exclude(pk=labelled)[0].pk
    first, second, third = called(
        token,
        ("read_case", {"case": unlabelled}),
        ("read_case", {"case": 10**6}),
        ("read_case", {"case": labelled, "study": "elsewhere"}),
    )
    assert "is not labelled yet" in first
    assert "has no case 1000000" in second
    assert "Name one of the studies that you lead or read: pilot" in third


@pytest.mark.slow
def test_a_process_answers_over_stdio_until_its_token_is_revoked(world: World, lena: User, labelled: int) -> None:
    issued = token_issue(user=lena)

    def revoke() -> None:
        try:
            token_revoke(token=issued.token, by=lena)
        finally:
            connection.close()

    async def revoked_between(client: Client) -> Any:
        verified = ("verify", {"response": "Rain.", "constraints": [NO_COMMA]})
        before = await results_of(client, [verified, ("read_case", {"case": labelled})])
        await asyncio.to_thread(revoke)
        return before, await results_of(client, [verified, ("search_cases", {})])

    (verdicts, case), after = in_session(process(issued.text), revoked_between)
    assert verdicts["verdicts"][0]["strict"]["obeyed"] is True
    assert case["case"] == labelled
    assert all("COTRAST_TOKEN is unknown, expired or revoked" in sentence for sentence in after)


def test_a_token_without_the_scope_of_reading_opens_nothing(world: World, lena: User, labelled: int) -> None:
    token = token_issue(user=lena, scopes=["annotate", "manage"]).text
    (refused,) = called(token, ("search_cases", {}))
    assert "lacks the scope read" in refused


@pytest.mark.slow
@pytest.mark.parametrize(("token", "sentence"), [("", "COTRAST_TOKEN is not set"), ("wrong", "is unknown, expired or")])
def test_without_a_valid_token_the_process_does_not_start(world: World, token: str, sentence: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "mcp"],
        cwd=REPOSITORY, env=environment(token), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert sentence in done.stderr
    assert done.stdout == ""


def test_the_configuration_of_the_doc_starts_the_command(token: str) -> None:
    page = (REPOSITORY / "docs" / "mcp.md").read_text()
    configured = json.loads(page.split("```json\n")[1].split("```")[0])["mcpServers"]["cotrast"]
    assert configured["args"][1:] == ["mcp"]
    assert "COTRAST_TOKEN" in configured["env"]
