"""A lead's day: import, study, labels, new prompts, a member who leaves, a skip, a flag; every figure agrees.

After each step dashboard, agreement page, export, study page and home page are read in the lead's browser, and must
say the same. The model is scripted; its worker runs in the test.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from playwright.sync_api import Page, expect

from annotator.runs.models import LanguageModel
from annotator.studies.services import codebook_load
from tests.cast import CODEBOOK
from workers.session import work_until_idle

pytestmark = pytest.mark.django_db(transaction=True)

STUDY = "/studies/everyday/"
REASON = "Labelled without reading."
FACTS = """() => Object.fromEntries([...document.querySelectorAll("dl.facts > div")].map(
    (fact) => [fact.querySelector("dt").innerText.trim(), fact.querySelector("dd").innerText.trim()]))"""
PEOPLE = """(title) => [...document.querySelectorAll(`section[aria-labelledby=${title}] tbody tr`)].map(
    (row) => Object.fromEntries([...row.querySelectorAll("[data-label]")].map(
        (cell) => [cell.dataset.label, cell.innerText.trim()])))"""


@dataclass(frozen=True)
class Figures:
    """What a page or the export says; None where it says nothing of the kind."""

    cases: int | None = None
    untouched: int | None = None
    judged: int | None = None
    shared: int | None = None
    annotations: int | None = None
    skips: int | None = None
    flags: int | None = None


def prompts(path: Path, *topics: str) -> Path:
    lines = [
        {
            "key": topic,
            "prompt": f"Write two sentences about {topic}. Do not use any commas.",
            "instruction_id_list": ["punctuation:no_comma"],
            "kwargs": [{}],
        }
        for topic in topics
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


def work() -> None:
    """Let the worker of the scripted model finish all that waits."""
    work_until_idle(language_model_id=LanguageModel.objects.get().pk, worker="w1")


def log_in(visitor: Any, name: str) -> Page:
    page: Page = visitor.opens("/")
    page.fill("#id_username", name)
    page.fill("#id_password", f"{name}-password-1")
    page.keyboard.press("Enter")
    page.wait_for_url(visitor.origin + "/")
    return page


def start_labelling(visitor: Any) -> None:
    visitor.opens(STUDY)
    visitor.page.click("#queue-next")


def case_number(page: Page) -> str:
    """Wait for a case's page; returns its number."""
    expect(page).to_have_url(re.compile(r"/cases/\d+/$"))
    page.wait_for_load_state("networkidle")
    return str(re.search(r"/cases/(\d+)/", page.url)[1])  # type: ignore[index]


def label(visitor: Any, hotkey: str) -> str:
    """Judge the case of the page; returns its number and leaves the page when the answer has come."""
    page = visitor.page
    number = case_number(page)
    visitor.presses("ArrowLeft", "Enter")
    page.wait_for_selector("form.whole")
    visitor.presses(hotkey, "Enter")
    expect(page).not_to_have_url(re.compile(f"/cases/{number}/$"))
    return number


def skip(visitor: Any, reason: str) -> str:
    page = visitor.page
    number = case_number(page)
    page.click("[popovertarget=skip]")
    page.fill("#reason", reason)
    page.keyboard.press("Enter")
    expect(page).not_to_have_url(re.compile(f"/cases/{number}/$"))
    return number


def flag(visitor: Any, reason: str) -> None:
    page = visitor.page
    case_number(page)
    visitor.presses("f")
    page.fill("#flag-reason", reason)
    page.keyboard.press("Enter")
    page.wait_for_selector(f"text={reason}")


def number(text: str) -> int:
    return int(re.match(r"\d+", text)[0])  # type: ignore[index]


def dashboard(visitor: Any) -> Figures:
    page = visitor.opens(f"{STUDY}dashboard/?now")
    facts, people = page.evaluate(FACTS), page.evaluate(PEOPLE, "people-title")
    complete, cases = map(int, facts["fully judged"].split(" / "))
    return Figures(
        cases=cases,
        untouched=number(facts["untouched"]),
        judged=complete + number(facts["begun"]),
        annotations=sum(number(row["Judged"]) for row in people),
        skips=sum(number(row["Skipped"]) for row in people),
        flags=number(page.inner_text("section[aria-labelledby=flags-title] .tag")),
    )


