"""Agreement page and dashboard of a study with many annotations: axe, a silent console, charts drawn, pictures."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from annotator.runs.models import Verdict
from annotator.studies.models import Adjudication, Case, Dispute, Flag, Membership, Study
from annotator.studies.services import member_add
from tests.analysis.annotations import judge
from tests.releases.bulk import bulk_study
from tests.web.browser.test_screens import CHINESE_LOOKS, LOOKS, fits, looked_at, whole_page

pytestmark = pytest.mark.django_db(transaction=True)

CASES, ANNOTATORS = 60, 6
LABELS = ("helped", "hurt", "no_difference")


@pytest.fixture
def study(lena: User) -> Study:
    """Two of six people judge each case, one of them much too fast, over some days; some gold, a flag, a dispute."""
    rng = random.Random(4)
    study = bulk_study(CASES, overlap=2)
    Study.objects.filter(pk=study.pk).update(title="Does reasoning help?")
    member_add(study=study, user=lena, role=Membership.Role.LEAD)
    people = [User.objects.create_user(f"annotator{n}") for n in range(ANNOTATORS)]
    for person in people:
        member_add(study=study, user=person, role=Membership.Role.ANNOTATOR)
    for number in range(CASES):
        _outcome(study, number, lena)
        for person in rng.sample(people, 2 if number < 50 else number % 2):
            _judge(study, str(number), person, people.index(person), rng)
    study.cases.filter(prompt__position__lt=50).update(complete=True)
    _concerns(study)
    return study


def _outcome(study: Study, number: int, lead: User) -> None:
    outcome = Case.Outcome.values[number % 3]
    study.cases.filter(prompt__key=str(number)).update(outcome=outcome)
    if number % 4 == 0:
        case = study.cases.get(prompt__key=str(number))
        author = lead if number % 8 == 0 else None
        label = LABELS[number % 3]
        Adjudication.objects.create(case=case, revision=1, label=label, reason="As discussed.", author=author)


def _judge(study: Study, key: str, person: User, number: int, rng: random.Random) -> None:
    truth = LABELS[int(key) % 3]
    label = truth if rng.random() < 0.7 else rng.choice([*LABELS, "cant_tell"])
    patterns = [slug for slug in ("formatting-gained", "neglected") if rng.random() < 0.4]
    start = rng.randrange(10)
    judge(
        study,
        key,
        person,
        label,
        patterns=tuple(patterns),
        spans=tuple(("second.answer", start, start + 12, slug) for slug in patterns),
        seconds=rng.randrange(5, 14) if number == 0 else rng.randrange(25, 60 + 25 * number),
        at=timezone.now() - timedelta(hours=rng.randrange(200)),
        blind_choice=rng.choice(["left", "left", "right", "same"]),
        second_is_left=rng.random() < 0.5,
    )


def _concerns(study: Study) -> None:
    assignment = study.cases.get(prompt__key="1").assignments.first()
    assert assignment is not None
    Flag.objects.create(assignment=assignment, reason="Is an exclamation mark “formal”? We judge it differently.")
    verdict = Verdict.objects.filter(generation=assignment.case.second).first()
    assert verdict is not None
    annotation = assignment.annotations.get()
    Dispute.objects.create(annotation=annotation, verdict=verdict, reason="The commas are inside the code block.")


@pytest.mark.parametrize("look", LOOKS)
def test_the_numbers_arrive_and_are_drawn(study: Study, visit: Callable[..., Any], lena: User, look: str) -> None:
    visitor = visit(lena, **LOOKS[look])
    visitor.context.set_default_timeout(30_000)  # Altair, statsmodels and Vega load for the first time
    page = visitor.opens(f"/studies/{study.slug}/agreement/")
    assert "Computing" in page.locator("#numbers").inner_text() or page.locator("#pairs").is_visible()
    page.wait_for_selector("#pairs table")
    page.wait_for_selector(".chart svg")
    whole_page(page)
    looked_at(page, "agreement", look)
    page.select_option("#pairs-pattern", "neglected")
    page.click("#pairs button")
    page.wait_for_selector("#pairs-pattern option[value=neglected][selected]", state="attached")
    page.set_viewport_size(LOOKS[look]["viewport"])
    page = visitor.opens(f"/studies/{study.slug}/dashboard/")
    page.wait_for_selector("#chart-patterns + .chart svg")
    assert page.locator(".chart svg").count() == 4
    whole_page(page)
    looked_at(page, "dashboard", look)
    assert visitor.complaints == []


def test_a_chart_is_called_what_the_page_calls_it(study: Study, visit: Callable[..., Any], lena: User) -> None:
    visitor = visit(lena, **CHINESE_LOOKS["light"])
    page = visitor.opens(f"/studies/{study.slug}/dashboard/?now")
    page.wait_for_selector("#chart-patterns + .chart svg")
    names = page.eval_on_selector_all(".chart", "all => all.map((each) => each.ariaLabel)")
    assert names == [*page.locator("figcaption").all_inner_texts(), "各结果下的失败模式"]


def test_numbers_that_do_not_come_are_said_to_have_failed(study: Study, visit: Callable[..., Any], lena: User) -> None:
    visitor = visit(lena)
    visitor.page.route("**/dashboard/numbers/", lambda route: route.fulfill(status=500, body="broken"))
    page = visitor.opens(f"/studies/{study.slug}/dashboard/")
    page.wait_for_selector("#numbers [data-failed]:not([hidden])")
    assert "could not be computed" in page.inner_text("#numbers")
    assert "Computing" not in page.inner_text("#numbers")


def test_a_chart_that_cannot_be_drawn_points_to_its_table(study: Study, visit: Callable[..., Any], lena: User) -> None:
    visitor = visit(lena)
    visitor.page.route("**/vega*.js", lambda route: route.abort())
    page = visitor.opens(f"/studies/{study.slug}/dashboard/?now")
    page.wait_for_selector(".chart.failed")
    assert "the table has its numbers" in page.inner_text(".chart.failed >> nth=0")


def test_a_chart_follows_the_theme_without_being_drawn_again(
    study: Study, visit: Callable[..., Any], lena: User
) -> None:
    visitor = visit(lena, color_scheme="light")
    visitor.context.set_default_timeout(30_000)
    page = visitor.opens(f"/studies/{study.slug}/dashboard/?now")
    bar = page.wait_for_selector("#chart-days + .chart svg .mark-rect path", state="attached")
    shown = "bar => getComputedStyle(bar).fill"
    light = bar.evaluate(shown)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert bar.evaluate(shown) != light


def test_without_scripts_the_tables_are_all_there(study: Study, visit: Callable[..., Any], lena: User) -> None:
    visitor = visit(lena, java_script_enabled=False)
    page = visitor.opens(f"/studies/{study.slug}/agreement/")
    page.click("#numbers a")
    page.wait_for_selector("#pairs table")
    assert "Krippendorff’s alpha" in page.inner_text("#numbers")


@pytest.mark.parametrize("look", CHINESE_LOOKS)
def test_the_dashboard_in_chinese(study: Study, visit: Callable[..., Any], lena: User, look: str) -> None:
    visitor = visit(lena, **CHINESE_LOOKS[look])
    page = visitor.opens(f"/studies/{study.slug}/dashboard/")
    page.wait_for_selector("#numbers .chart svg")
    fits(page)
    whole_page(page)
    looked_at(page, "dashboard-chinese", look)
    assert visitor.complaints == []
