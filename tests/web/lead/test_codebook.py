"""The codebook editor: a save is the next version, annotations keep theirs, and two leads do not overwrite."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.studies.errors import StaleCodebook
from annotator.studies.models import Annotation, Codebook, Membership
from annotator.studies.services import case_next, codebook_edit, member_add
from tests.cast import CODEBOOK, World
from tests.studies.annotating import submit
from tests.web.payloads import PAYLOADS

EDITOR = "/studies/pilot/codebook/"


@pytest.fixture
def browser(client: Client, world: World, lena: User) -> Client:
    client.force_login(lena)
    return client


def fields(world: World, **changed: Any) -> dict[str, Any]:
    """The fields of the page as opened, with CRLF as browsers send them, and one blank row at the end."""
    world.study.refresh_from_db()
    codebook = world.study.codebook
    sent = {
        "base": str(codebook.pk),
        "guideline": codebook.guideline.replace("\n", "\r\n"),
        "pattern-INITIAL_FORMS": "0",
        "pattern-TOTAL_FORMS": str(codebook.patterns.count() + 1),
    }
    for n, row in enumerate(codebook.patterns.order_by("position")):
        sent |= {f"pattern-{n}-{name}": getattr(row, name) for name in ("name", "slug", "hotkey", "help", "examples")}
        sent |= {f"pattern-{n}-was": row.slug, f"pattern-{n}-position": str(n + 1)} | (
            {f"pattern-{n}-needs_text": "on"} if row.needs_text else {}
        )
    empty = f"pattern-{codebook.patterns.count()}"
    return {**sent, f"{empty}-name": "", f"{empty}-hotkey": "2", f"{empty}-position": "9", **changed}


def slugs(world: World) -> list[str]:
    world.study.refresh_from_db()
    return [row.slug for row in world.study.codebook.patterns.order_by("position")]


def test_saving_makes_the_next_version_and_older_annotations_keep_theirs(
    browser: Client, world: World, alice: User
) -> None:
    first = case_next(study=world.study, annotator=alice)
    assert first is not None
    submit(first, patterns=["neglected"])
    answer = browser.post(EDITOR, fields(world, guideline="Read it **thrice**."), follow=True)
    assert "From now on people judge by version 2." in answer.content.decode()
    second = case_next(study=world.study, annotator=alice)
    assert second is not None
    submit(second, patterns=["neglected"])
    versions = Annotation.objects.order_by("pk").values_list("codebook__version", "patterns__codebook__version")
    assert list(versions) == [(1, 1), (2, 2)]
    assert Codebook.objects.get(version=1).guideline == CODEBOOK["guideline"]


def test_an_unchanged_save_is_no_new_version(browser: Client, world: World) -> None:
    world.study.codebook = codebook_edit(
        study=world.study, base_id=world.codebook.pk, content={**CODEBOOK, "guideline": "One.\n\nTwo.\n"}
    )
    answer = browser.post(EDITOR, fields(world), follow=True)
    assert "Nothing is different; it is still version 2." in answer.content.decode()
    assert Codebook.objects.count() == 2


def test_going_back_to_what_was_is_the_version_that_was(browser: Client, world: World) -> None:
    browser.post(EDITOR, fields(world, guideline="Other words."))
    browser.post(EDITOR, fields(world, guideline=CODEBOOK["guideline"]))
    world.study.refresh_from_db()
    assert world.study.codebook == world.codebook


def test_patterns_are_added_moved_renamed_and_left_out(browser: Client, world: World) -> None:
    changed = {
        "pattern-0-position": "5",
        "pattern-1-name": "counted wrong",
        "pattern-1-examples": "It has 58 words, not 60.",
        "pattern-2-dropped": "on",
        "pattern-3-name": "Adds a friendly line",
        "pattern-3-position": "1",
    }
    browser.post(EDITOR, fields(world, **changed))
    assert slugs(world) == ["adds-a-friendly-line", "neglected", "formatting-gained"]
    pattern = world.study.codebook.patterns.get(slug="neglected")
    assert (pattern.name, pattern.examples) == ("counted wrong", "It has 58 words, not 60.")
    assert "It has 58 words, not 60." in browser.get("/studies/pilot/").content.decode()


def test_a_preview_shows_the_guideline_and_saves_nothing(browser: Client, world: World) -> None:
    html = browser.post(EDITOR, fields(world, guideline="Read it **thrice**.", preview="1")).content.decode()
    assert "<strong>thrice</strong>" in html
    assert "nothing is saved yet" in html
    assert Codebook.objects.count() == 1


def test_the_second_of_two_leads_is_told_sees_the_change_and_loses_nothing(browser: Client, world: World) -> None:
    mine = fields(world, guideline="My words.")
    browser.post(EDITOR, fields(world, guideline="The words of another lead."))
    answer = browser.post(EDITOR, mine)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "version 2 was saved meanwhile" in html
    assert "My words." in html
    assert "The words of another lead.</ins>" in html
    base = re.search(r'name="base" value="(\d+)"', html)
    assert base is not None
    browser.post(EDITOR, {**mine, "base": base[1]})
    world.study.refresh_from_db()
    assert (world.study.codebook.version, world.study.codebook.guideline) == (3, "My words.")


def test_the_service_refuses_an_edit_of_an_older_version(world: World) -> None:
    codebook_edit(study=world.study, base_id=world.codebook.pk, content={**CODEBOOK, "guideline": "New."})
    with pytest.raises(StaleCodebook, match="save again only if yours should replace it"):
        codebook_edit(study=world.study, base_id=world.codebook.pk, content=CODEBOOK)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"pattern-0-hotkey": "3"}, "the key &#x27;3&#x27; is taken"),
        ({"pattern-0-slug": "two words"}, "Use 1 to 64"),
        (
            {"pattern-3-name": "neglected"},
            "pattern &#x27;neglected&#x27;: the short name &#x27;neglected&#x27; is taken",
        ),
        ({"pattern-0-hotkey": ""}, "Pattern 1, Key: This field is required."),
        ({"pattern-0-hotkey": "h"}, "Pattern 1, Key"),
        ({"pattern-0-name": "x" * 81}, "Pattern 1, Name"),
        ({"pattern-0-help": "x" * 2001}, "Pattern 1, When to choose it"),
        ({f"pattern-{n}-dropped": "on" for n in range(3)}, "at least one pattern"),
        ({"base": "x"}, "damaged or too old"),
        ({"pattern-TOTAL_FORMS": "x"}, "ManagementForm"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_stays_typed(
    browser: Client, world: World, changed: dict[str, str], sentence: str
) -> None:
    answer = browser.post(EDITOR, fields(world, guideline="Typed at length.", **changed))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert "Typed at length." in answer.content.decode()
    assert Codebook.objects.count() == 1


@pytest.mark.parametrize("field", ["slug", "help", "examples", "needs_text"])
def test_words_without_a_name_are_refused_beside_the_name(browser: Client, world: World, field: str) -> None:
    answer = browser.post(EDITOR, fields(world, **{f"pattern-3-{field}": "new-one"}))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Pattern 4, Name: Give this pattern a name, or tick “Leave this pattern out”." in html
    assert '<span class="problem" id="id_pattern-3-name_error">Give this pattern a name' in html
    assert Codebook.objects.count() == 1


def test_a_pattern_whose_name_is_cleared_is_not_left_out_but_asked_for(browser: Client, world: World) -> None:
    cleared = {f"pattern-2-{name}": "" for name in ("name", "slug", "help", "examples", "needs_text")}
    for changed in ({"pattern-2-name": "  "}, cleared):
        answer = browser.post(EDITOR, fields(world, **changed))
        assert answer.status_code == 422
        assert "Pattern 3, Name: Give this pattern a name" in answer.content.decode()
    assert slugs(world) == ["formatting-gained", "neglected", "other"]
    browser.post(EDITOR, fields(world, **cleared, **{"pattern-2-dropped": "on"}))
    assert slugs(world) == ["formatting-gained", "neglected"]


def test_a_short_name_is_made_for_a_name_without_latin_letters_and_stays_with_the_name(
    browser: Client, world: World
) -> None:
    browser.post(EDITOR, fields(world, **{"pattern-3-name": "多余的引号"}))
    assert slugs(world)[3] == "pattern-4"
    browser.post(EDITOR, fields(world, **{"pattern-3-dropped": "on"}))
    browser.post(EDITOR, fields(world, **{"pattern-3-name": "语气"}))
    assert slugs(world)[3] == "pattern-5"
    browser.post(EDITOR, fields(world, **{"pattern-3-name": "多余的引号", "pattern-3-slug": ""}))
    assert slugs(world)[3] == "pattern-4"


def test_a_short_name_is_no_longer_than_it_may_be(browser: Client, world: World) -> None:
    browser.post(EDITOR, fields(world, **{"pattern-3-name": "x" * 80}))
    assert slugs(world)[3] == "x" * 64


def test_a_refusal_names_the_pattern_wherever_it_stands_on_the_page(browser: Client, world: World) -> None:
    moved = {"pattern-0-dropped": "on", "pattern-2-position": "1", "pattern-2-hotkey": "3"}
    html = browser.post(EDITOR, fields(world, **moved)).content.decode()
    assert "pattern &#x27;simple constraint neglected&#x27;: the key &#x27;3&#x27; is taken" in html


def test_several_patterns_are_added_at_once_and_one_row_waits_on_the_page(browser: Client, world: World) -> None:
    html = browser.get(EDITOR).content.decode()
    assert html.count('<fieldset class="card pad">') == 4
    assert html.count('<fieldset class="card pad" hidden>') == 5
    keys = re.findall(r'name="pattern-(\d)-hotkey".*?<option value="(\d)" selected>', html, re.S)
    assert sorted(key for _row, key in keys) == list("123456789")


def test_a_save_whose_answer_was_lost_is_repeated_without_a_conflict(browser: Client, world: World) -> None:
    sent = fields(world, guideline="My words.")
    browser.post(EDITOR, sent, follow=True)
    answer = browser.post(EDITOR, sent, follow=True)
    assert "From now on people judge by version 2." in answer.content.decode()
    assert Codebook.objects.count() == 2


def test_the_first_version_is_called_so(browser: Client, world: World) -> None:
    browser.post(EDITOR, fields(world, guideline="Other words."))
    html = browser.get(EDITOR).content.decode()
    assert html.count("The first version.") == 1
    assert "No change of words" not in html


def test_the_versions_say_what_changed_and_how_much_was_judged_with_each(
    browser: Client, world: World, alice: User
) -> None:
    first = case_next(study=world.study, annotator=alice)
    assert first is not None
    submit(first)
    browser.post(EDITOR, fields(world, guideline="Read it **thrice**.", **{"pattern-2-dropped": "on"}))
    html = browser.get(EDITOR).content.decode()
    assert "Read it **thrice**.</ins>" in html
    assert "Read the prompt **twice**.</del>" in html
    assert "7 other (other), needs text</del>" in html
    assert "1 annotation made with it" in html


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_is_html(browser: Client, world: World, payload: str) -> None:
    browser.post(EDITOR, fields(world, guideline=payload, **{"pattern-0-help": payload, "pattern-0-examples": payload}))
    assert payload not in browser.get(EDITOR).content.decode()
    assert payload not in browser.get("/studies/pilot/").content.decode()


@pytest.mark.parametrize("person", ["alice", "carol", "mallory"])
def test_only_leads_of_the_study_edit_it(client: Client, world: World, carol: User, mallory: User, person: str) -> None:
    member_add(study=world.study, user=carol, role=Membership.Role.ADJUDICATOR)
    client.force_login(User.objects.get(username=person))
    assert client.get(EDITOR).status_code == client.post(EDITOR, fields(world)).status_code == 404
