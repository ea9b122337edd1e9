"""New prompts for a running study: reused and generated, paired in the same study, with annotations untouched."""

import json
import uuid

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.datasets.models import Dataset
from annotator.datasets.services import dataset_import
from annotator.runs.models import Run
from annotator.runs.services import run_start
from annotator.runs.services.generations import GenerationResult, generation_finish, generations_claim
from annotator.studies.errors import StudyRefused
from annotator.studies.models import Annotation, Case, EarlierRuns, Membership, Study
from annotator.studies.selectors.unblinded import knows_sides
from annotator.studies.services import case_next, codebook_load, member_add, run_pair, study_add_prompts, study_create
from tests.api.client import client_of
from tests.cast import CODEBOOK, World, make_model
from tests.studies.annotating import submit

pytestmark = pytest.mark.django_db
FIRST = {"rain": "Write about rain.", "tea": "Write about tea.", "moon": "Write about the moon."}
LATER = {"rain": "Write about rain.", "tea": "Write about green tea.", "sea": "Write about the sea.", "sun": "The sun."}


def imported(prompts: dict[str, str]) -> Dataset:
    lines = [
        json.dumps({"key": key, "prompt": text, "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]})
        for key, text in prompts.items()
    ]
    return dataset_import(name="everyday", path_or_lines=lines).dataset


def work(answer: str = "Done.") -> int:
    """Claim and finish all that waits, as one worker; return how many were generated and not reused."""
    claim, n = uuid.uuid4(), 0
    result = GenerationResult(answer, "", answer, "clean", "stop", completion_tokens=2)
    while held := generations_claim(language_model_id=make_model().pk, claim=claim, worker="w1", limit=9):
        for generation in held:
            generation_finish(generation=generation, claim=claim, result=result)
            n += 1
    for run in Run.objects.all():
        run_pair(run_id=run.pk)
    return n


@pytest.fixture
def study(alice: User, lena: User) -> Study:
    """A study of two finished runs over three prompts, with lena as its lead and alice as its annotator."""
    dataset, model = imported(FIRST), make_model()
    first, second = (
        run_start(dataset=dataset, language_model=model, strategy=name, user=lena)[0] for name in ("base", "cot")
    )
    work()
    codebook = codebook_load(name="paper", content=CODEBOOK)
    opened = study_create(
        slug="everyday", title="Everyday", first_run=first, second_run=second, codebook=codebook, lead=lena
    )
    member_add(study=opened, user=alice, role=Membership.Role.ANNOTATOR)
    return opened


def keys(study: Study) -> list[str]:
    return sorted(study.cases.values_list("prompt__key", flat=True))


def test_new_prompts_are_generated_and_become_cases_of_the_same_study(study: Study, alice: User) -> None:
    held = case_next(study=study, annotator=alice)
    assert held is not None
    label = submit(held)
    before = {case.prompt.key: (case.pk, case.first_id, case.prompt_id) for case in study.cases.all()}
    added = study_add_prompts(study=study, dataset=imported(LATER))
    assert (added.added, added.changed, added.removed) == (["sea", "sun"], ["tea"], ["moon"])
    assert work() == 2 * 3  # sea, sun and the other words of tea; rain is reused
    assert keys(study) == ["moon", "rain", "sea", "sun", "tea"]
    after = {case.prompt.key: (case.pk, case.first_id, case.prompt_id) for case in study.cases.all()}
    assert {key: after[key] for key in before} == before
    assert Annotation.objects.get() == label
    runs = added.study.first_run, added.study.second_run
    assert [run.dataset.version for run in runs] == [2, 2]
    rain = [run.generations.get(prompt__key="rain").reused_from for run in runs]
    assert [source.run_id for source in rain if source] == list(
        EarlierRuns.objects.values_list("first_run", "second_run")[0]
    )


def test_prompts_that_were_answered_before_are_no_second_case_whoever_pairs(study: Study) -> None:
    earlier = study.first_run_id
    study_add_prompts(study=study, dataset=imported(LATER))
    work()
    assert run_pair(run_id=earlier) == 0
    assert Case.objects.count() == 5


def test_a_version_without_new_prompts_adds_nothing(study: Study) -> None:
    fewer = imported({key: text for key, text in FIRST.items() if key != "moon"})
    with pytest.raises(StudyRefused, match="everyday v2 has no prompt that the study lacks"):
        study_add_prompts(study=study, dataset=fewer)
    assert Study.objects.get().first_run_id == study.first_run_id
    assert Run.objects.count() == 2


def test_a_prompt_that_comes_back_after_a_version_without_it_is_not_new(study: Study) -> None:
    study_add_prompts(study=study, dataset=imported(LATER))
    work()
    again = imported({**LATER, "moon": FIRST["moon"], "wind": "Write about wind."})
    assert study_add_prompts(study=study, dataset=again).added == ["wind"]


def test_an_older_version_is_refused(study: Study) -> None:
    older = study.first_run.dataset
    study_add_prompts(study=study, dataset=imported(LATER))
    with pytest.raises(StudyRefused, match="choose a later version of it, not everyday v1"):
        study_add_prompts(study=study, dataset=older)


def test_imported_runs_need_their_responses_over_the_new_version(study: Study) -> None:
    Run.objects.update(source={"name": "a.jsonl"})
    with pytest.raises(StudyRefused, match="was imported: import its responses over everyday v2 too"):
        study_add_prompts(study=study, dataset=imported(LATER))


def test_a_lead_of_the_study_still_opens_the_runs_from_before(study: Study, bob: User) -> None:
    earlier = study.first_run_id
    member_add(study=study, user=bob, role=Membership.Role.LEAD)
    study_add_prompts(study=study, dataset=imported(LATER))
    browser = Client()
    browser.force_login(bob)
    assert browser.get(f"/runs/{earlier}/").status_code == 200


def test_the_page_of_the_study_offers_the_new_prompts_and_adds_them(study: Study, lena: User) -> None:
    browser = Client()
    browser.force_login(lena)
    assert "Add the new prompts" not in browser.get("/studies/everyday/").content.decode()
    imported(LATER)
    html = browser.get("/studies/everyday/").content.decode()
    assert "everyday v2 has 2 prompts that this study lacks." in html
    assert "Changed, and left as they were: tea." in html
    html = browser.post("/studies/everyday/add-prompts/", follow=True).content.decode()
    assert "2 new prompts are added" in html
    assert "Removed, and left as they were: moon." in html
    work()
    assert len(keys(study)) == 5
    for page in ("", "cases/", "results/", "dashboard/", "agreement/"):
        assert browser.get(f"/studies/everyday/{page}").status_code == 200


def test_prompts_are_added_over_rest(study: Study, lena: User, world: World) -> None:
    client = client_of(lena)
    assert "is the newest version" in client.post("/api/v1/studies/everyday/add-prompts/").json()["detail"]
    imported(LATER)
    answer = client.post("/api/v1/studies/everyday/add-prompts/").json()
    assert (answer["added"], answer["changed"], answer["removed"]) == (["sea", "sun"], ["tea"], ["moon"])


def test_each_line_of_the_export_names_the_version_of_its_prompt(study: Study, alice: User, lena: User) -> None:
    held = case_next(study=study, annotator=alice)
    assert held is not None
    submit(held)
    study_add_prompts(study=study, dataset=imported(LATER))
    work()
    Case.objects.exclude(prompt__key="sea").update(complete=True)
    new = case_next(study=Study.objects.get(pk=study.pk), annotator=alice)
    assert new is not None
    submit(new)
    lines = client_of(lena).get("/api/v1/studies/everyday/annotations.jsonl").getvalue().decode().splitlines()
    versions = {record["key"]: record["dataset"]["version"] for record in map(json.loads, lines)}
    assert versions == {held.case.prompt.key: 1, "sea": 2}


def test_whoever_has_a_run_of_their_own_of_the_same_answers_judges_nothing_blind(study: Study, bob: User) -> None:
    earlier, added = study.first_run, study_add_prompts(study=study, dataset=imported(LATER))
    member_add(study=study, user=bob, role=Membership.Role.ANNOTATOR)
    assert not knows_sides(added.study, bob)
    own, created = run_start(
        dataset=earlier.dataset,
        language_model=make_model(),
        strategy="base",
        user=bob,
        visible=Run.objects.filter(created_by=bob),
    )
    assert (created, own.fingerprint, own.copy_for) == (True, earlier.fingerprint, bob.pk)
    assert knows_sides(added.study, bob)