def agreement(visitor: Any) -> Figures:
    page = visitor.opens(f"{STUDY}agreement/?now")
    facts = page.evaluate(FACTS)
    assert f"n = {facts['by two or more']}" in facts["raw agreement"]
    return Figures(
        judged=number(facts["cases judged"]),
        shared=number(facts["by two or more"]),
        annotations=number(facts["annotations"]),
    )


def exported(visitor: Any, include: str = "skips,flags,untouched") -> Sequence[Mapping[str, Any]]:
    address = f"{visitor.origin}/api/v1{STUDY}annotations.jsonl?include={include}"
    response = visitor.context.request.get(address)
    assert response.ok
    return [json.loads(line) for line in response.text().splitlines()]


def export(visitor: Any) -> Figures:
    records = exported(visitor)
    kinds = {kind: [row for row in records if row["record"] == kind] for kind in ("annotation", "skip", "flag")}
    by_case: dict[int, int] = {}
    for row in kinds["annotation"]:
        by_case[row["case"]] = by_case.get(row["case"], 0) + 1
    return Figures(
        cases=len({row["case"] for row in records}),
        untouched=len({row["case"] for row in records if row["record"] == "untouched"}),
        judged=len(by_case),
        shared=sum(n > 1 for n in by_case.values()),
        annotations=len(kinds["annotation"]),
        skips=len(kinds["skip"]),
        flags=sum(row["flag"]["settled_at"] is None for row in kinds["flag"]),
    )


def study_page(visitor: Any) -> Figures:
    page = visitor.opens(STUDY)
    facts, members = page.evaluate(FACTS), page.evaluate(PEOPLE, "members-title")
    left = page.locator("section[aria-labelledby=members-title] tbody tr", has_text="left out").count()
    counted = members[: len(members) - left]  # deactivated members stand last
    return Figures(
        cases=number(facts["cases"]),
        annotations=sum(number(row["Judged"]) for row in counted),
        skips=sum(number(row["Skipped"]) for row in counted),
    )


def home(visitor: Any) -> Figures:
    words = visitor.opens("/").inner_text("main")
    found = {name: re.search(rf"(\d+) {name}", words) for name in ("open flag", "skipped case")}
    flags, skips = (int(match[1]) if match else 0 for match in found.values())
    return Figures(skips=skips, flags=flags)


PAGES = {"dashboard": dashboard, "agreement": agreement, "export": export, "study page": study_page, "home": home}


def check(visitor: Any, **expected: int) -> None:
    """Assert that no page says of these figures anything else than expected."""
    for name, read in PAGES.items():
        figures = read(visitor)
        different = {
            figure: getattr(figures, figure)
            for figure, n in expected.items()
            if getattr(figures, figure) not in (None, n)
        }
        assert different == {}, f"{name} says {different}, expected {expected}"


