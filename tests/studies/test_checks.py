"""Hidden check cases: marked by a lead, mixed in at the study's rate, and like every other case for an annotator."""

import threading
from collections.abc import Sequence

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotator.analysis.checks import check_accuracy
from annotator.studies.check_places import CheckPlaces
from annotator.studies.errors import CheckRefused, NothingToDecide, PracticeRefused
from annotator.studies.models import Adjudication, Annotation, Assignment, Case, Membership, Study
from annotator.studies.selectors.adjudication_queue import undecided_count
from annotator.studies.selectors.progress import my_progress
from annotator.studies.services import (
    adjudication_decide,
    assignment_skip,
    case_next,
    case_prefetch,
    check_end,
    check_set,
    member_add,
    member_deactivate,
    practice_set,
    study_check_every,
)
from tests.cast import World
from tests.releases.bulk import bulk_study
from tests.studies.annotating import submit

CASES, CHECKS, EVERY = 40, 6, 5


@pytest.fixture
def study(alice: User, bob: User) -> Study:
    """40 cases, 6 of them checks, one of five cases to be one; overlap 1."""
    study = bulk_study(CASES)
    for person in (alice, bob):
        member_add(study=study, user=person, role=Membership.Role.ANNOTATOR)
    for case in study.cases.order_by("pk")[:CHECKS]:
        check_set(case=case, label="hurt", choice="first")
    return study_check_every(study=study, every=EVERY)


def work_through(study: Study, person: User, *, most: int = 1_000, prefetching: bool = False) -> list[Case]:
    """Annotate until nothing is left, and return the cases in order."""
    cases: list[Case] = []
    while len(cases) < most and (held := case_next(study=study, annotator=person)) is not None:
        if prefetching:
            case_prefetch(study=study, annotator=person)
        cases.append(held.case)
        submit(held)
    return cases


def blocks(cases: Sequence[Case]) -> list[int]:
    """The number of checks in each full block."""
    full = range(0, len(cases) - EVERY + 1, EVERY)
    return [sum(case.is_check for case in cases[start : start + EVERY]) for start in full]


@pytest.mark.parametrize("prefetching", [False, True])
def test_each_block_of_an_annotators_cases_has_one_check_and_each_check_comes_once(
    study: Study, alice: User, prefetching: bool
) -> None:
    cases = work_through(study, alice, prefetching=prefetching)
    assert blocks(cases)[:CHECKS] == [1] * CHECKS
    assert len(cases) == len({case.pk for case in cases}) == CASES


def test_there_are_no_more_checks_than_the_rate_says(study: Study, alice: User) -> None:
    study_check_every(study=study, every=20)
    cases = work_through(study, alice)
    places = [place for place in range(len(cases)) if place in CheckPlaces(study.pk, alice.pk, 20)]
    assert [place for place, case in enumerate(cases) if case.is_check] == places
    assert len(cases) - (CASES - CHECKS) == len(places) < CHECKS


def test_every_annotator_gets_the_checks_beside_the_overlap(study: Study, alice: User, bob: User) -> None:
    hers, his = work_through(study, alice, most=20), work_through(study, bob)
    assert sum(case.is_check for case in hers) >= 3
    assert sum(case.is_check for case in his) >= 3
    assert {case.pk for case in hers if case.is_check} & {case.pk for case in his if case.is_check}
    counted = Case.objects.filter(study=study, known_label="")
    assert set(counted.values_list("submissions", flat=True)) == {1}
    assert all(case.complete for case in counted)


def test_a_check_whose_slots_are_taken_can_be_left_and_submitted_later(study: Study, alice: User, bob: User) -> None:
    study.check_every = 2
    study.save()
    checks = study.cases.exclude(known_label="")
    for check in checks[1:]:
        check_end(case=check)
    work_through(study, alice, most=2)
    held = case_next(study=study, annotator=bob)
    if held is not None and not held.case.is_check:
        submit(held)
        held = case_next(study=study, annotator=bob)
    assert held is not None
    assert held.case.is_check
    Assignment.objects.filter(pk=held.pk).update(lease_until="2020-01-01T00:00Z")
    again = case_next(study=study, annotator=bob)
    assert again is not None
    assert again.pk == held.pk
    assert submit(again).revision == 1


