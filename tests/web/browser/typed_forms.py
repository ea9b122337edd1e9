"""The forms that keep typed text: address, fields, and the stored values of each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from annotator.exemplars.models import Exemplar, RepairDraft
from annotator.studies.models import Adjudication, Annotation, Case, Codebook, DecisionDraft, Draft, Practice
from annotator.studies.services import assignment_choose_blind, case_next
from tests.cast import World
from tests.exemplars.curating import candidate_of, with_undecidable
from tests.studies.test_adjudications import judged
from tests.web.browser.conftest import Visitor

WORDS = "Typed for an hour."
SEND = "form[data-outbox] button.primary"
EDITOR = "/studies/pilot/codebook/"
IMPATIENT = "const { timeout } = AbortSignal; AbortSignal.timeout = () => timeout.call(AbortSignal, 1500);"
"""A script after which no answer is waited for longer than 1.5 s."""
COPIES = """(n) => new Promise((resolve) => {
    indexedDB.open("cotrast").onsuccess = ({ target }) => {
        const count = target.result.transaction("outbox").objectStore("outbox").count();
        count.onsuccess = () => resolve(count.result === n);
    };
})"""
"""Whether this browser keeps so many copies of what was typed."""
KEPT = """(words) => new Promise((resolve) => {
    indexedDB.open("cotrast").onsuccess = ({ target }) => {
        const copies = target.result.transaction("outbox").objectStore("outbox").getAll();
        const has = ({ fields }) => fields.some(([, value]) => value === words);
        copies.onsuccess = () => resolve(copies.result.some(has));
    };
})"""
"""Whether this browser keeps a copy with these words in one field."""


@dataclass(frozen=True)
class TypedForm:
    """A form with text field `field` and choice `ticks`; `stored` and `drafts` read its text from the database."""

    name: str
    person: str
    address: Callable[[World], str]
    field: str
    ticks: str
    sends_to: str
    stored: Callable[[], list[str]]
    drafts: Callable[[], list[str]] = list
    refusal: tuple[str, str] = ("[role=alert]", "Choose helped, hurt")
    """Where and how it is said that text alone, without the choice, is not taken."""

    def types(self, page: Page) -> None:
        page.locator(self.ticks).evaluate("field => field.checked || field.click()")
        if self.name == "practice":
            page.select_option("#id_label", "hurt")
        page.fill(self.field, WORDS)
        page.wait_for_selector("#saved:is([data-state=kept], [data-state=saved])")

    def is_back(self, page: Page) -> None:
        expect(page.locator(self.field)).to_have_value(WORDS)
        expect(page.locator(self.ticks)).to_be_checked()

    def is_taken(self, page: Page, address: str) -> None:
        """Assert that the next page is shown and the browser's outbox is empty."""
        if self.drafts is list:
            expect(page.locator(".notice.success")).to_be_visible(timeout=12_000)
        else:
            page.wait_for_url(lambda url: address not in url, timeout=12_000)
        page.wait_for_function(COPIES, arg=0)
        assert self.stored() == [WORDS]


def _annotation(world: World) -> str:
    """Alice's case with the blind choice made."""
    assignment = case_next(study=world.study, annotator=User.objects.get(username="alice"))
    assert assignment is not None
    assignment_choose_blind(assignment=assignment, choice="left")
    return f"/cases/{assignment.case_id}/"


def _decision(world: World) -> str:
    case: Case = judged(world.study, {"label": "hurt"}, {"label": "helped"})[0]
    return f"/studies/pilot/adjudicate/{case.pk}/"


def _practice(world: World) -> str:
    return f"/studies/pilot/cases/{world.study.cases.get(prompt__key='tea').pk}/practice/"


def _repair(world: World) -> str:
    """The candidate of "tea", with a constraint that no checker decides."""
    candidate = candidate_of(world)
    with_undecidable(candidate)
    return f"/studies/pilot/repairs/{candidate.pk}/"


def _words(rows: Any, field: str) -> Callable[[], list[str]]:
    return lambda: list(rows.objects.order_by("pk").values_list(field, flat=True))


ANNOTATION = TypedForm(
    "annotation",
    "alice",
    _annotation,
    "#note",
    "input[name=label][value=hurt]",
    "**/submit/",
    _words(Annotation, "note"),
    _words(Draft, "content__note"),
)
DECISION = TypedForm(
    "decision",
    "carol",
    _decision,
    "#reason",
    "input[name=label][value=hurt]",
    "**/adjudicate/*/decide/",
    _words(Adjudication, "reason"),
    _words(DecisionDraft, "content__reason"),
    refusal=("#missing", "Still needed: a label."),
)
CODEBOOK = TypedForm(
    "codebook",
    "lena",
    lambda world: EDITOR,
    "#id_guideline",
    "#id_pattern-1-needs_text",
    "**/codebook/",
    lambda: list(Codebook.objects.filter(version__gt=1).values_list("guideline", flat=True)),
)
PRACTICE = TypedForm(
    "practice",
    "lena",
    _practice,
    "#id_feedback",
    "input[value=neglected]",
    "**/practice/",
    _words(Practice, "feedback"),
)
REPAIR = TypedForm(
    "repair",
    "dan",
    _repair,
    "#answer",
    "input[name=ticked]",
    "**/approve/",
    _words(Exemplar, "answer"),
    _words(RepairDraft, "content__answer"),
    refusal=("#unchecked", "Not approved yet: No checker decides constraint 2"),
)
FORMS = (ANNOTATION, DECISION, CODEBOOK, PRACTICE, REPAIR)
DRAFTED = (ANNOTATION, DECISION, REPAIR)


def logs_in(page: Page, origin: str, name: str) -> None:
    """Log in on the login page; the previous user is logged out."""
    page.goto(origin + "/")
    out = page.get_by_role("button", name="Log out")
    if out.count():
        out.click()
    page.goto(origin + "/login/")
    page.fill("#id_username", name)
    page.fill("#id_password", f"{name}-password-1")
    page.keyboard.press("Enter")
    expect(page).to_have_title("Studies · Cotrast")


def logs_in_elsewhere(visitor: Visitor, name: str) -> None:
    """Log in in another tab of the same browser."""
    other = visitor.context.new_page()
    logs_in(other, visitor.origin, name)
    other.close()