def test_a_lead_a_day_and_every_figure_agrees_with_every_other(
    visit: Callable[..., Any], alice: User, bob: User, lena: User, tmp_path: Path
) -> None:
    User.objects.filter(pk=lena.pk).update(is_staff=True)
    codebook_load(name="paper", content=CODEBOOK)
    call_command("add_model", "tiny", "tiny", "--backend", "scripted")
    leads, alices, bobs = visit(), visit(), visit()
    for visitor, name in ((leads, "lena"), (alices, "alice"), (bobs, "bob")):
        log_in(visitor, name)

    call_command("import_dataset", "everyday", str(prompts(tmp_path / "first.jsonl", "rain", "tea", "moon", "bread")))
    page = leads.opens("/runs/new/")
    page.get_by_role("button", name=re.compile("Start")).click()
    expect(page).not_to_have_url(f"{leads.origin}/runs/new/")
    work()
    open_study(leads)
    check(leads, cases=4, untouched=4, judged=0, shared=0, annotations=0, skips=0, flags=0)

    start_labelling(alices)
    flag(alices, "Is a comma in a number one?")
    first, second = label(alices, "h"), label(alices, "u")
    skipped = skip(alices, "I wrote this prompt.")
    start_labelling(bobs)
    bobs_cases = [label(bobs, "h") for _ in range(3)]
    shared = len({first, second} & set(bobs_cases))
    judged = len({first, second, *bobs_cases})
    check(leads, cases=4, untouched=4 - judged, judged=judged, shared=shared, annotations=5, skips=1, flags=1)

    topics = ("rain", "tea", "moon", "bread", "sea", "wind")
    call_command("import_dataset", "everyday", str(prompts(tmp_path / "later.jsonl", *topics)))
    page = leads.opens(STUDY)
    page.get_by_role("button", name="Add the new prompts").click()
    page.wait_for_selector("text=2 new prompts are added")
    work()
    check(leads, cases=6, untouched=6 - judged, judged=judged, shared=shared, annotations=5, skips=1, flags=1)

    flag(bobs, "I do not understand this one.")
    skip(bobs, "No idea.")
    check(leads, cases=6, judged=judged, annotations=5, flags=2)
    remove(leads, "bob")
    check(leads, cases=6, untouched=4, judged=2, shared=0, annotations=2, skips=1, flags=1)
    kept = [row for row in exported(leads, "left_out") if row["deactivated"]]
    assert [row["deactivated"]["reason"] for row in kept] == [REASON] * 3
    assert bobs.opens(STUDY).title().startswith("Not found")

    page = leads.opens(f"{STUDY}skips/")
    page.fill(f"#note-{skipped}", "Judge it all the same.")
    page.get_by_role("button", name=f"Hand out again case {skipped}").click()
    page.wait_for_selector(f"text=Case {skipped} waits again")
    check(leads, cases=6, untouched=4, judged=2, annotations=2, skips=0, flags=1)
    alices.opens(f"/cases/{skipped}/")
    expect(alices.page.locator("main")).to_contain_text("Judge it all the same.")
    assert label(alices, "n") == skipped
    check(leads, cases=6, untouched=3, judged=3, shared=0, annotations=3, skips=0, flags=1)

    page = leads.opens(f"{STUDY}adjudicate/")
    page.fill("textarea[name=text]", "Yes: read the constraint literally.")
    page.get_by_role("button", name=re.compile("^Answer")).click()
    page.wait_for_selector("text=Answered.")
    check(leads, cases=6, untouched=3, judged=3, annotations=3, skips=0, flags=0)
    expect(alices.opens("/").locator("main")).to_contain_text("Yes: read the constraint literally.")
    settled = [row["flag"] for row in exported(leads) if row["record"] == "flag"]
    assert [row["reason"] for row in settled] == ["Is a comma in a number one?"]
    assert leads.complaints == alices.complaints == []


def open_study(visitor: Any) -> None:
    """Open the study of both runs by its form, and let the annotators in."""
    page = visitor.opens("/studies/new/")
    page.fill("#id_title", "Everyday prompts")
    page.fill("#id_slug", "everyday")
    page.select_option("#id_first_run", index=2)  # base: the newest run stands first
    page.select_option("#id_second_run", index=1)
    page.fill("#id_overlap", "2")
    page.get_by_role("button", name="Open the study").click()
    expect(page).to_have_url(f"{visitor.origin}{STUDY}")
    for name in ("alice", "bob"):
        page.fill("#id_user", name)
        page.get_by_role("button", name="Add", exact=True).click()
        page.wait_for_selector(f"text={name} is in")


def remove(visitor: Any, name: str) -> None:
    """Deactivate a member whose annotations count no more."""
    page = visitor.opens(STUDY)
    page.click(f"section[aria-labelledby=members-title] >> text={name}")
    page.check("input[name=left_out][value=yes]")
    page.fill("#id_reason", REASON)
    page.get_by_role("button", name="Deactivate").click()
    page.wait_for_selector(f"text={name} no longer opens this study.")
