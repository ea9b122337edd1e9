"""Practice on the web: a lead chooses a case, an annotator annotates it, gets feedback, and enters the real queue."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.studies.models import Case, Membership, Practice
from annotator.studies.services import case_next, codebook_edit, member_add, practice_set
from tests.cast import World
from tests.studies.annotating import submit

PRACTICE = {"label": "hurt", "patterns": ["neglected"], "feedback": "There is a <comma>."}


@pytest.fixture
def tea(world: World) -> Case:
    return world.study.cases.get(prompt__key="tea")


def address(case: Case) -> str:
    return f"/studies/pilot/cases/{case.pk}/practice/"


def test_from_choosing_a_case_to_the_real_queue(
    client: Client, world: World, tea: Case, lena: User, alice: User
) -> None:
    client.force_login(lena)
    answer = client.post(address(tea), PRACTICE, follow=True)
    assert "before their first real one" in answer.content.decode()
    assert f'href="{address(tea)}"' in client.get("/studies/pilot/cases/?concern=practice").content.decode()
    client.force_login(alice)
    case = client.post("/studies/pilot/next/").url
    assert case == f"/cases/{tea.pk}/"
    blind = client.get(case).content.decode()
    assert "A practice case" in blind
    assert "comma&gt;" not in blind
    assert 'popovertarget="skip"' not in blind
    client.post(f"{case}choose/", {"choice": "left"})
    annotation = {"submission_key": str(uuid4()), "base_revision": "0", "label": "helped", "patterns": ["other"]}
    answer = client.post(f"{case}submit/", {**annotation, "other_text": "commas"}, follow=True)
    html = answer.content.decode()
    assert answer.redirect_chain == [(case, 302)]
    assert "Another annotation was expected." in html
    assert "There is a &lt;comma&gt;." in html
    assert "simple constraint neglected" in html
    assert client.post("/studies/pilot/next/").url != case


def test_a_lead_sees_what_is_expected_changes_it_and_makes_the_case_real_again(
    client: Client, world: World, tea: Case, lena: User
) -> None:
    client.force_login(lena)
    client.post(address(tea), PRACTICE)
    assert "There is a &lt;comma&gt;." in client.get(address(tea)).content.decode()
    client.post(address(tea), {**PRACTICE, "label": "cant_tell"})
    assert Practice.objects.get().label == "cant_tell"
    client.post(address(tea), {"end": "1"})
    assert not Practice.objects.exists()


def test_a_wrong_form_and_a_case_in_use_are_refused_in_words(
    client: Client, world: World, tea: Case, lena: User, alice: User
) -> None:
    client.force_login(lena)
    assert client.post(address(tea), {**PRACTICE, "label": "x"}).status_code == 422
    tea.assignments.create(annotator=alice, lease_until="2999-01-01T00:00Z", second_is_left=True)
    answer = client.post(address(tea), PRACTICE)
    assert (answer.status_code, "handed out already" in answer.content.decode()) == (409, True)


def next_codebook(world: World, *patterns: dict[str, object]) -> None:
    world.study.refresh_from_db()
    content = {"guideline": "", "patterns": list(patterns)}
    codebook_edit(study=world.study, base_id=world.study.codebook_id, content=content)


RENAMED = {"slug": "neglected", "name": "counted wrong", "hotkey": "3"}
OTHER = {"slug": "formatting-gained", "name": "formatting gained", "hotkey": "1"}


@pytest.mark.parametrize(
    ("patterns", "sentence"),
    [
        (["neglected"], "✓ As expected."),
        (["other"], "≠ The label is as expected; the patterns differ."),
        (["neglected", "other"], "≠ The label is as expected; the patterns differ."),
        ([], "≠ The label is as expected; the patterns differ."),
    ],
)
def test_an_annotator_is_told_whether_the_patterns_are_as_expected(
    client: Client, world: World, tea: Case, alice: User, patterns: list[str], sentence: str
) -> None:
    practice_set(case=tea, **PRACTICE)
    assignment = case_next(study=world.study, annotator=alice)
    assert assignment is not None
    submit(assignment, label="hurt", patterns=patterns, other_text="commas" if "other" in patterns else "")
    client.force_login(alice)
    assert sentence in client.get(f"/cases/{tea.pk}/").content.decode()


def test_where_no_pattern_is_expected_any_may_be_given(client: Client, world: World, tea: Case, alice: User) -> None:
    practice_set(case=tea, **{**PRACTICE, "patterns": []})
    assignment = case_next(study=world.study, annotator=alice)
    assert assignment is not None
    submit(assignment, label="hurt", patterns=["neglected"])
    client.force_login(alice)
    assert "✓ As expected." in client.get(f"/cases/{tea.pk}/").content.decode()


def test_an_expected_pattern_is_the_same_in_every_version_of_the_codebook(
    client: Client, world: World, tea: Case, alice: User, lena: User
) -> None:
    practice_set(case=tea, **PRACTICE)
    next_codebook(world, RENAMED, OTHER)
    client.force_login(lena)
    page = client.get(address(tea)).content.decode()
    assert 'value="neglected" id="id_patterns_0" checked' in page
    assert "no longer in the codebook" not in page
    assignment = case_next(study=world.study, annotator=alice)
    assert assignment is not None
    submit(assignment, label="hurt", patterns=["neglected"])
    client.force_login(alice)
    html = client.get(f"/cases/{tea.pk}/").content.decode()
    assert "✓ As expected." in html
    assert html.count("counted wrong") >= 2
    assert "simple constraint neglected" not in html


def test_a_lead_is_told_of_an_expected_pattern_that_the_codebook_no_longer_has(
    client: Client, world: World, tea: Case, alice: User, lena: User
) -> None:
    practice_set(case=tea, **PRACTICE)
    next_codebook(world, OTHER)
    client.force_login(lena)
    sentence = "Expected, but no longer in the codebook: “simple constraint neglected”."
    assert sentence in client.get(address(tea)).content.decode()
    assignment = case_next(study=world.study, annotator=alice)
    assert assignment is not None
    submit(assignment, label="hurt", patterns=[])
    client.force_login(alice)
    html = client.get(f"/cases/{tea.pk}/").content.decode()
    assert "✓ As expected." in html
    assert "simple constraint neglected" not in html
    client.force_login(lena)
    assert sentence not in client.post(address(tea), {**PRACTICE, "patterns": []}, follow=True).content.decode()


@pytest.mark.parametrize("person", ["alice", "carol", "mallory"])
def test_only_leads_choose_practice(
    client: Client, world: World, tea: Case, carol: User, mallory: User, person: str
) -> None:
    member_add(study=world.study, user=carol, role=Membership.Role.ADJUDICATOR)
    client.force_login(User.objects.get(username=person))
    assert client.get(address(tea)).status_code == client.post(address(tea), PRACTICE).status_code == 404
