"""The pages of studies: create, close and reopen studies, add members, and the overview."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.runs.models import Generation
from annotator.studies.models import Membership, Study
from annotator.studies.services import (
    AnnotationContent,
    annotation_submit,
    assignment_choose_blind,
    case_next,
    member_add,
    run_regrade,
)
from tests.cast import World, make_dataset, make_run, make_world
from tests.studies.annotating import submit


@pytest.fixture
def browser(client: Client, lena: User) -> Client:
    client.force_login(lena)
    return client


def text(browser: Client, path: str) -> str:
    return browser.get(path).content.decode()


def new_study(world: World, **fields: Any) -> dict[str, Any]:
    return {
        "title": "Second look",
        "slug": "second-look",
        "first_run": str(world.first_run.pk),
        "second_run": str(world.second_run.pk),
        "codebook": str(world.codebook.pk),
        "overlap": "2",
        "scope": "answer",
        "order": "hardest",
        "seed": "3",
        "blind": "on",
        **fields,
    }


def test_a_lead_opens_a_study_and_leads_it(world: World, browser: Client, lena: User) -> None:
    assert browser.post("/studies/new/", new_study(world)).url == "/studies/second-look/"
    study = Study.objects.get(slug="second-look")
    assert (study.overlap, study.blind, study.order, study.cases.count()) == (2, True, "hardest", 4)
    assert Membership.objects.get(study=study, user=lena).role == "owner"


@pytest.mark.parametrize(("sent", "stored"), [({}, "after_blind"), ({"verdicts_shown": "never"}, "never")])
def test_a_lead_says_when_annotators_see_the_verdicts(
    world: World, browser: Client, sent: dict[str, str], stored: str
) -> None:
    browser.post("/studies/new/", new_study(world, **sent))
    assert Study.objects.get(slug="second-look").verdicts_shown == stored


def test_a_lead_changes_when_annotators_see_the_verdicts(world: World, browser: Client) -> None:
    assert browser.post("/studies/pilot/verdicts/", {"verdicts_shown": "never"}).url == "/studies/pilot/"
    assert Study.objects.get().verdicts_shown == "never"
    assert '<option value="never" selected>' in text(browser, "/studies/pilot/")
    answer = browser.post("/studies/pilot/verdicts/", {"verdicts_shown": "sometimes"}, follow=True)
    assert "which is unknown" in answer.content.decode()
    assert Study.objects.get().verdicts_shown == "never"


def test_a_lead_pairs_any_two_runs_of_one_dataset_in_either_order(world: World, browser: Client, lena: User) -> None:
    swapped = {"first_run": str(world.second_run.pk), "second_run": str(world.first_run.pk)}
    assert browser.post("/studies/new/", new_study(world, **swapped)).url == "/studies/second-look/"
    study = Study.objects.get(slug="second-look")
    assert (study.first_role, study.second_role, study.scope) == ("cot", "base", "answer")
    assert sorted(study.cases.values_list("outcome", flat=True)) == ["helped", "hurt", "tie", "tie"]


@pytest.mark.parametrize("scope", ["reasoning", "everything"])
def test_an_outcome_is_of_texts_that_both_runs_have(world: World, browser: Client, scope: str) -> None:
    answer = browser.post("/studies/new/", new_study(world, scope=scope))
    assert answer.status_code == 422
    assert "Not the reasoning alone" in answer.content.decode()


def test_one_run_is_no_pair_and_runs_of_two_datasets_are_none(world: World, browser: Client) -> None:
    twice = browser.post("/studies/new/", new_study(world, second_run=str(world.first_run.pk)))
    assert twice.status_code == 422
    assert "The two runs are the same; choose two different ones." in twice.content.decode()
    assert twice.content.decode().count("The two runs are the same") == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"title": ""}, "This field is required."),
        ({"slug": "no spaces"}, "Use 1 to 64 letters"),
        ({"slug": "pilot"}, "already exists"),
        ({"second_run": ""}, "This field is required."),
        ({"overlap": "0"}, "greater than or equal to 1"),
    ],
)
def test_a_study_that_cannot_be_is_refused_in_words(
    world: World, browser: Client, fields: dict[str, str], sentence: str
) -> None:
    answer = browser.post("/studies/new/", new_study(world, **fields))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert Study.objects.count() == 1


def test_a_lead_cannot_pair_runs_that_are_not_theirs(world: World, client: Client, bob: User) -> None:
    study = Study.objects.create(
        slug="own",
        title="own",
        first_run=world.first_run,
        second_run=world.second_run,
        first_role="base",
        second_role="cot",
        codebook=world.codebook,
    )
    Membership.objects.create(study=study, user=bob, role="lead", pseudonym="p")
    foreign = make_run(make_dataset("secret"), world.language_model, "cot")
    client.force_login(bob)
    assert client.post("/studies/new/", new_study(world, second_run=str(foreign.pk))).status_code == 422


def test_people_are_let_in_by_name(world: World, browser: Client, mallory: User) -> None:
    answer = browser.post("/studies/pilot/members/", {"user": " mallory ", "role": "annotator"}, follow=True)
    assert "mallory is in: annotator." in answer.content.decode()
    assert Membership.objects.get(study=world.study, user=mallory).role == "annotator"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"user": "", "role": "lead"}, "Give a user name."),
        ({"user": "nobody", "role": "lead"}, "There is no user of that name"),
        ({"user": "mallory", "role": "king"}, "king is not one of the available choices"),
    ],
)
def test_a_refused_member_form_comes_back_as_it_was_typed(
    world: World, browser: Client, mallory: User, typed: dict[str, str], sentence: str
) -> None:
    answer = browser.post("/studies/pilot/members/", typed)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert re.search(rf'<p class="notice refused" role="alert">[^<]*{sentence}', html)
    assert typed["user"] in re.search(r'<input type="text" name="user"[^>]*>', html)[0]
    assert ('<option value="lead" selected>' in html) is (typed["role"] == "lead")
    assert "Does reasoning help?" in html


def test_a_lead_closes_a_study_after_a_question_and_opens_it_again(world: World, browser: Client) -> None:
    page = text(browser, "/studies/pilot/")
    assert re.search(r'popovertarget="closing">\s*Close the study', page)
    assert "told within a minute" in page
    closed = browser.post("/studies/pilot/close/", follow=True).content.decode()
    assert "The study is closed." in closed
    assert "This study is closed: it takes no more annotations." in closed
    assert re.search(r'popovertarget="closing">\s*Open it again', closed)
    assert "The study is open again." in browser.post("/studies/pilot/reopen/", follow=True).content.decode()
    assert "This study is closed" not in text(browser, "/studies/pilot/")


def test_those_who_do_not_lead_a_study_cannot_close_it(world: World, client: Client, alice: User, bob: User) -> None:
    elsewhere = make_world("elsewhere").study
    member_add(study=elsewhere, user=bob, role="lead")
    for person in (alice, bob):
        client.force_login(person)
        assert client.post("/studies/pilot/close/").status_code == 404
        assert client.post("/studies/pilot/reopen/").status_code == 404
    assert "Close the study" not in client.get("/studies/pilot/").content.decode()
    world.study.refresh_from_db()
    assert world.study.status == "open"


def test_an_annotator_lets_nobody_in(world: World, client: Client, alice: User, mallory: User) -> None:
    client.force_login(alice)
    assert client.post("/studies/pilot/members/", {"user": "mallory", "role": "lead"}).status_code == 404


def test_the_board_counts_people_labels_and_sides(world: World, browser: Client, alice: User) -> None:
    held = case_next(study=world.study, annotator=alice)
    assert held is not None
    assignment_choose_blind(assignment=held, choice="left")
    key = "00000000-0000-4000-8000-000000000001"
    for revision, label in enumerate(["hurt", "helped"]):
        annotation_submit(
            assignment=held,
            submission_key=key[:-1] + str(revision),  # type: ignore[arg-type]
            base_revision=revision,
            content=AnnotationContent(label=label),
        )
    overview = browser.get("/studies/pilot/").context["overview"]
    assert (overview.cases, overview.complete) == (4, 1)
    assert overview.labels == {"helped": 1, "hurt": 0, "no_difference": 0, "cant_tell": 0}
    assert overview.outcomes_of_gold == {**dict.fromkeys(overview.outcomes, 0), held.case.outcome: 1}
    assert overview.sides == {"left": 1, "same": 0, "right": 0}
    assert overview.outcomes == {"helped": 1, "hurt": 1, "tie": 2, "no_answer": 0}
    assert [(row.username, row.submitted) for row in overview.members] == [("alice", 1), ("bob", 0), ("lena", 0)]


def test_by_people_and_by_verdicts_count_the_same_cases(world: World, browser: Client, alice: User, bob: User) -> None:
    """Two annotators: one case on which they agree, one on which they differ, one that only alice judged."""
    Study.objects.filter(pk=world.study.pk).update(overlap=2)
    world.study.refresh_from_db()
    for person, labels in ((alice, ["hurt", "hurt", "helped"]), (bob, ["hurt", "helped"])):
        for label in labels:
            held = case_next(study=world.study, annotator=person)
            assert held is not None
            submit(held, label=label)
    overview = browser.get("/studies/pilot/").context["overview"]
    assert overview.labels == {"helped": 0, "hurt": 1, "no_difference": 0, "cant_tell": 0}
    assert overview.with_gold == sum(overview.outcomes_of_gold.values()) == 1
    assert sum(overview.outcomes.values()) == overview.cases == 4
    assert overview.without_gold == 2
    html = browser.get("/studies/pilot/").content.decode()
    assert html.count("n = 1<") == 2
    assert html.count("n = 4<") == 1


def test_the_board_counts_what_has_no_answer_to_judge_and_the_splits_of_both_runs(
    world: World, browser: Client
) -> None:
    Generation.objects.filter(run=world.second_run, prompt__key="tea").update(finish_reason="length")
    Generation.objects.filter(run=world.second_run, prompt__key="rain").update(
        finish_reason="length", split_status="truncated", answer=""
    )
    run_regrade(run_id=world.second_run.pk)
    page = browser.get("/studies/pilot/")
    overview = page.context["overview"]
    assert overview.outcomes == {"helped": 0, "hurt": 0, "tie": 2, "no_answer": 2}
    assert [(row.status, row.first, row.second) for row in overview.splits] == [
        ("clean", 4, 3),
        ("truncated", 0, 1),
        ("cut_short", 0, 1),
    ]
    for words in ("no answer to judge", "answer cut off", "it is neither helped nor hurt"):
        assert words in page.content.decode()


def test_a_lead_has_unfinished_answers_compared_as_well(world: World, browser: Client) -> None:
    Generation.objects.filter(run=world.second_run, prompt__key="tea").update(finish_reason="length")
    browser.post("/studies/new/", new_study(world, judge_unfinished="on"))
    study = Study.objects.get(slug="second-look")
    assert (study.judge_unfinished, study.cases.get(prompt__key="tea").outcome) == (True, "hurt")
    assert "Outcomes also compare answers that are empty" in text(browser, "/studies/second-look/")


def test_the_export_is_one_line_of_curl(world: World, browser: Client) -> None:
    html = text(browser, "/studies/pilot/")
    assert "curl -s http://testserver/api/v1/studies/pilot/annotations.jsonl" in html


def test_annotators_see_no_board_and_no_other_people(world: World, client: Client, alice: User) -> None:
    client.force_login(alice)
    html = text(client, "/studies/pilot/")
    assert "Members" not in html
    assert "bob" not in html
    assert "annotations.jsonl" not in html


# ---- empty states


def test_empty_pages_say_what_to_do_next(client: Client, db: None, mallory: User) -> None:
    client.force_login(mallory)
    assert "Ask the lead of a study to add you" in text(client, "/")
    mallory.is_staff = True
    mallory.save()
    assert "There is no study yet" in text(client, "/")
    assert "No run yet" in text(client, "/runs/")
    assert "No dataset yet" in text(client, "/datasets/")
    assert "manage.py add_model" in text(client, "/runs/new/")


def test_a_site_lead_who_is_no_member_looks_on_without_labelling(world: World, client: Client, mallory: User) -> None:
    mallory.is_staff = True
    mallory.save()
    client.force_login(mallory)
    assert "Start labelling" not in text(client, "/studies/pilot/")
    answer = client.post("/studies/pilot/next/", follow=True)
    assert "You do not belong to study" in answer.content.decode()