def test_without_a_rate_or_without_checks_every_case_is_a_real_one(study: Study, alice: User) -> None:
    study_check_every(study=study, every=0)
    cases = work_through(study, alice)
    assert len(cases) == CASES - CHECKS
    assert not any(case.is_check for case in cases)


def test_progress_counts_checks_like_cases_so_that_no_total_tells(study: Study, alice: User) -> None:
    totals, places = [], []
    while (held := case_next(study=study, annotator=alice)) is not None:
        progress = my_progress(study, alice.pk)
        totals.append(progress.total)
        places.append(progress.done)
        submit(held)
    assert set(totals) == {CASES}
    assert places == list(range(CASES))
    assert my_progress(study, alice.pk).remaining == 0


def test_progress_counts_a_skipped_check_like_a_skipped_case(study: Study, alice: User) -> None:
    for _ in range(2 * EVERY):
        before = my_progress(study, alice.pk)
        held = case_next(study=study, annotator=alice)
        assert held is not None
        assignment_skip(assignment=held, reason="unsure")
        after = my_progress(study, alice.pk)
        assert (after.done, after.remaining) == (before.done, before.remaining - 1)


def _click_through(client: Client, study: Study, number: int) -> list[tuple[str, int]]:
    """(page with what differs in every case cut out, status) at each step of one case."""
    seen = []
    address = client.post(f"/studies/{study.slug}/next/").url
    for step in ("blind", "named"):
        page = client.get(address)
        seen.append((" ".join(sorted({header.lower() for header in page.headers})), page.status_code))
        if step == "blind":
            client.post(f"{address}choose/", {"choice": "left"})
    seen.append((client.get(address).content.decode(), number))
    key = f"00000000-0000-4000-8000-{number:012}"
    client.post(f"{address}submit/", {"submission_key": key, "base_revision": "0", "label": "helped"})
    return seen


def test_pages_headers_and_rest_of_a_check_are_those_of_a_case(study: Study, alice: User, client: Client) -> None:
    client.force_login(alice)
    kinds: dict[bool, set[str]] = {True: set(), False: set()}
    for number in range(2 * EVERY):
        seen = _click_through(client, study, number)
        case = Assignment.objects.filter(annotator=alice).latest("pk").case
        html = seen[-1][0]
        assert "check" not in [word for word in ("hidden check", "known answer", "known_label") if word in html]
        kinds[case.is_check].add(f"{seen[0]} {seen[1]} {html.count('<')}")
    assert kinds[True] <= kinds[False]
    for path in (
        f"/api/v1/studies/{study.slug}/annotations/",
        f"/api/v1/studies/{study.slug}/progress/",
        "/api/v1/studies/",
    ):
        assert "check" not in client.get(path).content.decode()
    assert "hidden check" not in client.get(f"/studies/{study.slug}/").content.decode()


def test_a_check_costs_no_more_statements_than_two_of_a_case(study: Study, alice: User) -> None:
    """A click takes no measurably longer or shorter: statements of the click that gives a check, and of a case."""
    counts: dict[bool, list[int]] = {True: [], False: []}
    for _ in range(4 * EVERY):
        with CaptureQueriesContext(connection) as queries:
            held = case_next(study=study, annotator=alice)
        assert held is not None
        counts[held.case.is_check].append(len(queries))
        submit(held)
    assert max(counts[True]) <= max(counts[False]) + 2


def test_what_is_said_about_a_check_makes_no_gold_and_nothing_to_decide(study: Study, alice: User) -> None:
    work_through(study, alice)
    assert Annotation.objects.exclude(assignment__case__known_label="").count() == CHECKS
    assert not Adjudication.objects.exclude(case__known_label="").exists()
    assert undecided_count(study) == 0


