"""The case page over plain HTTP, as without scripts: one POST per step, nothing typed is lost."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client

from annotator.runs.models import Generation
from annotator.studies.models import Annotation, Assignment, Case, Draft, Flag, Study
from annotator.studies.services import assignment_choose_blind, case_next, draft_save, flag_settle, study_close
from tests.cast import World, make_world
from tests.web.payloads import PAYLOADS

NEXT = "/studies/pilot/next/"


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def held(world: World, alice: User) -> Assignment:
    assignment = case_next(study=world.study, annotator=alice)
    assert assignment is not None
    return assignment


@pytest.fixture
def named(held: Assignment) -> Assignment:
    """Held, with the blind choice made."""
    return assignment_choose_blind(assignment=held, choice="left")


def page(browser: Client, assignment: Assignment) -> str:
    return browser.get(f"/cases/{assignment.case_id}/").content.decode()


def submit(browser: Client, assignment: Assignment, **fields: Any) -> Any:
    annotation = {"label": "hurt", "submission_key": str(uuid4()), "base_revision": "0", "seconds": "12"}
    return browser.post(f"/cases/{assignment.case_id}/submit/", annotation | fields)


def keep(browser: Client, assignment: Assignment, version: str, **fields: Any) -> Any:
    return browser.post(f"/cases/{assignment.case_id}/draft/", {"version": version, **fields})


def test_asking_for_the_next_case_ends_on_its_page(world: World, browser: Client, alice: User) -> None:
    answer = browser.post(NEXT)
    held = Assignment.objects.get(annotator=alice)
    assert answer.url == f"/cases/{held.case_id}/"
    assert "case 1 of 4" in page(browser, held)


def test_the_blind_step_tells_nothing_of_which_run_a_side_is_of(browser: Client, held: Assignment) -> None:
    html = page(browser, held)
    assert "Which answer obeys the instructions better?" in html
    for telling in ("Let me think", "312 ", " tokens", "helped", "gained it", "lost it", "Note", "neglected"):
        assert telling not in html
    assert not re.search(r"\b(base|cot)\b", html), "a role of the study"


def test_the_blind_page_is_the_same_but_for_the_order_of_the_answers(browser: Client, held: Assignment) -> None:
    def masked(second_is_left: bool) -> tuple[str, ...]:
        Assignment.objects.filter(pk=held.pk).update(second_is_left=second_is_left)
        html = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page(browser, held))
        html = re.sub(r'data-text="(left|right).answer"', "", html)  # the first is left, whatever stands there
        return tuple(sorted(html.split()))

    assert masked(True) == masked(False)


@pytest.mark.parametrize("side", ["first", "second"])
def test_an_empty_answer_is_said_the_same_way_on_either_side(browser: Client, held: Assignment, side: str) -> None:
    Generation.objects.filter(pk=getattr(held.case, f"{side}_id")).update(answer="", split_status="empty")
    blind = page(browser, held)
    assignment_choose_blind(assignment=held, choice="left")
    for html in (blind, page(browser, held)):
        assert html.count("The answer is empty.") == 1
        assert "marker" not in html


def test_a_case_without_an_answer_to_judge_says_so_once_the_sides_are_named(browser: Client, held: Assignment) -> None:
    said = "No answer to judge"
    Case.objects.filter(pk=held.case_id).update(outcome="no_answer")
    assert said not in page(browser, held)
    assignment_choose_blind(assignment=held, choice="left")
    Study.objects.update(verdicts_shown="never")  # it is no verdict
    assert said in page(browser, held)
    Case.objects.filter(pk=held.case_id).update(outcome="tie")
    assert said not in page(browser, held)


def test_tokens_that_nobody_counted_are_not_shown_as_none(browser: Client, named: Assignment) -> None:
    Generation.objects.update(answer_tokens=12)
    assert "12 tokens" in page(browser, named)
    Generation.objects.update(reasoning_tokens=0, answer_tokens=0, completion_tokens=0, reasoning="I count commas.")
    html = page(browser, named)
    assert "I count commas." in html
    assert "tokens" not in html.partition("<main")[2].partition("</main>")[0]


def test_a_split_is_worded_by_what_the_strategy_of_its_side_asked_for(browser: Client, named: Assignment) -> None:
    Generation.objects.filter(cases_as_first=named.case_id).update(split_status="missing_marker")
    html = page(browser, named)
    assert "The model did not close its reasoning, so where the answer begins is not known." in html
    assert "marker" not in html
    Generation.objects.filter(cases_as_second=named.case_id).update(split_status="missing_marker")
    assert page(browser, named).count("No ANSWER: marker was found") == 1


def test_the_blind_page_shows_no_marker_tag_or_placeholder_of_a_completion(browser: Client, held: Assignment) -> None:
    Generation.objects.filter(pk=held.case.second_id).update(
        answer="THINK: <think step by step about each constraint>\n<think>so</think>\nANSWER: <the final answer> Rain"
    )
    for path in ("", "diff/", "markdown/"):
        html = browser.get(f"/cases/{held.case_id}/{path}").content.decode()
        assert "Rain" in html
        assert not re.search("THINK|ANSWER|&lt;/?think|final answer", html)


def test_the_blind_choice_names_the_sides(browser: Client, held: Assignment) -> None:
    answer = browser.post(f"/cases/{held.case_id}/choose/", {"choice": "left"})
    assert answer.url == f"/cases/{held.case_id}/"
    html = page(browser, held)
    assert "You judged <b>left</b> better before the sides were named" in html
    assert "Reasoning, 312 tokens" in html
    assert "312 + 96 tokens" in html


def test_the_blind_choice_is_asked_for_and_stays(browser: Client, held: Assignment) -> None:
    choose = f"/cases/{held.case_id}/choose/"
    answer = browser.post(choose)
    assert answer.status_code == 422
    assert "Choose left, the same or right first." in answer.content.decode()
    browser.post(choose, {"choice": "left"})
    answer = browser.post(choose, {"choice": "right"})
    assert answer.status_code == 409
    assert "that choice stays" in answer.content.decode()


def test_a_study_that_is_not_blind_starts_with_the_sides_named(browser: Client, alice: User, world: World) -> None:
    world.study.blind = False
    world.study.save()
    held = case_next(study=world.study, annotator=alice)
    assert held is not None
    assert "Compared with base, cot" in page(browser, held)


def test_one_post_submits_and_ends_on_the_next_case(browser: Client, named: Assignment, alice: User) -> None:
    answer = submit(browser, named, patterns=["neglected", "other"], other_text="drifts", note="A note.\r\n")
    annotation = Annotation.objects.get()
    assert (annotation.label, annotation.other_text, annotation.seconds) == ("hurt", "drifts", 12)
    assert {pattern.slug for pattern in annotation.patterns.all()} == {"neglected", "other"}
    following = Assignment.objects.get(annotator=alice, status="held")
    assert following.pk != named.pk
    assert answer.url == f"/cases/{following.case_id}/"


def test_a_note_is_as_long_as_the_browser_counts_it_and_the_draft_has_the_same_words(
    browser: Client, named: Assignment
) -> None:
    note = "x\r\n" * 500 + "x" * 19_000  # 20,000 characters for maxlength, which counts one for the end of a line
    keep(browser, named, "0", note=note)
    kept = Draft.objects.get().content["note"]
    submit(browser, named, note=note)
    assert Annotation.objects.get().note == kept == note.replace("\r\n", "\n")


def test_the_same_submission_twice_is_one_annotation(browser: Client, named: Assignment) -> None:
    key = str(uuid4())
    first, second = submit(browser, named, submission_key=key), submit(browser, named, submission_key=key)
    assert first.url == second.url
    assert Annotation.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"label": ""}, 422, "Choose helped, hurt, no difference or can’t tell first."),
        ({"label": "nonsense"}, 422, "Choose helped, hurt, no difference or can’t tell first."),
        ({"submission_key": "nonsense"}, 422, "load it again"),
        ({"base_revision": "-1"}, 422, "load it again"),
        ({"patterns": ["unknown"]}, 409, "not in the codebook"),
        ({"patterns": ["other"]}, 409, "needs words"),
        ({"note": "x" * 20_001}, 409, "at most 20000 fit"),
        ({"base_revision": "3"}, 409, "another tab or device"),
    ],
)
def test_a_refusal_is_one_sentence_and_keeps_what_was_typed(
    browser: Client, named: Assignment, fields: dict[str, Any], status: int, sentence: str
) -> None:
    answer = submit(browser, named, **{"note": "typed with care", "other_text": "", **fields})
    html = answer.content.decode()
    assert (answer.status_code, Annotation.objects.count()) == (status, 0)
    assert sentence in html
    assert fields.get("note", "typed with care") in html


def test_a_second_tab_is_told_and_its_words_become_the_draft(browser: Client, named: Assignment) -> None:
    submit(browser, named, note="first tab")
    answer = submit(browser, named, note="second tab")
    assert answer.status_code == 409
    assert "another tab or device" in answer.content.decode()
    assert Annotation.objects.get().note == "first tab"
    assert "second tab" in page(browser, named)


def test_a_case_that_was_judged_opens_as_it_was_left_and_takes_a_revision(browser: Client, named: Assignment) -> None:
    submit(browser, named, note="first thought", patterns=["neglected"])
    html = page(browser, named)
    assert "You submitted this case as <b>hurt</b>" in html
    assert "first thought" in html
    assert re.search(r'value="neglected"[^>]*checked', html)
    assert re.search(r'name="base_revision" value="1"', html)
    submit(browser, named, label="helped", base_revision="1", note="second thought")
    assert [each.label for each in Annotation.objects.order_by("revision")] == ["hurt", "helped"]


def test_a_character_that_no_database_keeps_is_no_reason_to_refuse_a_note(browser: Client, named: Assignment) -> None:
    assert submit(browser, named, note="pasted\x00 from elsewhere").status_code == 302
    assert Annotation.objects.get().note == "pasted\ufffd from elsewhere"


def test_skipping_wants_a_reason_and_goes_on(browser: Client, held: Assignment) -> None:
    skip = f"/cases/{held.case_id}/skip/"
    assert "Say in a few words" in browser.post(skip, {"reason": " "}).content.decode()
    answer = browser.post(skip, {"reason": "I wrote this prompt"})
    held.refresh_from_db()
    assert (held.status, held.skip_reason) == ("skipped", "I wrote this prompt")
    assert answer.url != f"/cases/{held.case_id}/"
    assert "You skipped this case" in page(browser, held)


def test_a_flag_wants_a_reason_stays_on_the_page_and_is_raised_once(browser: Client, held: Assignment) -> None:
    flag = f"/cases/{held.case_id}/flag/"
    assert "Say in a few words what there is to discuss" in browser.post(flag, {"reason": " "}).content.decode()
    assert browser.post(flag, {"reason": "Is <this> a comma?"}).url == f"/cases/{held.case_id}/"
    html = page(browser, held)
    assert re.search(
        r'You flagged this case for discussion:\s+<q dir="auto" lang="">Is &lt;this&gt; a comma\?</q>', html
    )
    assert 'data-key="f"' not in html
    assert "You flagged case" in browser.post(flag, {"reason": "And another thing"}).content.decode()
    assert [each.reason for each in Flag.objects.all()] == ["Is <this> a comma?"]
    flag_settle(flag=Flag.objects.get())
    assert "it has been settled" in page(browser, held)


def test_a_refused_reason_of_a_flag_is_given_back_in_its_dialog(browser: Client, held: Assignment) -> None:
    flag = f"/cases/{held.case_id}/flag/"
    html = browser.post(flag, {"reason": "<b>" * 200}).content.decode()
    assert f'value="{"&lt;b&gt;" * 200}"' in html
    browser.post(flag, {"reason": "from the other tab"})
    html = browser.post(flag, {"reason": "from <this> tab"}).content.decode()
    assert "You flagged case" in html
    assert re.search(r"<textarea [^>]*>\nfrom &lt;this&gt; tab</textarea>", html)
    assert "from &lt;this&gt; tab" not in page(browser, held)


def test_when_nothing_is_left_the_study_says_so(browser: Client, world: World, alice: User) -> None:
    world.study.cases.all().update(complete=True)
    answer = browser.post(NEXT, follow=True)
    assert "Nothing is left for you in this study." in answer.content.decode()


def test_a_closed_study_says_so(browser: Client, world: World) -> None:
    world.study.status = "closed"
    world.study.save()
    assert "is closed and takes no more work" in browser.post(NEXT, follow=True).content.decode()


def test_the_open_page_of_a_case_says_that_the_study_was_closed_and_keeps_what_is_typed(
    browser: Client, world: World, named: Assignment
) -> None:
    study_close(study=world.study)
    assert "This study is closed" in browser.get(f"/cases/{named.case_id}/").content.decode()
    assert "takes no more work" in browser.post(f"/cases/{named.case_id}/renew/").json()["refusal"]
    assert keep(browser, named, "0", note="half a thou").status_code == 200


def test_a_draft_is_kept_and_comes_back(browser: Client, named: Assignment) -> None:
    answer = keep(browser, named, "0", label="helped", patterns=["neglected"], note="half a thou")
    assert answer.json()["version"] == 1
    html = page(browser, named)
    assert "half a thou" in html
    assert re.search(r'value="helped"[^>]*checked', html)
    assert 'data-version="1"' in html


def test_a_draft_that_says_what_was_submitted_is_deleted(browser: Client, named: Assignment) -> None:
    said = {"label": "hurt", "patterns": ["neglected"], "note": "Two commas.", "effects": ["hurt"]}
    submit(browser, named, **said)
    assert keep(browser, named, "0", base_revision="1", **said).json()["version"] == 0
    assert not Draft.objects.exists()
    assert keep(browser, named, "0", base_revision="1", **{**said, "note": "Three."}).json()["version"] == 1
    assert keep(browser, named, "1", base_revision="1", **said).json()["version"] == 0
    assert not Draft.objects.exists()


def test_an_older_draft_never_overwrites_a_newer_one(browser: Client, named: Assignment) -> None:
    keep(browser, named, "0", note="from the laptop")
    answer = keep(browser, named, "0", note="from the phone")
    assert (answer.status_code, answer.json()["version"]) == (409, 1)
    assert Draft.objects.get().content["note"] == "from the laptop"


def test_a_refused_annotation_writes_nothing_over_the_draft_of_another_tab(browser: Client, named: Assignment) -> None:
    keep(browser, named, "0", note="the other tab's")
    html = submit(browser, named, label="", note="this tab's", version="0").content.decode()
    assert "this tab&#x27;s" in html
    assert 'data-version="0"' in html
    assert Draft.objects.get().content["note"] == "the other tab's"
    assert 'data-version="2"' in submit(browser, named, label="", note="this tab's", version="1").content.decode()
    assert Draft.objects.get().content["note"] == "this tab's"


def test_a_page_that_never_saw_the_newest_draft_is_told_of_it_before_its_submission_replaces_it(
    browser: Client, named: Assignment
) -> None:
    keep(browser, named, "0", note="an hour of words, from the phone")
    answer = submit(browser, named, note="from the laptop", version="0")
    html = answer.content.decode()
    assert (answer.status_code, Annotation.objects.count()) == (409, 0)
    assert "saved other words meanwhile, as draft 1; submit again to replace them" in html
    assert "from the laptop" in html
    assert 'data-version="0" data-unsaved="yes"' in html
    assert Draft.objects.get().content["note"] == "an hour of words, from the phone"
    base = re.search(r'name="base" value="(\d+)"', html)
    assert base is not None
    keep(browser, named, "1", note="two hours of words")
    assert 'name="base" value="2"' in submit(browser, named, version="0", base=base[1]).content.decode()
    assert Draft.objects.get().content["note"] == "two hours of words"
    assert submit(browser, named, note="from the laptop", version="0", base="2").status_code == 302
    assert Annotation.objects.get().note == "from the laptop"
    assert not Draft.objects.exists()


def test_a_draft_begun_anew_is_not_the_one_of_that_version_or_a_later_one_that_a_page_knew(
    browser: Client, named: Assignment
) -> None:
    keep(browser, named, "0", note="from the phone")
    assert submit(browser, named, note="from the laptop", version="5").status_code == 409
    assert Draft.objects.get().content["note"] == "from the phone"


@pytest.mark.parametrize("version", ["1", None])
def test_the_draft_that_a_page_knew_ends_with_its_submission_and_without_scripts_any(
    browser: Client, named: Assignment, version: str | None
) -> None:
    keep(browser, named, "0", note="half a thou")
    assert submit(browser, named, note="half a thought", **{"version": version} if version else {}).status_code == 302
    assert not Draft.objects.exists()


def test_a_newer_draft_that_says_what_is_submitted_is_no_conflict(browser: Client, named: Assignment) -> None:
    keep(browser, named, "0", label="hurt", note="a save whose answer was lost")
    answer = submit(browser, named, label="hurt", note="a save whose answer was lost", version="0")
    assert answer.status_code == 302
    assert not Draft.objects.exists()


def test_a_submission_refused_for_another_reason_still_replaces_the_draft_that_its_page_told_of(
    browser: Client, named: Assignment
) -> None:
    keep(browser, named, "0", note="from the phone")
    html = submit(browser, named, label="", note="from the laptop", version="0", base="1").content.decode()
    assert 'data-version="2"' in html
    assert "data-unsaved" not in html
    assert submit(browser, named, note="from the laptop", version="2").status_code == 302


@pytest.mark.parametrize("version", ["", "x", "-1", "1" * 30, "²"])
def test_a_draft_without_a_sensible_version_is_refused(browser: Client, named: Assignment, version: str) -> None:
    assert keep(browser, named, version).status_code == 400


@pytest.mark.parametrize("content", [{}, {"label": 3, "patterns": "x"}, {"patterns": [1, None], "note": ["x"]}])
def test_a_draft_of_another_shape_still_opens(browser: Client, named: Assignment, content: dict[str, Any]) -> None:
    draft_save(assignment=named, version=0, content=content)
    assert "Compared with base, cot" in page(browser, named)


def test_the_heartbeat_renews_the_hold_and_says_when_it_is_lost(browser: Client, held: Assignment, bob: User) -> None:
    renew = f"/cases/{held.case_id}/renew/"
    assert "lease_until" in browser.post(renew).json()
    Assignment.objects.filter(pk=held.pk).update(lease_until="2020-01-01T00:00Z")
    Assignment.objects.create(case=held.case, annotator=bob, lease_until="2999-01-01T00:00Z", second_is_left=True)
    answer = browser.post(renew)
    assert answer.status_code == 409
    assert "others have taken it" in answer.json()["refusal"]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_is_html_on_the_page(browser: Client, named: Assignment, payload: str) -> None:
    case = named.case
    for generation in (case.first, case.second):
        generation.answer = generation.reasoning = payload
        generation.split_status = "missing_marker"
        generation.save()
    case.prompt.text = payload
    case.prompt.save()
    keep(browser, named, "0", note=payload, other_text=payload, label=payload)
    html = page(browser, named)
    assert payload not in html
    assert "<script>" not in html


def test_a_case_page_takes_a_constant_number_of_queries(
    browser: Client, named: Assignment, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(14):
        page(browser, named)


def test_two_studies_do_not_share_their_cases(browser: Client, world: World, alice: User) -> None:
    other = make_world("second")
    assert browser.get("/studies/second/").status_code == 404
    foreign = other.study.cases.first()
    assert foreign is not None
    assert browser.get(f"/cases/{foreign.pk}/").status_code == 404


def test_the_page_prefetched_is_the_next_one_and_tells_as_little(
    world: World, browser: Client, held: Assignment
) -> None:
    answer = browser.post("/studies/pilot/prefetch/")
    prefetched = Assignment.objects.get(status="prefetched")
    html = answer.content.decode()
    assert answer["Cotrast-Prefetched"] == str(prefetched.pk)
    assert "case 2 of 4" in html
    assert "Which answer obeys the instructions better?" in html
    assert "Let me think" not in html
    assert browser.get(f"/cases/{prefetched.case_id}/").status_code == 404, "not before it is given"


def test_who_has_the_next_page_already_is_only_told_to_show_it(
    world: World, browser: Client, named: Assignment
) -> None:
    kept = browser.post("/studies/pilot/prefetch/")["Cotrast-Prefetched"]
    annotation = {"label": "hurt", "submission_key": str(uuid4()), "base_revision": "0", "seconds": "12"}
    answer = browser.post(f"/cases/{named.case_id}/submit/", annotation, headers={"Cotrast-Prefetched": kept})
    prefetched = Assignment.objects.get(pk=kept)
    assert answer.json() == {"next": f"/cases/{prefetched.case_id}/"}
    assert prefetched.status == "held"
    assert browser.get(f"/cases/{prefetched.case_id}/").status_code == 200


def test_who_has_another_page_than_the_next_is_led_to_the_next(browser: Client, named: Assignment) -> None:
    annotation = {"label": "hurt", "submission_key": str(uuid4()), "base_revision": "0", "seconds": "12"}
    answer = browser.post(f"/cases/{named.case_id}/submit/", annotation, headers={"Cotrast-Prefetched": "0"})
    assert answer.url == f"/cases/{Assignment.objects.get(status='held').case_id}/"


def test_nothing_is_prefetched_when_nothing_is_left(world: World, browser: Client, held: Assignment) -> None:
    world.study.cases.exclude(pk=held.case_id).update(complete=True)
    answer = browser.post("/studies/pilot/prefetch/")
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_script_gets_the_next_page_in_the_answer_to_its_click(browser: Client, named: Assignment) -> None:
    annotation = {"label": "hurt", "submission_key": str(uuid4()), "base_revision": "0"}
    swaps = {"Cotrast-Swaps": "yes"}
    answer = browser.post(f"/cases/{named.case_id}/submit/", annotation, headers=swaps)
    following = Assignment.objects.get(status="held")
    assert answer["Content-Location"] == f"/cases/{following.case_id}/"
    assert "case 2 of 4" in answer.content.decode()
    chosen = browser.post(f"/cases/{following.case_id}/choose/", {"choice": "left"}, headers=swaps)
    assert chosen["Content-Location"] == f"/cases/{following.case_id}/"
    assert "Submit and next" in chosen.content.decode()


def test_the_page_in_the_answer_to_a_click_tells_as_little_before_the_blind_choice(
    browser: Client, named: Assignment
) -> None:
    annotation = {"label": "hurt", "submission_key": str(uuid4()), "base_revision": "0"}
    answer = browser.post(f"/cases/{named.case_id}/submit/", annotation, headers={"Cotrast-Swaps": "yes"})
    following = Assignment.objects.get(status="held")
    at_once, asked_for = (_untokened(html) for html in (answer.content.decode(), page(browser, following)))
    assert at_once == asked_for


def _untokened(html: str) -> str:
    """The page without its random tokens and without the address that the language form returns to."""
    html = re.sub(r'<input type="hidden" name="next"[^>]*>', "", html)
    return re.sub(r'(name="(?:csrfmiddlewaretoken|submission_key)" value=)"[^"]*"', r'\1""', html)
