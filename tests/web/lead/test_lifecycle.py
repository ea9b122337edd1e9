"""Archiving, return and deletion on the pages of runs, datasets and studies, and over REST."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator import access
from annotator.analysis.results.study_results import runs_compared
from annotator.datasets.models import Dataset
from annotator.deletion.services import study_delete
from annotator.runs.errors import RunError
from annotator.runs.models import Run
from annotator.runs.services import run_archive, run_resume, run_start
from annotator.studies.errors import StudyArchived, StudyClosed, StudyRefused
from annotator.studies.models import Assignment, Membership, Study
from annotator.studies.services import (
    adjudication_decide,
    case_next,
    member_add,
    study_archive,
    study_create,
    study_reopen,
    study_restore,
)
from tests.api.client import client_of
from tests.cast import World, make_dataset, make_model, make_run
from tests.runs.test_generations import queued_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> User:
    return User.objects.create_user("root", is_staff=True)


@pytest.fixture
def browser(root: User, client: Client) -> Client:
    client.force_login(root)
    return client


def text(browser: Client, path: str) -> str:
    return browser.get(path).content.decode()


def test_an_archived_run_leaves_the_list_and_is_taken_back(world: World, browser: Client) -> None:
    address = f"/runs/{world.first_run.pk}/"
    html = browser.post(f"{address}archive/", follow=True).content.decode()
    assert "Archived: it stands in no list and takes no new work." in html
    assert f'href="{address}"' not in text(browser, "/runs/")
    assert f'href="{address}"' in text(browser, "/runs/?archived=1")
    assert "Archived (1)" in text(browser, "/runs/")
    browser.post(f"{address}restore/")
    assert f'href="{address}"' in text(browser, "/runs/")


def test_an_archived_run_is_not_resumed_not_repeated_and_not_paired(world: World) -> None:
    run = queued_run("slow")
    with pytest.raises(RunError, match="is running or paused; cancel it first"):
        run_archive(run=run)
    Run.objects.filter(pk=run.pk).update(status="cancelled")
    run_archive(run=run)
    with pytest.raises(RunError, match="is archived and takes no new work; take it back first"):
        run_resume(run=Run.objects.get(pk=run.pk))
    other = make_run(run.dataset, world.language_model, "cot")
    with pytest.raises(StudyRefused, match=f"run {run.pk} is archived"):
        study_create(slug="x", title="x", first_run=run, second_run=other, codebook=world.codebook)


def test_an_archived_dataset_takes_no_runs_and_is_not_offered(browser: Client) -> None:
    dataset, model = make_dataset("old"), make_model()
    browser.post("/datasets/old/1/archive/")
    assert "/datasets/old/1/" not in text(browser, "/datasets/")
    assert "/datasets/old/1/" in text(browser, "/datasets/?archived=1")
    assert "old v1" not in text(browser, "/runs/new/")
    with pytest.raises(RunError, match="old v1 is archived and takes no new runs; take it back first"):
        run_start(dataset=dataset, language_model=model, strategy="base")
    browser.post("/datasets/old/1/restore/")
    assert "/datasets/old/1/" in text(browser, "/datasets/")


def test_an_archived_study_takes_no_work_of_any_kind_and_comes_back_closed(
    world: World, browser: Client, alice: User, carol: User
) -> None:
    case = world.study.cases.select_related("study__codebook", "prompt", "first", "second").first()
    assert case is not None
    browser.post("/studies/pilot/archive/")
    assert "/studies/pilot/" not in text(browser, "/")
    assert "/studies/pilot/" in text(browser, "/?archived=1")
    study = Study.objects.get()
    with pytest.raises(StudyClosed):
        case_next(study=study, annotator=alice)
    with pytest.raises(StudyArchived):
        study_reopen(study=study)
    with pytest.raises(StudyArchived, match="Study 'pilot' is archived and takes no work; a lead can take it back"):
        adjudication_decide(
            case=case, author=carol, base_revision=0, label="hurt", patterns=[], other_text="", spans=[], reason="So."
        )
    study_restore(study=study)
    study.refresh_from_db()
    assert (study.status, study.archived_at) == ("closed", None)
    assert study_reopen(study=study).status == "open"


def test_archiving_twice_keeps_the_first_time(world: World) -> None:
    study_archive(study=world.study)
    first = Study.objects.get().archived_at
    study_archive(study=world.study)
    assert Study.objects.get().archived_at == first


def test_a_deletion_shows_what_goes_and_asks_once(browser: Client) -> None:
    run = make_run(make_dataset("alone"), make_model(), "base")
    html = text(browser, f"/runs/{run.pk}/delete/")
    assert "This goes for good and cannot be taken back:" in html
    assert '<dt>generations</dt><dd class="big">4</dd>' in html
    assert Run.objects.exists()
    html = browser.post(f"/runs/{run.pk}/delete/", follow=True).content.decode()
    assert f"Deleted: run {run.pk}." in html
    assert browser.get(f"/runs/{run.pk}/").status_code == 404
    browser.post("/datasets/alone/1/delete/")
    assert not Dataset.objects.exists()


def test_a_deletion_that_is_refused_names_what_stands_on_it(world: World, browser: Client) -> None:
    html = text(browser, f"/runs/{world.first_run.pk}/delete/")
    assert "1 study pairs it: pilot." in html
    assert "Delete for good" not in html
    refused = browser.post(f"/runs/{world.first_run.pk}/delete/")
    assert refused.status_code == 409
    assert "Archive it instead" in refused.content.decode()


def test_a_lead_of_the_study_deletes_it_and_goes_home(world: World, client: Client, lena: User) -> None:
    client.force_login(lena)
    assert client.post("/studies/pilot/delete/").url == "/"
    assert not Study.objects.exists()


def test_rest_archives_lists_restores_and_deletes(world: World, lena: User) -> None:
    client = client_of(lena)
    archived = client.post("/api/v1/studies/pilot/archive/").json()
    assert (archived["status"], bool(archived["archived_at"])) == ("closed", True)
    assert client.get("/api/v1/studies/").json()["results"] == []
    assert [row["slug"] for row in client.get("/api/v1/studies/?archived=true").json()["results"]] == ["pilot"]
    client.post("/api/v1/studies/pilot/restore/")
    assert [row["slug"] for row in client.get("/api/v1/studies/").json()["results"]] == ["pilot"]
    refused = client.post(f"/api/v1/runs/{world.first_run.pk}/delete/")
    assert refused.status_code == 409
    assert "1 study pairs it: pilot." in refused.json()["detail"]
    assert client.post("/api/v1/studies/pilot/delete/").json() == {"went": {"cases": 4, "members": 3}}


def test_a_failed_run_says_one_reason_with_its_count_and_is_offered_for_no_study(
    world: World, browser: Client, lena: User
) -> None:
    run = make_run(make_dataset("failing"), world.language_model, "base", done=False)
    run.generations.update(status="failed", error="Worker 1 on gpu3: out of memory.")
    run.generations.filter(position=0).update(error="Worker 2 on gpu4: out of memory.")
    Run.objects.filter(pk=run.pk).update(status="failed")
    html = text(browser, f"/runs/{run.pk}/")
    assert "The run failed: none of its 4 prompts was answered, and no study can pair it." in html
    assert "4 prompts failed:" in html
    assert f"run {run.pk}:" not in text(browser, "/studies/new/")
    other = make_run(run.dataset, world.language_model, "cot")
    with pytest.raises(StudyRefused, match=f"run {run.pk} failed without a single answer; try it again"):
        study_create(slug="x", title="x", first_run=run, second_run=other, codebook=world.codebook)


def test_a_lead_of_another_study_archives_no_run_of_this_one(world: World, client: Client, bob: User) -> None:
    elsewhere = make_run(make_dataset("elsewhere"), world.language_model, "base")
    member_add(study=world.study, user=bob, role=Membership.Role.LEAD)
    client.force_login(bob)
    assert client.post(f"/runs/{elsewhere.pk}/archive/").status_code == 404
    assert "belong to nobody: every site lead sees them" in text(client, "/runs/").replace("\n", " ").replace(
        "      line", " line"
    )


def test_the_accuracies_of_both_runs_stand_on_the_pages_of_study_and_run_linked(world: World, browser: Client) -> None:
    html = " ".join(text(browser, "/studies/pilot/").split())
    assert "Prompts with every constraint obeyed, strictly" in html
    assert 'data-label="base"> 50.0 % <span class="small soft">(n = 4)</span>' in html
    assert f'<a href="/runs/{world.second_run.pk}/">cot</a>' in html
    html = " ".join(text(browser, f"/runs/{world.first_run.pk}/").split())
    assert "Studies that pair this run" in html
    assert '<a href="/studies/pilot/">Does reasoning help?</a>' in html
    assert f'<a href="/runs/{world.second_run.pk}/">cot</a>' in html


CHANGES = {
    "choose": {"choice": "left"},
    "submit": {"label": "hurt", "submission_key": "7d5f2d7c-9c0c-4c7a-8f3f-0d7b3f2a1e55", "base_revision": "0"},
    "skip": {"reason": "Too long."},
    "flag": {"reason": "Is it a comma?"},
    "draft": {"version": "0", "base_revision": "0", "note": "half a thou"},
    "renew": {},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_study_that_is_deleted_while_somebody_sends_something_is_not_found(
    world: World, client: Client, alice: User, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    held = case_next(study=world.study, annotator=alice)
    assert held is not None
    opened = access.assignment_for

    def deleted_meanwhile(user: User, case_id: int) -> Assignment:
        assignment = opened(user, case_id)
        study_delete(study=world.study)
        return assignment

    monkeypatch.setattr(access, "assignment_for", deleted_meanwhile)
    client.force_login(alice)
    assert client.post(f"/cases/{held.case_id}/{change}/", CHANGES[change]).status_code in (404, 409)
    assert not Study.objects.exists()


def test_an_archived_run_leaves_the_results_and_another_leads_copy_is_no_second_row(world: World, root: User) -> None:
    other = make_run(world.dataset, world.language_model, "few_shot", done=False)
    Run.objects.filter(pk=other.pk).update(status="done")
    copy = Run.objects.get(pk=other.pk)
    copy.pk, copy.copy_for = None, root.pk
    copy.save()
    numbers = [run.pk for run in runs_compared(world.study, access.runs_for(root))]
    assert numbers == [world.first_run.pk, world.second_run.pk, other.pk]
    for run in (other, copy):
        run_archive(run=Run.objects.get(pk=run.pk))
    numbers = [run.pk for run in runs_compared(world.study, access.runs_for(root))]
    assert numbers == [world.first_run.pk, world.second_run.pk]