def test_the_known_answer_changes_no_annotation_and_gets_no_decision(study: Study, alice: User, lena: User) -> None:
    work_through(study, alice)
    check = study.cases.exclude(known_label="").select_related("study", "prompt", "first", "second").first()
    assert check is not None
    said = list(Annotation.objects.values_list("pk", "label"))
    check_set(case=check, label="helped", choice="second")
    with pytest.raises(NothingToDecide, match="not fully judged yet"):
        adjudication_decide(
            case=check, author=lena, base_revision=0, label="hurt", patterns=[], other_text="", spans=[], reason="So."
        )
    assert list(Annotation.objects.values_list("pk", "label")) == said


def test_a_check_that_becomes_real_again_counts_with_what_was_said_on_it(study: Study, alice: User) -> None:
    work_through(study, alice)
    check = study.cases.exclude(known_label="").first()
    assert check is not None
    real = check_end(case=check)
    assert (real.is_check, real.submissions, real.complete) == (False, 1, True)
    assert Adjudication.objects.get(case=check).label == "helped"
    fresh = bulk_study(3, slug="fresh").cases.first()
    assert fresh is not None
    check_set(case=fresh, label="hurt")
    assert not check_end(case=fresh).complete


def test_a_case_that_somebody_saw_or_practised_on_becomes_no_check(world: World, alice: User) -> None:
    held = case_next(study=world.study, annotator=alice)
    assert held is not None
    with pytest.raises(CheckRefused, match="handed out already; choose one for a hidden check that nobody has seen"):
        check_set(case=held.case, label="hurt")
    practice, check = world.study.cases.exclude(pk=held.case_id)[:2]
    practice_set(case=practice, label="hurt", patterns=[], feedback="")
    with pytest.raises(CheckRefused, match="is for practice"):
        check_set(case=practice, label="hurt")
    check_set(case=check, label="hurt")
    with pytest.raises(PracticeRefused, match="is a hidden check; make it a real case again first"):
        practice_set(case=check, label="hurt", patterns=[], feedback="")


def test_a_member_who_leaves_reopens_no_check(study: Study, alice: User, lena: User) -> None:
    work_through(study, alice)
    member = study.memberships.get(user=alice)
    change = member_deactivate(membership=member, by=lena, reason="guessed", left_out=True, hand_out_again=True)
    assert (change.judged, change.reopened) == (CASES - CHECKS, CASES - CHECKS)
    assert study.cases.filter(complete=True).count() == CHECKS
    assert not check_accuracy(study)
    assert not undecided_count(study)


@pytest.mark.parametrize(("label", "choice"), [("good", ""), ("", ""), ("hurt", "left")])
def test_an_unknown_answer_is_refused_with_the_known_ones(world: World, label: str, choice: str) -> None:
    case = world.study.cases.first()
    assert case is not None
    with pytest.raises(CheckRefused, match="choose one of"):
        check_set(case=case, label=label, choice=choice)


@pytest.mark.parametrize("every", [1, -3, 1_001])
def test_a_rate_that_leaves_no_cases_is_refused(world: World, every: int) -> None:
    with pytest.raises(CheckRefused, match="give a number from 2 to 1000, or 0 for none"):
        study_check_every(study=world.study, every=every)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite runs one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_a_case_becomes_a_check_or_is_handed_out_and_never_both(alice: User, bob: User) -> None:
    for turn in range(10):
        study = bulk_study(1, slug=f"race-{turn}")
        member_add(study=study, user=alice, role=Membership.Role.ANNOTATOR)
        case = study.cases.get()
        start = threading.Barrier(2)

        def mark(case: Case = case, start: threading.Barrier = start) -> None:
            start.wait()
            try:
                check_set(case=case, label="hurt")
            except CheckRefused:
                pass
            finally:
                connection.close()

        def ask(study: Study = study, start: threading.Barrier = start) -> None:
            start.wait()
            case_next(study=study, annotator=alice)
            connection.close()

        threads = [threading.Thread(target=mark), threading.Thread(target=ask)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        case.refresh_from_db()
        assert case.is_check != Assignment.objects.filter(case=case).exists()
